namespace ZhipuVideo.Client.Tests.Support;

/// <summary>Replies that are no HTTP, or too much of it.</summary>
internal static class BrokenReplies
{
    /// <summary>Their names, for theories.</summary>
    public static TheoryData<string> Names =>
    [
        "header bomb", "one huge header", "huge status line", "bare CR in a header", "header without a colon", "no HTTP", "two lengths",
        "negative length",
    ];

    internal static async Task SendAsync(string name, RawConnection connection)
    {
        await connection.SendAsync(name switch
        {
            "header bomb" => "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat($"X-Bomb: {new string('b', 1000)}\r\n", 2000)) + "\r\n",
            "one huge header" => "HTTP/1.1 200 OK\r\nX-Bomb: " + new string('b', 2_000_000) + "\r\n\r\n",
            "huge status line" => "HTTP/1.1 200 " + new string('K', 2_000_000) + "\r\n\r\n",
            "bare CR in a header" => "HTTP/1.1 200 OK\r\nX-Odd: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\n{}",
            "header without a colon" => "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\n{}",
            "no HTTP" => "SSH-2.0-OpenSSH_9.6\r\n",
            "two lengths" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n{}",
        });
        connection.Cut();
    }
}
