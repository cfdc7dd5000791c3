using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A file behind a link, served as a good server would; a test changes one thing.</summary>
/// <param name="body">Its bytes.</param>
/// <param name="breaks">Bytes of the body after which an answer breaks, one per answer; a further or negative one goes to its end.</param>
internal sealed class ServedFile(byte[] body, params int[] breaks)
{
    internal byte[] Body { get; set; } = body;

    /// <summary>The ETag with its quotes; null = none.</summary>
    internal string? Tag { get; set; } = "\"v1\"";

    internal DateTimeOffset? LastModified { get; set; }

    internal bool IgnoresRange { get; set; }

    internal string ContentType { get; set; } = "video/mp4";

    /// <summary>How many bytes of a part that was asked for are sent, at most.</summary>
    internal int MaxPart { get; set; } = int.MaxValue;

    internal ConcurrentQueue<int> Breaks { get; } = new(breaks);

    /// <summary>How it breaks.</summary>
    internal Func<RawConnection, Task> Break { get; set; } = connection =>
    {
        connection.Cut();
        return Task.CompletedTask;
    };

    /// <summary>An MP4 file of a given length: ftyp, then a free box full of noise that depends on the seed.</summary>
    internal static byte[] Video(int length, int seed = 1)
    {
        byte[] video = new byte[length];
        new Random(seed).NextBytes(video);
        BinaryPrimitives.WriteInt32BigEndian(video, 24);
        Encoding.ASCII.GetBytes("ftypisom").CopyTo(video, 4);
        Encoding.ASCII.GetBytes("\0\0\u0002\0isommp42").CopyTo(video, 12);
        BinaryPrimitives.WriteInt32BigEndian(video.AsSpan(24), length - 24);
        Encoding.ASCII.GetBytes("free").CopyTo(video, 28);
        return video;
    }

    internal async Task ServeAsync(RawRequest request, RawConnection connection)
    {
        int from = 0;
        int end = Body.Length;
        bool isPart = request.Range is not null && !IgnoresRange && Meets(request["If-Range"]);
        if (isPart)
        {
            from = (int)request.Range!.Value.From;
            end = (int)Math.Min(request.Range.Value.To + 1 ?? end, Math.Min(end, (long)from + MaxPart));
            if (from >= Body.Length)
            {
                await connection.AnswerAsync(416, headers: $"Content-Range: bytes */{Body.Length}\r\n");
                return;
            }
        }

        bool breaks = Breaks.TryDequeue(out int after) && after >= 0 && after < end - from;
        string headers = $"Content-Type: {ContentType}\r\n"
            + (Tag is null ? "" : $"ETag: {Tag}\r\n")
            + (LastModified is null ? "" : $"Last-Modified: {LastModified.Value.ToString("r", CultureInfo.InvariantCulture)}\r\n");
        string head = isPart ? Scripts.PartHead(from, end, Body.Length, headers) : $"200 OK\r\nContent-Length: {Body.Length}\r\n{headers}";
        await connection.SendAsync(head, Body.AsMemory(from, breaks ? after : end - from));
        if (breaks) await Break(connection);
    }

    private bool Meets(string? condition) =>
        condition is null || condition == Tag || condition == LastModified?.ToString("r", CultureInfo.InvariantCulture);
}

/// <summary>What the scripts of servers have in common.</summary>
internal static class Scripts
{
    /// <summary>Sends a status with header lines, and the bytes of a body.</summary>
    internal static async Task SendAsync(this RawConnection connection, string head, ReadOnlyMemory<byte> body)
    {
        await connection.SendAsync($"HTTP/1.1 {head.TrimEnd()}\r\n\r\n");
        await connection.SendAsync(body);
    }

    /// <summary>The status and header lines of a part of a file, from a byte to the one before another.</summary>
    internal static string PartHead(long from, long end, long length, string headers = "ETag: \"v1\"") =>
        $"206 X\r\nContent-Range: bytes {from}-{end - 1}/{length}\r\nContent-Length: {end - from}\r\n{headers}";

    /// <summary>Sends a file in one chunk, without the last one that ends it.</summary>
    internal static async Task SendChunkAsync(this RawConnection connection, byte[] body)
    {
        await connection.SendAsync($"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n");
        await connection.SendAsync(body);
        await connection.SendAsync("\r\n");
    }

    /// <summary>Sends a byte now and then until the client has had enough.</summary>
    internal static async Task DripAsync(this RawConnection connection, string text = "x")
    {
        while (true)
        {
            await connection.SendAsync(text);
            await Task.Delay(100);
        }
    }
}
