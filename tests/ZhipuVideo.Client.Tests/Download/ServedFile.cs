using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A file behind a link, served as a good server would; a test changes one thing.</summary>
internal sealed class ServedFile(byte[] body)
{
    internal byte[] Body { get; set; } = body;

    /// <summary>The ETag with its quotes; null = none.</summary>
    internal string? Tag { get; set; } = "\"v1\"";

    internal DateTimeOffset? LastModified { get; set; }

    internal bool IgnoresRange { get; set; }

    internal string ContentType { get; set; } = "video/mp4";

    /// <summary>Bytes of the body after which an answer breaks, one per answer; a missing or negative one lets it go to its end.</summary>
    internal ConcurrentQueue<int> Breaks { get; } = new();

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
        long from = 0;
        long to = Body.Length - 1;
        bool part = request.Range is not null && !IgnoresRange && Meets(request["If-Range"]);
        if (part)
        {
            from = request.Range!.Value.From;
            to = Math.Min(request.Range.Value.To ?? to, to);
            if (from >= Body.Length)
            {
                await connection.AnswerAsync(416, headers: $"Content-Range: bytes */{Body.Length}\r\n");
                return;
            }
        }

        await connection.SendAsync(
            $"HTTP/1.1 {(part ? "206 Partial Content" : "200 OK")}\r\nContent-Type: {ContentType}\r\nContent-Length: {to + 1 - from}\r\n"
            + (part ? $"Content-Range: bytes {from}-{to}/{Body.Length}\r\n" : "") + Validators + "\r\n");
        ReadOnlyMemory<byte> bytes = Body.AsMemory((int)from, (int)(to + 1 - from));
        if (Breaks.TryDequeue(out int after) && after >= 0 && after < bytes.Length)
        {
            await connection.SendAsync(bytes[..after]);
            await Break(connection);
            return;
        }

        await connection.SendAsync(bytes);
    }

    /// <summary>The header lines that name the version.</summary>
    internal string Validators =>
        (Tag is null ? "" : $"ETag: {Tag}\r\n")
        + (LastModified is null ? "" : $"Last-Modified: {LastModified.Value.ToString("r", CultureInfo.InvariantCulture)}\r\n");

    private bool Meets(string? condition) =>
        condition is null || condition == Tag || condition == LastModified?.ToString("r", CultureInfo.InvariantCulture);
}
