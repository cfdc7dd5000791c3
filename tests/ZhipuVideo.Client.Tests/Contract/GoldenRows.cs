using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Contract;

/// <summary>
/// Rows and the hashes that they had in the first version. Journals hold them: a row that gets another hash is paid for again. Built into
/// the process of .NET Framework too, so both targets are held against the same values.
/// </summary>
internal static class GoldenRows
{
    private const string Base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

    /// <summary>The hash of every row, computed and as it must be.</summary>
    /// <param name="picture">The full path of src/Examples/kite.png: its content counts, not where it is.</param>
    internal static IEnumerable<(string Computed, string Expected)> All(string picture) =>
        Rows(picture).Select(row => (new PreparedRequest(row.Request).ComputeHash(), row.Hash));

    private static (VideoRequest Request, string Hash)[] Rows(string picture) =>
    [
        (new VideoRequest { Prompt = "一只猫" }, "fb7c5fdc2d4a9c1c118ac7971304d92a41c93834b4d3eebe7d90366adb123bd2"),
        (new VideoRequest { Prompt = "<a> & 'b' \"c\" + \u00e9 \u2028 \ud83d\udc08 \\ / \t\u0001\r\n", Name = "cat \ud83d\udc08 \ud800" }, "7f94fd17a6ab9e4d149018fd2c18d8c88da015a57f64c8099d296c81104c8dd1"),
        (
            new VideoRequest
            {
                Label = "Row 3",
                Model = "CogVideoX-3",
                Prompt = "a cat",
                Images = ["https://example.com/a.png?x=1&y=2", $"data:image/png;base64,{Base64}"],
                Quality = "quality",
                WithAudio = true,
                Size = "1920×1080",
                Fps = 60,
                Duration = 10,
                RequestId = "own-0001",
                UserId = "user-0001",
                Name = "cat",
                AdditionalBody = """{"style":"anime","seed":1.50,"nothing":null,"deep":{"b":[1,2],"a":"<é>"}}""",
            },
            "299a3a5f4b5e101d061d9ab7429a2b497c2bf9cac7f43ac001b8525db9b81700"),
        (
            new VideoRequest
            {
                Prompt = "a cat",
                WithAudio = false,
                Model = "cogvideox-9",
                Quality = "",
                Size = "9X9",
                Fps = -1,
                Duration = 0,
                RequestId = "mine",
                UserId = "user-1",
                Name = "",
                AsFirstRead = new Dictionary<string, string> { ["RequestId"] = "\u200Bmine", ["UserId"] = "user-1\u200B", ["Name"] = "NaN", ["Quality"] = "q", ["Prompt"] = "p" },
            },
            "55f2c916ff77e2b7061f2a5dfa019dc9eb1353da56583342b81d76b2c6b6c3aa"),
        (new VideoRequest { Prompt = "", Model = "cogvideox-2", Images = [picture] }, "2ab49229ee1cca71340a7521196247531aa7b5b825adcafbfc2a4a2ff5fc54b8"),
        (new VideoRequest { Prompt = " ", Model = "cogvideox-9", Images = [picture, Base64, "http://example.com/%E7%8C%AB.png"] }, "874fe14d537ae8db62ccd76013ba4fcfc34739dc93fd77de07683f3b9d9c166e"),
    ];
}
