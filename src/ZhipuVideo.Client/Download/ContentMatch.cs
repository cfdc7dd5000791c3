using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// How bytes are compared before they count as the same: a download goes on where the last 64 KiB of what is there are the server's, and
/// two files of one length are the same when their first and their last 64 KiB are.
/// </summary>
internal static class ContentMatch
{
    /// <summary>How many bytes are compared at once, at most.</summary>
    internal const int SampleLength = 64 * 1024;

    /// <summary>Whether a file holds these bytes at an offset, at most <see cref="SampleLength"/> of them.</summary>
    internal static bool Holds(this Stream file, long offset, byte[] bytes, int count)
    {
        byte[] found = ArrayPool<byte>.Shared.Rent(SampleLength);
        try
        {
            file.Position = offset;
            return file.Fill(found, count) == count && found.AsSpan(0, count).SequenceEqual(bytes.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(found);
        }
    }

    /// <summary>Whether what has this name is a regular file, the same as the part file.</summary>
    /// <exception cref="IOException">Somebody holds it.</exception>
    internal static bool IsSame(PartFile part, string path)
    {
        using FileStream? file = RegularFile.TryOpen(path, follow: false);
        if (file is null || file.Length != part.Length) return false;
        byte[] bytes = new byte[SampleLength];
        return Samples(file.Length).All(sample =>
        {
            file.Position = sample.Offset;
            return file.Fill(bytes, sample.Count) == sample.Count && part.Holds(sample.Offset, bytes, sample.Count);
        });
    }

    /// <summary>Whether what has this name is a file of some bytes, the same as the remote one; false when somebody holds it.</summary>
    internal static async Task<bool> IsSameAsync(RemoteFile remote, string path, CancellationToken cancellationToken)
    {
        bool isSame = false;
        async Task<bool> AttemptAsync(IdleWatch idle)
        {
            using FileStream? file = TryOpen(path);
            isSame = file?.Length > 0 && await IsSameAsync(remote, file, idle).ConfigureAwait(false);
            return true;
        }

        await remote.RunAsync(AttemptAsync, static () => 0, cancellationToken).ConfigureAwait(false);
        return isSame;
    }

    private static async Task<bool> IsSameAsync(RemoteFile remote, FileStream file, IdleWatch idle)
    {
        foreach ((long offset, int count) in Samples(file.Length))
        {
            using HttpResponseMessage reply = await remote.GetAsync(new RangeHeaderValue(offset, offset + count - 1), null, idle).ConfigureAwait(false);
            HttpContentHeaders headers = reply.Content.Headers;
            switch (reply.StatusCode)
            {
                case HttpStatusCode.OK or HttpStatusCode.NonAuthoritativeInformation: // a server that cannot send parts: all of it is compared
                    return headers.ContentLength == file.Length && await HoldsAsync(file, 0, file.Length, reply, idle).ConfigureAwait(false);
                case HttpStatusCode.PartialContent:
                    bool isAskedFor = headers.ContentRange is { From: long from, To: long to, Length: long length }
                        && (from, to, length) == (offset, offset + count - 1, file.Length);
                    if (!isAskedFor || !await HoldsAsync(file, offset, count, reply, idle).ConfigureAwait(false)) return false;
                    break;
                case HttpStatusCode.RequestedRangeNotSatisfiable:
                    return false;
                default:
                    throw await remote.RefusedAsync(reply, idle).ConfigureAwait(false);
            }
        }
        return true;
    }

    private static async Task<bool> HoldsAsync(FileStream file, long offset, long count, HttpResponseMessage reply, IdleWatch idle)
    {
        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        byte[] bytes = new byte[SampleLength];
        for (long end = offset + count; offset < end; offset += SampleLength)
        {
            int wanted = (int)Math.Min(SampleLength, end - offset);
            if (await idle.FillAsync(body, bytes, 0, wanted).ConfigureAwait(false) != wanted || !file.Holds(offset, bytes, wanted)) return false;
        }
        return true;
    }

    private static IEnumerable<(long Offset, int Count)> Samples(long length)
    {
        int count = (int)Math.Min(SampleLength, length);
        yield return (0, count);
        if (length > count) yield return (length - count, count);
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return RegularFile.TryOpen(path, follow: false);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            return null;
        }
    }
}
