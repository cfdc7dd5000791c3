using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>Whether what has a name is the file that a link leads to.</summary>
internal static class RemoteComparison
{
    /// <summary>Whether what has this name is a file of some bytes, the same as the remote one; false when somebody holds it.</summary>
    internal static async Task<long?> FindSameAsync(RemoteFile remote, IVideoStore store, string name, CancellationToken cancellationToken)
    {
        long? same = null;
        async Task<bool> AttemptAsync(IdleWatch idle)
        {
            using Stream? file = await store.OpenAsync(name, idle.Caller).ConfigureAwait(false);
            if (file?.Length > 0 && await IsSameAsync(remote, file, idle).ConfigureAwait(false)) same = file.Length;
            return true;
        }

        await remote.RunAsync(AttemptAsync, static () => 0, cancellationToken).ConfigureAwait(false);
        return same;
    }

    private static async Task<bool> IsSameAsync(RemoteFile remote, Stream file, IdleWatch idle)
    {
        foreach ((long offset, int count) in ContentMatch.Samples(file.Length))
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

    private static async Task<bool> HoldsAsync(Stream file, long offset, long count, HttpResponseMessage reply, IdleWatch idle)
    {
        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        byte[] theirs = new byte[ContentMatch.SampleLength];
        byte[] ours = new byte[ContentMatch.SampleLength];
        file.Position = offset;
        for (long left = count; left > 0; left -= ContentMatch.SampleLength)
        {
            int wanted = (int)Math.Min(ContentMatch.SampleLength, left);
            if (await idle.FillAsync(body, theirs, 0, wanted).ConfigureAwait(false) != wanted) return false;
            for (int filled = 0, read; filled < wanted; filled += read)
            {
                read = await file.ReadAsync(ours, filled, wanted - filled, idle.Caller).ConfigureAwait(false);
                if (read == 0) return false;
            }
            if (!theirs.AsSpan(0, wanted).SequenceEqual(ours.AsSpan(0, wanted))) return false;
        }
        return true;
    }
}
