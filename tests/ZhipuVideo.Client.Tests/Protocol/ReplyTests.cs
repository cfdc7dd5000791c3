using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Protocol;

/// <summary>What is made of replies that are not quite as the reference page shows them.</summary>
[Trait("Phase", "wait")]
public sealed class ReplyTests : ServiceTest
{
    private const string A = "https://cdn.example/a.mp4", B = "https://cdn.example/b.mp4", P = "https://cdn.example/a.png";

    [Theory]
    [Each("""{"task_status":"SUCCESS","video_url":"A"}""", """{"task_status":"SUCCESS","video_result":"A"}""",
        """{"task_status":"SUCCESS","video_result":["A"]}""", """{"task_status":"SUCCESS","video_result":{"url":"A"}}""",
        """{"task_status":"SUCCESS","video_result":[{"video_url":"A","cover_url":"P"}]}""",
        """{"code":200,"msg":"操作成功","success":true,"data":{"task_status":"SUCCESS","id":"1","video_result":[{"url":"A"}]}}""",
        """{"data":{"task_status":"SUCCESS","video_url":"A","cover_image_url":"P"},"code":0}""",
        """{"task_status":"SUCCESS","output":{"video":{"uri":"A"}},"image_url":"P","callback_url":"B"}""",
        """{"task_status":"SUCCESS","result":{"download":"A"},"prompt":"B"}""",
        """{"task_status":"SUCCESS","url":"A","images":["P"],"request":{"url":"A"}}""",
        """{"task_status":"SUCCESS","content":[{"type":"video","link":"A"}],"homepage":"https://service.example/"}""")]
    public async Task F90_A_link_is_found_where_there_is_no_doubt_which_it_is(string body)
    {
        CogVideoResult result = await ResultAsync(body);

        Assert.Equal((CogVideoStatus.Success, A), (result.Status, result.Url));
        Assert.Null(result.ErrorCode);
        Assert.Null(result.ErrorMessage);
    }

    [Fact]
    public async Task F90_A_list_of_texts_is_several_videos()
    {
        CogVideoResult result = await ResultAsync("""{"task_status":"SUCCESS","video_result":["A","B"],"cover_url":"P"}""");

        Assert.Equal([A, B], result.VideoUrls);
        Assert.Equal(P, result.CoverUrl);
    }

    [Theory]
    [InlineData("""{"task_status":"SUCCESS","video_url":"A","other_video_url":"B"}""", "task_status, video_url, other_video_url")]
    [InlineData("""{"task_status":"SUCCESS","link":"https://service.example/1","href":"https://service.example/2"}""", "task_status, link, href")]
    [InlineData("""{"task_status":"SUCCESS","cover_url":"P","prompt":"A"}""", "task_status, cover_url, prompt")]
    [InlineData("""{"task_status":"SUCCESS","result":{"video":"ftp://cdn.example/a.mp4"}}""", "task_status, result, result.video")]
    [InlineData("""{"data":{"task_status":"SUCCESS","file_id":"f-1"}}""", "data, data.task_status, data.file_id")]
    [InlineData("""{"task_status":"SUCCESS","KEY":"x"}""", "task_status, ***")]
    public async Task F90_Where_there_is_none_the_fields_of_the_reply_are_shown(string body, string fields)
    {
        CogVideoResult result = await ResultAsync(body.Replace("KEY", "secretsecret0001", StringComparison.Ordinal));

        Assert.Equal((CogVideoStatus.Success, "ResultMissing"), (result.Status, result.ErrorCode));
        Assert.Null(result.Url);
        Assert.Contains(fields, result.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [Each("""{"task_status":"FAIL","fail_reason":"模型异常"}""", """{"task_status":"FAIL","failReason":"模型异常","message":"ok"}""",
        """{"task_status":"FAIL","message":"success","fail_reason":{"code":"1301","message":"模型异常"}}""",
        """{"data":{"task_status":"FAIL","fail_reason":"模型异常"},"msg":"success"}""",
        """{"task_status":"FAIL","error":{"message":"模型异常"},"fail_reason":""}""", """{"task_status":"FAIL","error_msg":"模型异常"}""")]
    public async Task F91_The_reason_of_a_failure_is_shown(string body)
    {
        CogVideoResult result = await ResultAsync(body);

        Assert.Equal((CogVideoStatus.Fail, "模型异常"), (result.Status, result.ErrorMessage));
    }

    [Theory]
    [InlineData("<html><head><style>body{color:red}</style><script>var a='<b>';</script></head><body>Blocked</body></html>", "Blocked")]
    [InlineData("<STYLE type='text/css'>\n.a > .b { x }\n</STYLE><p>Blocked</p><SCRIPT src=x></SCRIPT >", "Blocked")]
    [InlineData("Blocked<script>if (a < b) alert(1)", "Blocked")]
    [InlineData("<!-- <p>no</p> --><p>Blocked&nbsp;&amp;&#32;gone</p><noscript>on!</noscript>", "Blocked & gone")]
    [InlineData("<table><td>Blocked</td><td>gone</td></table><svg><path d='M0'/><text>x</text></svg>", "Blocked gone")]
    [InlineData("a < b, upstream 1 <2", "a < b, upstream 1 <2")]
    [InlineData("<scripture>Blocked</scripture><style/>gone", "Blocked gone")]
    [Trait("Phase", "submit, wait")]
    public void F92_Of_a_page_is_shown_what_a_reader_would_see(string page, string text) =>
        Assert.Equal(text, ServiceReply.Parse(502, Encoding.UTF8.GetBytes(page)).Message);

    /// <summary>One look, as Get-CogVideoResult has it.</summary>
    private static async Task<CogVideoResult> ResultAsync(string body)
    {
        string said = body.Replace("\"A\"", $"\"{A}\"", StringComparison.Ordinal).Replace("\"B\"", $"\"{B}\"", StringComparison.Ordinal)
            .Replace("\"P\"", $"\"{P}\"", StringComparison.Ordinal);
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, said));
        using CogVideoClient client = NewClient(server.Origin);
        return await client.GetResultAsync(new CogVideoJob { Id = "1" });
    }
}
