using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage.Blob;

/// <summary>
/// A blob that comes into being whole or not at all: its blocks are sent as they come, each with its MD5, and nobody sees them before the
/// commit gives them the name. What is not committed vanishes after a week. At most one block is held in memory, unless the name is not
/// known before the end.
/// </summary>
/// <param name="client">Sends.</param>
/// <param name="target">The name that it will most likely get: blocks that were sent for one name cannot get another; null = not known yet.</param>
internal sealed class BlobUpload(BlobClient client, BlobAddress? target) : IDisposable
{
    /// <summary>Bytes that are held while the name is not known: covers.</summary>
    private const int MaxHeld = 32 << 20;

    private readonly List<string> _blocks = [];
    private readonly string _run = Guid.NewGuid().ToString("N").Substring(0, 16); // no run takes another's blocks for its own
    private readonly byte[] _head = new byte[ContentMatch.SampleLength], _tail = new byte[ContentMatch.SampleLength];
    private readonly Md5 _md5 = new();
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    /// <summary>Bytes that were added.</summary>
    internal long Length { get; private set; }

    /// <summary>Adds bytes, and sends a block whenever one is full.</summary>
    internal async Task AddAsync(byte[] bytes, int count, CancellationToken cancellationToken)
    {
        if (Length < _head.Length) Buffer.BlockCopy(bytes, 0, _head, (int)Length, (int)Math.Min(count, _head.Length - Length));
        for (int taken = 0; taken < count;)
        {
            int part = Math.Min(count - taken, (target is null ? MaxHeld : BlobClient.MaxBlock) - _filled);
            if (part == 0) throw new BlobException(413, "RequestBodyTooLarge");
            if (_filled + part > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_filled + part, Math.Min(BlobClient.MaxBlock, 4 * _buffer.Length)));
            Buffer.BlockCopy(bytes, taken, _buffer, _filled, part);
            (taken, _filled) = (taken + part, _filled + part);
            if (target is null || _filled < BlobClient.MaxBlock) continue;
            _blocks.Add(await StageAsync(target, _blocks.Count, 0, _filled, cancellationToken).ConfigureAwait(false));
            Buffer.BlockCopy(_buffer, _filled - _tail.Length, _tail, 0, _tail.Length);
            _filled = 0;
        }
        _md5.Add(bytes, count);
        Length += count;
    }

    /// <summary>Adds the beginning of a stream.</summary>
    internal async Task CopyAsync(Stream source, long length, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[128 * 1024];
        for (int read = -1; length > 0 && read != 0; length -= read)
        {
            read = source.Fill(buffer, (int)Math.Min(buffer.Length, length));
            await AddAsync(buffer, read, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads back what is held: the first 64 KiB and at least the last.</summary>
    internal int Read(long offset, byte[] buffer, int count)
    {
        count = (int)Math.Max(0, Math.Min(count, Length - offset));
        long sent = Length - _filled;
        for (int i = 0; i < count; i++)
        {
            long at = offset + i;
            buffer[i] = at >= sent ? _buffer[at - sent] : at < _head.Length ? _head[at] : _tail[_tail.Length - (sent - at)];
        }
        return count;
    }

    /// <summary>
    /// Gives the blob a name. One that is taken may be this: an answer was lost, or an earlier run was killed. <see cref="Placement.Again"/>
    /// where the blocks were sent for another name.
    /// </summary>
    internal async Task<Placement> PlaceAsync(BlobAddress blob, string type, bool replace, CancellationToken cancellationToken)
    {
        string md5 = Convert.ToBase64String(_md5.Finish());
        bool isSentForThis = _blocks.Count == 0 || blob == target;
        BlobException? refusal = null;
        try
        {
            List<string> blocks = [.. _blocks];
            for (int offset = 0; isSentForThis && offset < _filled; offset += BlobClient.MaxBlock)
                blocks.Add(await StageAsync(blob, blocks.Count, offset, Math.Min(BlobClient.MaxBlock, _filled - offset), cancellationToken).ConfigureAwait(false));
            if (isSentForThis) await client.CommitAsync(blob, blocks, type, md5, replace, cancellationToken).ConfigureAwait(false);
            if (isSentForThis) return Placement.Placed;
        }
        catch (BlobException e) when (e.Status is 400 or 409 or 412)
        {
            refusal = e;
        }
        BlobProperties? there = await client.FindAsync(blob, BlobClient.Patience, cancellationToken).ConfigureAwait(false);
        if (there?.Length == Length && there.Md5 == md5) return Placement.AlreadyThere;
        if (refusal is not null && (there is null || replace)) throw refusal;
        return _blocks.Count > 0 && (isSentForThis || there is null || replace) ? Placement.Again : Placement.Taken;
    }

    public void Dispose() => _md5.Dispose();

    private async Task<string> StageAsync(BlobAddress blob, int number, int offset, int count, CancellationToken cancellationToken)
    {
        string id = Convert.ToBase64String(Encoding.ASCII.GetBytes(_run + number.ToString("D5", CultureInfo.InvariantCulture)));
        await client.StageAsync(blob, id, _buffer, offset, count, cancellationToken).ConfigureAwait(false);
        return id;
    }
}

/// <summary>The check sum that the storage keeps and compares; it protects from accidents, not from people.</summary>
internal sealed class Md5 : IDisposable
{
#pragma warning disable CA5351 // the storage knows no other
    private readonly MD5 _hash = MD5.Create();
    private byte[]? _sum;

    internal static byte[] Compute(byte[] bytes, int offset, int count)
    {
        using MD5 hash = MD5.Create();
        return hash.ComputeHash(bytes, offset, count);
    }
#pragma warning restore CA5351

    internal void Add(byte[] bytes, int count) => _hash.TransformBlock(bytes, 0, count, null, 0);

    /// <summary>The sum; nothing can be added any more.</summary>
    internal byte[] Finish()
    {
        if (_sum is null) _hash.TransformFinalBlock([], 0, 0);
        return _sum ??= _hash.Hash!;
    }

    public void Dispose() => _hash.Dispose();
}
