using System;
using System.Buffers;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// Tells whether a file on the disk is the one behind a link: of the same length, with the same first and last 64 KiB. A server that
/// cannot send parts sends all, and then all is compared.
/// </summary>
internal sealed class Comparison
{
    private readonly RemoteFile _remote;
    private readonly string _path;
    private bool _same;

    internal Comparison(RemoteFile remote, string path)
    {
        _remote = remote;
        _path = path;
    }

    internal async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        byte[] remote = ArrayPool<byte>.Shared.Rent(PartFile.Overlap);
        byte[] local = ArrayPool<byte>.Shared.Rent(PartFile.Overlap);
        try
        {
            await _remote.RunAsync(idle => AttemptAsync(remote, local, idle), static () => 0, cancellationToken).ConfigureAwait(false);
            return _same;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(remote);
            ArrayPool<byte>.Shared.Return(local);
        }
    }

    private async Task<bool> AttemptAsync(byte[] remote, byte[] local, IdleWatch idle)
    {
        _same = false;
        using FileStream? file = TryOpen();
        if (file is null)
        {
            return true;
        }

        if (file.Length == 0)
        {
            return true;
        }

        long tail = Math.Max(0, file.Length - PartFile.Overlap);
        bool? first = await CompareAsync(file, 0, remote, local, idle).ConfigureAwait(false);
        _same = first ?? (tail == 0 || await CompareAsync(file, tail, remote, local, idle).ConfigureAwait(false) != false);
        return true;
    }

    // Null: somebody holds it, or it has just gone; so it is not known to be ours
    private FileStream? TryOpen()
    {
        try
        {
            return Disk.OpenToRead(_path);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            return null;
        }
    }

    // Null: what was asked for is the same; otherwise the answer for the whole file
    private async Task<bool?> CompareAsync(FileStream file, long from, byte[] remote, byte[] local, IdleWatch idle)
    {
        long to = Math.Min(from + PartFile.Overlap, file.Length) - 1;
        using HttpResponseMessage reply = await _remote.GetAsync(new RangeHeaderValue(from, to), null, idle).ConfigureAwait(false);
        long? length;
        switch (reply.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.NonAuthoritativeInformation:
                length = reply.Content.Headers.ContentLength;
                from = 0;
                to = file.Length - 1;
                break;
            case HttpStatusCode.PartialContent:
                ContentRangeHeaderValue? range = reply.Content.Headers.ContentRange;
                length = range?.From == from && range.To == to ? range.Length : null;
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return false;
            default:
                throw await _remote.RefusedAsync(reply, idle).ConfigureAwait(false);
        }

        if (length != file.Length)
        {
            return false;
        }

        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        file.Position = from;
        while (file.Position <= to)
        {
            int count = (int)Math.Min(PartFile.Overlap, to + 1 - file.Position);
            if (await body.FillAsync(remote, 0, count, idle).ConfigureAwait(false) != count
                || file.Fill(local, count) != count
                || !remote.AsSpan(0, count).SequenceEqual(local.AsSpan(0, count)))
            {
                return false;
            }
        }

        return reply.StatusCode == HttpStatusCode.PartialContent ? null : true;
    }
}
