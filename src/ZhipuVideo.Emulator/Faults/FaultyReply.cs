using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Emulator.Faults;

/// <summary>Puts another reply in the place of the right one, fault by fault.</summary>
internal static class FaultyReply
{
    private const int GarbageLength = 512;

    public static Reply Spoil(Reply reply, Struck faults) => faults.Faults.Aggregate(reply, Spoil);

    private static Reply Spoil(Reply reply, Fault fault) => fault.Kind switch
    {
        FaultKind.Status => Refusal(fault),
        FaultKind.NoSuchPath => Reply.NoSuchPath() with { Headers = fault.Headers ?? [] },
        FaultKind.Html => Reply.HtmlPage(fault.Status ?? 502) with { Headers = fault.Headers ?? [] },
        FaultKind.Empty => reply with { Pieces = [], Length = 0 },
        FaultKind.Truncate => reply with { Pieces = Take(reply.Pieces, reply.Length / 2), Length = reply.Length / 2 },
        FaultKind.Garbage => WithBody(reply, Garbage()),
        FaultKind.Body => WithBody(reply, Encoding.UTF8.GetBytes(fault.Value ?? string.Empty)),
        FaultKind.ContentType => reply with { ContentType = fault.Value },
        FaultKind.Gzip => Gzip(reply),
        FaultKind.Bom => WithBody(reply, [.. Encoding.UTF8.Preamble, .. reply.Bytes()]),
        FaultKind.Utf16 => WithBody(reply, Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(reply.Bytes()))),
        FaultKind.WeakEtag => WithHeaders(reply, reply.Headers.Select(header =>
            header.Key == "ETag" ? KeyValuePair.Create(header.Key, "W/" + header.Value) : header)),
        FaultKind.NoEtag => WithHeaders(reply, reply.Headers.Where(header => header.Key is not ("ETag" or "Last-Modified"))),
        _ => reply,
    };

    /// <summary>The first bytes of a body.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Take(IEnumerable<ReadOnlyMemory<byte>> pieces, long count)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            if (count == 0) yield break;
            ReadOnlyMemory<byte> part = piece[..(int)Math.Min(piece.Length, count)];
            yield return part;
            count -= part.Length;
        }
    }

    private static Reply Refusal(Fault fault)
    {
        ServiceError? known = fault.Code is null ? null : ServiceError.All.GetValueOrDefault(fault.Code);
        int status = fault.Status ?? known?.HttpStatus ?? 503;
        string message = fault.Message ?? known?.Message ?? "API调用流程出错。";
        Reply reply = fault.Code is null ? Reply.Bare(status) : Reply.Refusal(new(fault.Code, status, message), fault.Form);
        return reply with { Headers = fault.Headers ?? [] };
    }

    private static Reply Gzip(Reply reply)
    {
        using MemoryStream compressed = new MemoryStream();
        using (GZipStream gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            foreach (ReadOnlyMemory<byte> piece in reply.Pieces) gzip.Write(piece.Span);
        return WithHeaders(WithBody(reply, compressed.ToArray()), reply.Headers.Append(new("Content-Encoding", "gzip")));
    }

    private static byte[] Garbage()
    {
        byte[] bytes = new byte[GarbageLength];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static Reply WithBody(Reply reply, byte[] body) => reply with { Pieces = [body], Length = body.Length };

    private static Reply WithHeaders(Reply reply, IEnumerable<KeyValuePair<string, string>> headers) =>
        reply with { Headers = new Dictionary<string, string>(headers) };
}
