using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Storage.Blob;

/// <summary>A container, or what is like a folder in it, that videos are put in: each blob has its name only when it is whole.</summary>
/// <param name="client">Calls the container; this store's from now on.</param>
/// <param name="folder">Its address.</param>
internal sealed class BlobFolder(BlobClient client, BlobAddress folder) : IVideoStore, IDisposable
{
    public string Place { get; } = folder.ToString();

    public int MaxStemBytes => FileNames.MaxStemBytes;

    public string GetPath(string name) => folder.Append(name).ToString();

    public string GetName(string path) => Path.GetFileName(BlobAddress.Parse(path).Name);

    /// <summary>Makes sure that blobs can be written: a block that is never committed tries it, and vanishes after a week.</summary>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DestinationUnusable"/> where there is no container, and what keeps it from being written.</exception>
    internal static async Task CheckAsync(StorageAccess access, string address)
    {
        BlobAddress folder = BlobAddress.Parse(address);
        using BlobClient client = access.CreateClient(folder);
        try
        {
            await client.StageAsync(folder.Append(".zhipuvideo"), "AAAA", [0], 0, 1, default, BlobClient.ShortPatience).ConfigureAwait(false);
        }
        catch (BlobException e)
        {
            throw Failure(address, address, e);
        }
    }

    /// <summary>Writes a blob from a file.</summary>
    /// <returns>False when the name is taken and may not be replaced.</returns>
    internal static async Task<bool> UploadAsync(StorageAccess access, string address, string path, string type, bool replace, CancellationToken cancellationToken)
    {
        BlobAddress blob = BlobAddress.Parse(address);
        using BlobClient client = access.CreateClient(blob);
        using BlobUpload upload = new(client, blob);
        using FileStream file = File.OpenRead(path);
        try
        {
            await upload.CopyAsync(file, file.Length, cancellationToken).ConfigureAwait(false);
            return await upload.PlaceAsync(blob, type, replace, cancellationToken).ConfigureAwait(false) is Placement.Placed or Placement.AlreadyThere;
        }
        catch (BlobException e)
        {
            throw Failure(address, address, e);
        }
    }

    /// <summary>Bytes of a blob; null when it is not there, cannot be asked for, or nobody has named its container.</summary>
    internal static async Task<long?> GetLengthAsync(StorageAccess? access, string address, CancellationToken cancellationToken)
    {
        if (access?.Knows(address) != true) return null;
        BlobAddress blob = BlobAddress.Parse(address);
        using BlobClient client = access.CreateClient(blob);
        try
        {
            return (await client.FindAsync(blob, BlobClient.ShortPatience, cancellationToken).ConfigureAwait(false))?.Length;
        }
        catch (BlobException)
        {
            return null;
        }
    }

    public async ValueTask<bool> ExistsAsync(string name, string job, CancellationToken cancellationToken) =>
        await Try(job, () => client.FindAsync(folder.Append(name), BlobClient.Patience, cancellationToken)).ConfigureAwait(false) is not null;

    public async ValueTask<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        BlobAddress blob = folder.Append(name);
        return await Try(name, () => client.FindAsync(blob, BlobClient.Patience, cancellationToken)).ConfigureAwait(false) is { Length: > 0 } found
            ? new BufferedStream(new BlobStream(this, blob, found.Length), ContentMatch.SampleLength)
            : null;
    }

    public ValueTask<IPartFile?> ClaimAsync(PartName name, CancellationToken cancellationToken) => default; // blocks that were sent cannot be read

    public IPartFile Create(PartName name) => new Part(this, name);

    public void Dispose() => client.Dispose();

    private async Task<T> Try<T>(string job, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (BlobException e)
        {
            throw Failure(job, Place, e);
        }
        catch (ObjectDisposedException)
        {
            throw new OperationCanceledException(); // the batch was closed
        }
    }

    private static CogVideoException Failure(string job, string place, BlobException cause) =>
        cause.IsNoContainer ? new(ErrorReason.DestinationUnusable, MessageKey.BlobNoContainer, place) { AdviceKey = MessageKey.AdviceBlobNoContainer }
        : cause.IsTransient ? new(ErrorReason.StorageUnavailable, MessageKey.SaveStorageUnavailable, job, place, cause.Message)
        : new(ErrorReason.StorageDenied, MessageKey.SaveStorageDenied, job, place, cause.Message);

    /// <summary>A blob whose blocks are on their way.</summary>
    private sealed class Part(BlobFolder store, PartName name) : IPartFile
    {
        private BlobUpload _upload = Begin(store, name);

        public long Length => _upload.Length;

        public void Expect(long length)
        {
            // A container has room
        }

        public ValueTask AppendAsync(byte[] buffer, int count, CancellationToken cancellationToken) => new(store.Try(name.Job, async () =>
        {
            await _upload.AddAsync(buffer, count, cancellationToken).ConfigureAwait(false);
            return true;
        }));

        public int Read(long offset, byte[] buffer, int count) => _upload.Read(offset, buffer, count);

        public void Restart()
        {
            _upload.Dispose();
            _upload = Begin(store, name);
        }

        public Task<Placement> PlaceAsync(string final, bool replace, CancellationToken cancellationToken) =>
            store.Try(name.Job, () => _upload.PlaceAsync(store.GetBlob(final), GetContentType(final), replace, cancellationToken));

        public void Discard() => Restart();

        public void Dispose() => _upload.Dispose();

        private static BlobUpload Begin(BlobFolder store, PartName name) => new(store.Client, name.Target is null ? null : store.GetBlob(name.Target));
    }

    private static string GetContentType(string name) => Path.GetExtension(name) switch
    {
        ".mp4" => "video/mp4",
        ".jpg" => "image/jpeg",
        string other => "image/" + other.TrimStart('.'),
    };

    private BlobClient Client => client;

    private BlobAddress GetBlob(string name) => folder.Append(name);

    /// <summary>A blob that is read in pieces, at any position.</summary>
    private sealed class BlobStream(BlobFolder store, BlobAddress blob, long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, length - Position);
            if (count <= 0) return 0;
            using MemoryStream piece = new(buffer, offset, count);
            _ = store.Try(blob.Name, () => store.Client.ReadAsync(blob, piece, (Position, count), default)).GetAwaiter().GetResult();
            Position += piece.Position;
            return (int)piece.Position;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = offset + (origin == SeekOrigin.Current ? Position : origin == SeekOrigin.End ? length : 0);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
