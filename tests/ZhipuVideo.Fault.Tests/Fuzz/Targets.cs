using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Tests.Fuzz;

/// <summary>Everything that reads what others have written: gets an input, and must find something to say or throw what it promises.</summary>
internal static class Targets
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private const string RequestId = "0123456789abcdef0123456789abcdef";
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

    private static readonly ApiKey Key = ApiKey.Parse("0123456789abcdef0123456789abcdef.fuzzedSecret0000");
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Replies =
    [
        """{"id":"8868902201637896192","request_id":"r","model":"cogvideox-flash","task_status":"PROCESSING"}""",
        """{"model":"CogVideoX-Flash","task_status":"SUCCESS","video_result":[{"url":"https://a/b.mp4","cover_image_url":"https://a/b.png"}],"request_id":"r"}""",
        """{"task_status":"FAIL","error":{"code":"1301","message":"不安全"}}""",
        """{"error":{"code":"1214","message":"size 不合法"},"contentFilter":[{"level":1,"role":"user"}]}""",
        """{"code":401,"msg":"令牌已过期","success":false}""",
        """{"timestamp":1710000000000,"status":404,"error":"Not Found","path":"/v4/async-result/1"}""",
        "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>",
        "\uFEFF{\"task_status\":\"PROCESSING\",\"usage\":{\"a\":[1,2,{\"b\":null}]}}",
    ];

    private static readonly string[] Journals =
    [
        $$"""
        {"journal":"ZhipuVideo","schema":1,"at":"2026-03-01T12:00:00Z","pid":1,"host":"h"}
        {"record":"intent","at":"2026-03-01T12:00:00Z","requestId":"{{RequestId}}","hash":"{{Hash}}","occurrence":1,"model":"cogvideox-flash","name":"cat","prompt":"一只猫","withAudio":true,"fps":30}
        {"record":"accepted","at":"2026-03-01T12:00:01Z","id":"88","requestId":"{{RequestId}}","hash":"{{Hash}}","occurrence":1,"submittedAt":"2026-03-01T12:00:01Z"}
        {"record":"ended","at":"2026-03-01T12:00:02Z","id":"88","requestId":"{{RequestId}}","status":"Success","endedAt":"2026-03-01T12:00:02Z","elapsedSec":1.5,"links":"{c2VhbGVk}"}
        {"record":"saved","at":"2026-03-01T12:00:03Z","id":"88","path":"/videos/cat.mp4","length":12345,"coverPath":"/videos/cat.png","coverLength":67}

        """,
        $$"""
        {"journal":"ZhipuVideo","schema":1,"at":"2026-03-01T12:00:00Z","pid":1,"host":"h"}
        {"record":"intent","at":"2026-03-01T12:00:00Z","requestId":"{{RequestId}}","hash":"{{Hash}}","occurrence":1,"model":"cogvideox-2"}
        {"record":"notAccepted","at":"2026-03-01T12:00:01Z","requestId":"{{RequestId}}","reason":"InvalidRequest","code":"1214","message":"m"}
        {"record":"intent","at":"2026-03-01T12:00:02Z","requestId":"{{RequestId}}","hash":"{{Hash}}","occurrence":1,"attempt":2,"model":"cogvideox-2"}

        """,
    ];

    private static readonly byte[][] Videos =
    [
        new Mp4File { HasAudio = true }.ToBytes(),
        new Mp4File { IsIndexLast = true, Version = 1, IsLong = true }.ToBytes(),
        new Mp4File { Fragments = 3, HasTimes = true, Fps = 2 }.ToBytes(),
        new Mp4File { Fragments = 2, HasAudio = true, IsLong = true }.ToBytes(),
    ];

    /// <summary>Boxes and sizes: none, of 64 bits, of nothing, of everything.</summary>
    private static readonly byte[][] BoxTokens =
    [
        .. "moov trak mdia minf stbl stts stsd tkhd mdhd mvhd edts elst mvex trex moof traf tfhd trun hdlr vide soun".Split(' ').Select(Encoding.ASCII.GetBytes),
        .. new uint[] { 0, 1, 7, 8, 16, 0x100, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF }.Select(number => Mp4File.Numbers(number)),
        new Mp4File().ToBytes(),
    ];

    /// <summary>The parsers by name; each takes inputs from the mutator that it is given.</summary>
    public static IReadOnlyList<(string Name, Func<Mutator, object> Make, Action<object> Parse)> All { get; } =
    [
        Bytes("replies", Replies, Reply),
        Bytes("journals", Journals, JournalFile),
        Bytes("journal lines", Journals[0].Split('\n'), JournalLine),
        Texts("Retry-After", ["1", "120", "0.5", "Sun, 01 Mar 2026 12:00:10 GMT", "Sunday, 01-Mar-26 12:00:10 GMT", "Sun Mar  1 12:00:10 2026"], RetryAfterHeader),
        Bytes("signatures", ["\0\0\0\u0018ftypmp42\0\0\0\0", "GIF89a", "RIFF1234WEBP"], Signatures),
        ("videos", mutator => mutator.ToBytes(Videos, BoxTokens), input => Video((byte[])input)),
        Texts("pictures", [$"data:image/png;base64,{Png}", "https://example.com/a.png?x=1", "/no/such/kite.png", "C:\\kite.png", "file:///no/such.png"], ImageText),
        Texts("keys", ["0123456789abcdef0123456789abcdef.0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"], KeyText),
        Texts("base addresses", ["https://open.bigmodel.cn/api/paas/v4", "http://127.0.0.1:8080/", "https://[::1]:9/x", "https://例子.example"], Address),
        Texts("ids", ["8868902201637896192", "20260301120000abcdef0123456789ab"], Id),
        Texts("names", ["cat", "猫 🐈.mp4", "a/../../b", "CON.txt", new string('x', 300), "e\u0301tude"], Name),
        Texts("rows", ["一只猫", "{\"watermark_enabled\":false}", "1920x1080", "user-0001"], Row),
        Texts("labels", ["cat", "猫 🐈", "C:\\kite.png|/a/b.jpg"], Label),
        Texts("proxy messages", ["The proxy tunnel request to proxy 'http://user:pass@proxy:8080/' failed"], text => NetworkErrors.Masked(text)),
    ];

    private static (string, Func<Mutator, object>, Action<object>) Bytes(string name, string[] samples, Action<byte[]> parse) =>
        (name, mutator => mutator.ToBytes(samples), input => parse((byte[])input));

    private static (string, Func<Mutator, object>, Action<object>) Texts(string name, string[] samples, Action<string> parse) =>
        (name, mutator => mutator.ToText(samples), input => parse((string)input));

    private static void Reply(byte[] body)
    {
        foreach (int status in (ReadOnlySpan<int>)[200, 400, 429, 502])
        {
            ServiceReply reply = ServiceReply.Parse(status, body);
            Require(!Results.CreateError(reply, "row").Message.Any(char.IsControl), "a message steers the terminal");
            CogVideoResult result = Results.Create(new CogVideoJob { Id = "1" }, reply, Now.UtcDateTime, 1);
            Require(result.Url is null || result.Url.StartsWith("http", StringComparison.OrdinalIgnoreCase), "a link that is no web address");
        }
    }

    private static void JournalFile(byte[] content)
    {
        using MemoryStream stream = new(content);
        JournalIndex index = new("run.jsonl");
        long end = index.Replay(stream);
        Require(end <= content.Length, "the end lies behind the end");
        foreach (JournalEntry row in index.Rows) _ = row.Result;
        foreach (WarmStart model in index.WarmStarts) Require(model.MaxInFlight > 0 && model.ServiceTimes.All(time => time.Seconds > 0), "a warm start from nothing");
    }

    /// <summary>What can be read is the same when it is written and read again.</summary>
    private static void JournalLine(byte[] line)
    {
        if (JournalSerializer.Read(line) is not { IsRecord: true } record) return;
        byte[] written = JournalSerializer.Write(record);
        Require(JournalSerializer.Read(written) is { IsRecord: true } again && JournalSerializer.Write(again).AsSpan().SequenceEqual(written), "another record");
    }

    private static void RetryAfterHeader(string text)
    {
        double? seconds = RetryAfter.Parse(text, Now);
        Require(seconds is null or (>= 0 and <= 86400), $"{seconds} s");
    }

    private static void Signatures(byte[] head)
    {
        string? extension = FileSignature.GetImageExtension(head);
        Require(FileSignature.Fits(Media.Image, head) == extension is not null, "a picture without an extension");
        FileSignature.Fits(Media.Video, head);
    }

    private static void Video(byte[] content)
    {
        using MemoryStream file = new(content);
        VideoFacts facts = Mp4Reader.Read(file);
        Require(facts.Width is null or > 0 && facts.Height is null or > 0, "a picture of no size");
        Require(facts.DurationSec is null or (>= 0 and < 1e10) && facts.ActualFps is null or (>= 0 and < 1e10), "a time that cannot be");
    }

    private static void ImageText(string text)
    {
        Image.Display(text);
        Image.Open(text, CogVideoModel.Find("cogvideox-2"), "row");
    }

    private static void KeyText(string text)
    {
        ApiKey key = ApiKey.Parse(text);
        using HttpRequestMessage request = new();
        request.Headers.TryAddWithoutValidation("Authorization", key.Authorization);
        Require(request.Headers.NonValidated["Authorization"].ToString() == "Bearer " + text.Trim(' '), "another key is sent");
        _ = key.IsWellFormed;
        string shown = key.Mask($"the key {text.Trim(' ')} is refused");
        Require(text.Trim(' ').Length < 6 || !shown.Contains(text.Trim(' '), StringComparison.Ordinal), "the key is shown");
    }

    private static void Address(string text)
    {
        ServiceEndpoint endpoint = new(Key, text);
        Require(endpoint.BaseUri.Scheme == Uri.UriSchemeHttps || endpoint.BaseUri.IsLoopback, "the key would leave in plain text");
        Require(endpoint.Submissions.Authority == endpoint.BaseUri.Authority, "another host");
    }

    private static void Id(string text)
    {
        ServiceEndpoint endpoint = new(Key);
        Uri address = endpoint.GetResultAddress(text);
        Require(address.AbsoluteUri.StartsWith(endpoint.BaseUri.AbsoluteUri + "/async-result/", StringComparison.Ordinal), $"a look elsewhere: {address.AbsolutePath}");
    }

    private static void Name(string text)
    {
        foreach (string extension in (ReadOnlySpan<string>)["", ".mp4"])
        {
            string name = FileNames.Safe(text, extension);
            Require(Encoding.UTF8.GetByteCount(name) <= FileNames.MaxStemBytes, "too long");
            Require(name.Length == 0 || Path.GetFileName(Path.GetFullPath(Path.Combine("/root", name))) == name, "outside the root");
            Require(name.IndexOfAny([.. "<>:\"/\\|?*"]) < 0 && !name.Any(char.IsControl) && !name.EndsWith('.') && !name.EndsWith(' '), "no name on Windows");
            Require(FileNames.Safe(name) == name, "not the same when made safe again");
        }
    }

    private static void Row(string text)
    {
        VideoRequest[] rows =
        [
            new() { Prompt = text, RequestId = RequestId },
            new() { Prompt = "x", Model = text },
            new() { Prompt = "x", Model = "cogvideox-2", Size = text, Quality = text, UserId = text },
            new() { Prompt = "x", AdditionalBody = text },
        ];
        foreach (VideoRequest row in rows)
        {
            try
            {
                PreparedRequest prepared = new PreparedRequest(row);
                prepared.ComputeHash();
                using RequestContent content = prepared.CreateContent(RequestId);
                using JsonDocument sent = JsonDocument.Parse(content.ReadAsByteArrayAsync().GetAwaiter().GetResult());
                Require(sent.RootElement.GetProperty("prompt").GetString() == row.Prompt, "what is sent is not what was written");
            }
            catch (CogVideoException e) when (e.Reason == ErrorReason.InvalidInput)
            {
                // Refused, with the row's name and the value
            }
        }
    }

    /// <summary>What is written to a journal can be read from it.</summary>
    private static void Label(string text)
    {
        JournalRecord? record = JournalSerializer.Read(JournalSerializer.Write(new JournalRecord
        {
            State = JournalState.Intent,
            RequestId = RequestId,
            Hash = Hash,
            Occurrence = 1,
            Request = new CogVideoJob { Name = text, Image = text, Prompt = text },
        }));
        Require(record?.IsRecord == true, "not a record");
        bool isWhole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
        Require(!isWhole || record!.Request!.Name == text, "another name");
    }

    private static void Require(bool holds, string violation)
    {
        if (!holds) throw new InvalidOperationException(violation);
    }
}
