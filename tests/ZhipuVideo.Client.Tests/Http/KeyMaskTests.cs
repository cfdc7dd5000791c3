namespace ZhipuVideo.Client.Tests.Http;

/// <summary>A service that repeats the key, in whatever form: no form of it, nor of a part of it, is shown or recorded.</summary>
[Trait("Phase", "submit, wait")]
public sealed class KeyMaskTests : ServiceTest
{
    private const string Id32 = "0123456789abcdef0123456789abcdef", Secret = "secretsecret0001", Key = Id32 + "." + Secret;

    /// <summary>How a server may write a text; the second names are the neighbours that nobody has reported.</summary>
    private static readonly Dictionary<string, Func<string, string>> Forms = new()
    {
        ["plain"] = text => text,
        ["capitals"] = text => text.ToUpperInvariant(),
        ["base64"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        ["base64 of a header"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("Authorization: Bearer " + text + "\r\n")),
        ["base64, one before"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("~" + text + "??>")),
        ["base64, two before"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("~~" + text + "~")),
        ["base64url"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_').TrimEnd('='),
        ["base64 in lines"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('~', 40) + text), Base64FormattingOptions.InsertLineBreaks),
        ["base64, escaped"] = text => Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes("?" + text))),
        ["hex"] = text => Convert.ToHexString(Encoding.UTF8.GetBytes(text)),
        ["hex, small"] = text => Convert.ToHexString(Encoding.UTF8.GetBytes(text)).ToLowerInvariant(),
        ["hex with colons"] = text => BitConverter.ToString(Encoding.UTF8.GetBytes(text)).Replace('-', ':'),
        ["hex with blanks"] = text => BitConverter.ToString(Encoding.UTF8.GetBytes(text)).Replace('-', ' '),
        ["0x"] = text => string.Join(", ", text.Select(c => $"0x{(int)c:x2}")),
        ["%xx"] = text => string.Concat(text.Select(c => $"%{(int)c:x2}")),
        ["%XX"] = text => string.Concat(text.Select(c => $"%{(int)c:X2}")),
        ["%xx of some"] = text => string.Concat(text.Select((c, i) => i % 5 == 3 ? $"%{(int)c:X2}" : $"{c}")),
        ["%xx of the dot"] = text => text.Replace(".", "%2e", StringComparison.Ordinal),
        ["%25xx"] = text => string.Concat(text.Select(c => $"%25{(int)c:x2}")),
        ["\\u"] = text => string.Concat(text.Select(c => $"\\u{(int)c:x4}")),
        ["\\u of some"] = text => string.Concat(text.Select((c, i) => i % 3 == 0 ? $"\\u{(int)c:X4}" : $"{c}")),
        ["\\x"] = text => string.Concat(text.Select(c => $"\\x{(int)c:x2}")),
        ["&#"] = text => string.Concat(text.Select(c => $"&#{(int)c};")),
        ["&#x"] = text => string.Concat(text.Select(c => $"&#x{(int)c:X};")),
        ["full width"] = text => string.Concat(text.Select(c => (char)(c + 0xFEE0))),
        ["blanks"] = text => string.Join(' ', text.ToCharArray()),
        ["zero width"] = text => string.Join('\u200B', text.ToCharArray()),
    };

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void F81_In_no_form_a_key_or_a_part_of_it_is_left(string name)
    {
        Func<string, string> write = Forms[name];
        foreach (string part in new[] { Key, Id32, Secret })
        {
            string text = $"the key \u201C{write(part)}\u201D is refused";

            string masked = ApiKey.Parse(Key).Mask(text)!;

            AssertGone(masked, write, name);
            Assert.StartsWith("the key \u201C", masked, StringComparison.Ordinal);
            Assert.EndsWith("\u201D is refused", masked, StringComparison.Ordinal);
            Assert.Contains("***", masked, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task F81_What_a_service_repeats_in_any_form_reaches_no_error_result_or_journal(string name)
    {
        // As JSON text: what is written with backslashes is a text with backslashes, not escapes of the JSON itself
        string written = Forms[name](Key);
        string json = System.Text.Json.JsonSerializer.Serialize(written);
        using RawServer server = new((request, connection) => request.Method == "POST"
            ? connection.AnswerAsync(400, $$"""{"error":{"code":"1214","message":{{json}} } }""")
            : connection.AnswerAsync(200, $$"""{"task_status":"FAIL","request_id":{{json}},"model":{{json}},"error":{"code":"1230","message":{{json}} } }"""));
        using CogVideoClient client = NewClient(server.Origin);

        Recorded outcome = await SubmitAsync(client);
        CogVideoResult result = await client.GetResultAsync(new CogVideoJob { Id = "1" });

        Assert.All([outcome.Error!.Message, result.ErrorMessage, result.RequestId ?? "", result.Model], text => AssertGone(text!, Forms[name], name)); // what is no id is none
    }

    [Theory]
    [Each("", "8868902201637896192", "https://cdn.example/0123456789abcdef/%E7%8C%AB.mp4?sign=MDEyMzQ1Njc4OWE%3D&x=0x41",
        "内容不安全 \\u732b &#29483; 100%")]
    public void F81_Other_texts_stay_as_they_are(string text) => Assert.Same(text, ApiKey.Parse(Key).Mask(text));

    [Theory]
    [InlineData("id.unusual", "an ID of an unusual kind", "an ID of an *** kind")] // a part too short to be known
    [InlineData(Key, $"{Key} and {Secret} and {Id32}", "*** and *** and ***")]
    public void F81_Every_occurrence_goes_and_no_words_with_it(string key, string text, string masked) => Assert.Equal(masked, ApiKey.Parse(key).Mask(text));

    /// <summary>No five characters in a row of what was written are left, but for what does not belong to the key.</summary>
    private static void AssertGone(string masked, Func<string, string> write, string name)
    {
        foreach (string piece in new[] { Id32, Secret }.Select(write).Append(Id32).Append(Secret))
        {
            if (name.StartsWith("base64", StringComparison.Ordinal) && piece != Id32 && piece != Secret) continue; // other bytes before and behind it
            string bare = string.Concat(piece.Where(char.IsLetterOrDigit));
            string left = string.Concat(masked.Where(char.IsLetterOrDigit));
            for (int i = 0; i + 12 <= bare.Length; i++)
                Assert.DoesNotContain(bare.Substring(i, 12), left, StringComparison.OrdinalIgnoreCase);
        }
        if (!name.StartsWith("base64", StringComparison.Ordinal)) return;
        string decoded = string.Concat(Enumerable.Range(0, 4).Select(skip => Decode(masked, skip)));
        foreach (string half in new[] { Id32, Secret })
            for (int i = 0; i + 4 <= half.Length; i++) Assert.DoesNotContain(half.Substring(i, 4), decoded, StringComparison.Ordinal);
    }

    private static string Decode(string masked, int skip)
    {
        string digits = string.Concat(Uri.UnescapeDataString(masked).Replace('-', '+').Replace('_', '/')
            .Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/'));
        digits = digits[Math.Min(skip, digits.Length)..];
        return Encoding.Latin1.GetString(Convert.FromBase64String(digits[..(digits.Length / 4 * 4)]));
    }
}
