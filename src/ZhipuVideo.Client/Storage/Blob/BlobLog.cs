// A log in an append blob. What IAppendLog promises, the blob keeps so:
//
//   alone      a lease of 60 s under an id of our own, renewed every 20 s whether or not anything is appended. Its age counts from before the
//              request left, by the larger of monotonic and wall-clock time (Linux's monotonic clock stops while a machine sleeps); a lease
//              older than 45 s admits nothing new until a renewal has come through
//   append     the position is a condition of every append (x-ms-blob-condition-appendpos), so that a repeated or late copy changes nothing
//   durable    201 comes when the block is stored in all replicas, and a block is stored whole or not at all
//   identity   the address and what opens it: two that open one blob with two credentials do not share a lease
//
// An answer that was lost or refused is settled by reading back what stands at the position:
//
//   there                                    | then
//   the bytes, and nothing behind them       | they were stored
//   nothing, and the lease can be taken      | append again at the same position (an expired lease alone refuses it, too)
//   nothing, and another holds the lease     | lost, for good
//   anything else, or no such blob           | lost, for good
//
// 50,000 appends are all that a blob takes, and each costs some 6 ms when it is read (dotnet/orleans#10253). So a log of more than 1,000
// blocks is made short when it is opened: all of it becomes the block blob <name>.<n>, then the append blob is created anew with n in its
// metadata, under the lease and only if it is still the one that was read. That happens right after a new lease and before the first append
// and never else: a late copy of an append under the same lease would fit into an emptied blob. A reader reads the blob, then the checkpoint
// that it names; the checkpoint before the newest stays for those who read while it is written.

using System;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Storage.Blob;

/// <summary>How a lease is kept, in seconds. The service takes leases of 15 to 60.</summary>
internal sealed record LeaseTiming(int Duration = 60, double RenewEvery = 20, double SubmitWithin = 45, double RetryEvery = 2);

/// <summary>An append log that is a blob; the file's first comment tells how it keeps its promises.</summary>
internal sealed class BlobLog : IAppendLog
{
    private const int CheckpointAbove = 1_000, MaxBlocks = 49_900;

    /// <summary>Bytes of a log that are held in memory while it is read; more are held in a file.</summary>
    private const int MaxInMemory = 16 << 20;

    /// <summary>What is left to be written when the log is closed is waited for so long.</summary>
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(5);

    /// <summary>How often an append that changed nothing is tried under a lease that was taken anew.</summary>
    private const int MaxRounds = 5;

    private readonly BlobClient _client;
    private readonly BlobAddress _blob;
    private readonly LeaseTiming _timing;
    private readonly string _lease = Guid.NewGuid().ToString();
    private readonly object _sync = new();
    private readonly SemaphoreSlim _appending = new(0, 1); // free when the log is ready for its first append
    private readonly CancellationTokenSource _closing = new();
    private Mirror _mirror = new(new MemoryStream());
    private BlobProperties _read = null!;
    private TaskCompletionSource<bool> _renewed = CreateSignal(), _wanted = CreateSignal();
    private (double Now, DateTime Utc) _heldSince;
    private bool _isUnproven;
    private LogException? _fault;
    private Task _renewing = Task.CompletedTask;
    private long _before; // bytes of the checkpoint
    private int _blocks;

    private BlobLog(BlobClient client, BlobAddress blob, string identity, LeaseTiming timing) => (_client, _blob, Identity, _timing) = (client, blob, identity, timing);

    public string Identity { get; }

    public long Length { get; private set; }

    public string? Strangers => null;

    public Stream Reader => _mirror; // what was read and acknowledged is never read again from the storage

    public TimeSpan Gather => TimeSpan.FromSeconds(2);

    private CancellationToken Closing => _closing.Token;

    private double Age => Math.Max(_client.Clock.Now - _heldSince.Now, (_client.Clock.UtcNow - _heldSince.Utc).TotalSeconds);

    /// <inheritdoc cref="ILogStore.Open"/>
    internal static async Task<BlobLog> OpenAsync(StorageAccess access, BlobAddress blob, bool mayCreate, LeaseTiming timing)
    {
        BlobClient client = access.CreateClient(blob);
        BlobLog log = new(client, blob, access.Identify(blob), timing);
        try
        {
            if (await client.FindAsync(blob, BlobClient.ShortPatience, default).ConfigureAwait(false) is not { } found)
            {
                if (!mayCreate) throw new FileNotFoundException(null, blob.ToString());
                await log.CreateAsync().ConfigureAwait(false);
            }
            else if (found.Type is not "AppendBlob") throw new LogException(LogFault.NotAFile, blob.ToString());
            await log.AcquireAsync(BlobClient.ShortPatience).ConfigureAwait(false);
            log._renewing = Task.Run(log.KeepLeaseAsync);
            (Stream bytes, log._read, log._before) = await ReadAsync(client, blob).ConfigureAwait(false);
            log._mirror = new Mirror(bytes);
            log.Length = log._mirror.Length;
            log._blocks = log._read.Blocks;
            return log;
        }
        catch (BlobException e)
        {
            log.Dispose();
            throw e.ToLog(blob.ToString());
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>All bytes of a log as they were in one moment, the blob's properties then, and how many bytes are its checkpoint's.</summary>
    internal static async Task<(Stream Bytes, BlobProperties Blob, long Checkpoint)> ReadAsync(BlobClient client, BlobAddress blob)
    {
        while (true)
        {
            BlobProperties found = await client.FindAsync(blob, BlobClient.ShortPatience, default).ConfigureAwait(false) ?? throw new FileNotFoundException(null, blob.ToString());
            if (found.Type is not "AppendBlob") throw new LogException(LogFault.NotAFile, blob.ToString());
            Stream bytes = CreateMirror(found.Length);
            try
            {
                // The blob first, although its bytes come last: the checkpoint that it names is not changed any more
                found = await client.ReadAsync(blob, bytes, null, default).ConfigureAwait(false);
                bytes.Position = 0;
                if (found.Checkpoint == 0) return (bytes, found, 0);
                using Stream newest = bytes;
                BlobProperties? checkpoint = await client.FindAsync(GetCheckpoint(blob, found.Checkpoint), BlobClient.Patience, default).ConfigureAwait(false);
                if (checkpoint is null) continue;
                bytes = CreateMirror(checkpoint.Length + found.Length);
                long length = (await client.ReadAsync(GetCheckpoint(blob, found.Checkpoint), bytes, null, default).ConfigureAwait(false)).Length;
                newest.CopyTo(bytes);
                bytes.Position = 0;
                return (bytes, found, length);
            }
            catch (BlobException e) when (e is { Status: 404, IsNoContainer: false })
            {
                bytes.Dispose(); // replaced meanwhile: once more
            }
            catch
            {
                bytes.Dispose();
                throw;
            }
        }
    }

    public void Cut(long length)
    {
        if (length < Length || _read.Blocks > CheckpointAbove) Run(() => MakeShortAsync(length));
        _appending.Release();
    }

    public void Append(byte[] bytes, int count) => Run(async () =>
    {
        await _appending.WaitAsync(Closing).ConfigureAwait(false);
        try
        {
            for (int sent = 0; sent < count; sent += BlobClient.MaxBlock)
                await AppendBlockAsync(bytes, sent, Math.Min(BlobClient.MaxBlock, count - sent)).ConfigureAwait(false);
        }
        finally
        {
            _appending.Release();
        }
    });

    public void BeginClose() => _closing.CancelAfter(ClosePatience);

    // What failed was not stored, or not known to be: nothing can be cut off
    public void TakeBack(byte[] bytes, int count)
    {
    }

    public IDisposable? Hold(string name) => null; // a blob has one name

    public async Task AdmitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task renewed;
            lock (_sync)
            {
                if (_fault is not null) throw _fault;
                if (_blocks >= MaxBlocks) throw new LogException(LogFault.Full, _blob.ToString());
                if (!_isUnproven && Age < _timing.SubmitWithin) return;
                renewed = _renewed.Task;
                _wanted.TrySetResult(true);
            }
            TaskCompletionSource<bool> stopped = CreateSignal();
            using CancellationTokenRegistration stop = cancellationToken.Register(() => stopped.TrySetCanceled(cancellationToken));
            await (await Task.WhenAny(renewed, stopped.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _closing.Cancel();
        try
        {
            _renewing.GetAwaiter().GetResult();
            if (_heldSince != default && _fault is null) _client.ReleaseAsync(_blob, _lease, default).GetAwaiter().GetResult();
        }
        catch (BlobException)
        {
            // It runs out by itself
        }
        _mirror.Dispose();
        _client.Dispose();
        _appending.Dispose();
    }

    private static TaskCompletionSource<bool> CreateSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static BlobAddress GetCheckpoint(BlobAddress blob, int number) => blob.With(FormattableString.Invariant($"{blob.Name}.{number}"));

    private static Stream CreateMirror(long length)
    {
        if (length <= MaxInMemory) return new MemoryStream((int)length);
        string path = Path.Combine(Path.GetTempPath(), "zhipuvideo." + Path.GetRandomFileName());
        _ = OwnerFile.TryCreate(path);
        return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
    }

    /// <summary>Does what the log's writer, which has a thread of its own, waits for; storage's words become ours.</summary>
    private void Run(Func<Task> action)
    {
        try
        {
            if (_fault is not null) throw _fault;
            action().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw Fail(new LogException(LogFault.Unavailable, _blob.ToString()));
        }
        catch (BlobException e)
        {
            throw Fail(e.Status == 404 ? new LogException(LogFault.Lost, _blob.ToString()) : e.ToLog(_blob.ToString()));
        }
    }

    private LogException Fail(LogException fault)
    {
        lock (_sync)
        {
            _fault ??= fault;
            Announce();
            return _fault;
        }
    }

    private LogException Lose() => Fail(new LogException(LogFault.Lost, _blob.ToString()));

    private async Task CreateAsync()
    {
        try
        {
            await _client.CreateLogAsync(_blob, null, null, null, BlobClient.ShortPatience, default).ConfigureAwait(false);
        }
        catch (BlobException e) when (e.Code == "BlobAlreadyExists")
        {
            // Another process was faster, or the answer to our own was lost: the lease decides
        }
    }

    /// <summary>Takes the lease, or renews it; 409 means that another has it.</summary>
    private async Task AcquireAsync(double patience)
    {
        while (true)
        {
            (double Now, DateTime Utc) sent = (_client.Clock.Now, _client.Clock.UtcNow);
            await _client.AcquireAsync(_blob, _lease, _timing.Duration, patience, default).ConfigureAwait(false);
            lock (_sync)
            {
                _isUnproven |= _heldSince != default && Age >= _timing.Duration; // in between it may have been another's
                _heldSince = sent;
                if (Age >= _timing.Duration) continue; // repeated for so long that it is over again
                Announce();
                return;
            }
        }
    }

    private async Task KeepLeaseAsync()
    {
        double delay = _timing.RenewEvery;
        while (true)
        {
            Task wanted;
            lock (_sync)
            {
                if (_wanted.Task.IsCompleted) _wanted = CreateSignal();
                wanted = _wanted.Task;
            }
            await Task.WhenAny(_client.Clock.DelayAsync(delay, Closing), wanted).ConfigureAwait(false);
            if (_closing.IsCancellationRequested || _fault is not null) return;
            delay = await TryRenewAsync().ConfigureAwait(false) ? _timing.RenewEvery : _timing.RetryEvery;
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        try
        {
            await AcquireAsync(0).ConfigureAwait(false);
            if (!_isUnproven || !_appending.Wait(0)) return true; // an append under way proves it, or fails
            try
            {
                BlobProperties? found = await _client.FindAsync(_blob, 0, Closing).ConfigureAwait(false);
                if (found?.Length != Length - _before) throw Lose();
                Prove();
            }
            finally
            {
                _appending.Release();
            }
            return true;
        }
        catch (BlobException e) when (e.IsTransient)
        {
            return false;
        }
        catch (BlobException e)
        {
            Fail(e.Status is 404 or 409 or 412 ? new LogException(LogFault.Lost, _blob.ToString()) : e.ToLog(_blob.ToString()));
            return false;
        }
        catch (Exception e) when (e is LogException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Nobody else has written: what is there is what was acknowledged.</summary>
    private void Prove()
    {
        lock (_sync)
        {
            _isUnproven = false;
            Announce();
        }
    }

    /// <summary>Wakes those that wait to be admitted, to look again.</summary>
    private void Announce()
    {
        _renewed.TrySetResult(true);
        _renewed = CreateSignal();
    }

    private async Task AppendBlockAsync(byte[] bytes, int offset, int count)
    {
        for (int round = 0; ; round++)
        {
            try
            {
                _blocks = await _client.AppendAsync(_blob, bytes, offset, count, Length - _before, _lease, BlobClient.Patience, Closing).ConfigureAwait(false);
                break;
            }
            catch (BlobException e) when (e.Status is 409 or 412 && e.Code != "BlockCountExceedsLimit" && round < MaxRounds)
            {
                if (await IsStoredAsync(bytes, offset, count).ConfigureAwait(false)) break;
            }
            try
            {
                await AcquireAsync(BlobClient.Patience).ConfigureAwait(false);
            }
            catch (BlobException e) when (e.Status is 409 or 412)
            {
                throw Lose();
            }
        }
        Length += count;
        _mirror.Append(bytes, offset, count);
        Prove();
    }

    /// <summary>Whether exactly these bytes stand behind what was acknowledged; false when nothing does.</summary>
    private async Task<bool> IsStoredAsync(byte[] bytes, int offset, int count)
    {
        long position = Length - _before;
        BlobProperties? found = await _client.FindAsync(_blob, BlobClient.Patience, Closing).ConfigureAwait(false);
        if (found?.Length == position) return false;
        if (found?.Length != position + count) throw Lose();
        using MemoryStream there = new(count);
        await _client.ReadAsync(_blob, there, (position, count), Closing).ConfigureAwait(false);
        if (!there.GetBuffer().AsSpan(0, (int)there.Length).SequenceEqual(bytes.AsSpan(offset, count))) throw Lose();
        _blocks = found.Blocks;
        return true;
    }

    /// <summary>Puts what there is, up to a torn line, into a checkpoint, and empties the blob.</summary>
    private async Task MakeShortAsync(long length)
    {
        int number = _read.Checkpoint;
        for (Placement placement = Placement.Taken; placement is Placement.Taken or Placement.Again;)
        {
            _mirror.Position = 0;
            BlobAddress checkpoint = GetCheckpoint(_blob, ++number);
            using BlobUpload upload = new(_client, checkpoint);
            await upload.CopyAsync(_mirror, length, Closing).ConfigureAwait(false);
            placement = await upload.PlaceAsync(checkpoint, "application/x-ndjson", replace: false, Closing).ConfigureAwait(false);
        }
        try
        {
            await _client.CreateLogAsync(
                _blob, _lease, _read.ETag, number.ToString(CultureInfo.InvariantCulture), BlobClient.Patience, Closing).ConfigureAwait(false);
        }
        catch (BlobException e) when (e.Status == 412)
        {
            // The answer was lost, or another was faster
            BlobProperties? found = await _client.FindAsync(_blob, BlobClient.Patience, Closing).ConfigureAwait(false);
            if (found is not { Length: 0 } || found.Checkpoint != number) throw Lose();
            await AcquireAsync(BlobClient.Patience).ConfigureAwait(false);
        }
        _mirror.SetLength(length);
        (Length, _before, _blocks) = (length, length, 0);
        if (_read.Checkpoint < 2) return;
        try
        {
            await _client.DeleteAsync(GetCheckpoint(_blob, _read.Checkpoint - 1), Closing).ConfigureAwait(false);
        }
        catch (BlobException)
        {
            // Not all signatures may delete
        }
    }

    /// <summary>The log's bytes here: one reads at its own position while another appends.</summary>
    private sealed class Mirror(Stream bytes) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length
        {
            get
            {
                lock (bytes) return bytes.Length;
            }
        }

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            lock (bytes)
            {
                bytes.Position = Position;
                int read = bytes.Read(buffer, offset, count);
                Position += read;
                return read;
            }
        }

        internal void Append(byte[] buffer, int offset, int count)
        {
            lock (bytes)
            {
                bytes.Position = bytes.Length;
                bytes.Write(buffer, offset, count);
            }
        }

        public override void SetLength(long value)
        {
            lock (bytes) bytes.SetLength(value);
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) bytes.Dispose();
            base.Dispose(disposing);
        }
    }
}
