using System.Threading;

namespace ZhipuVideo.Download;

/// <summary>
/// How far a <see cref="Downloader"/> has come. Reading costs a few atomic loads and takes no lock; only the queue's figure ever falls.
/// </summary>
internal sealed class DownloadProgress
{
    private int _accepted;
    private int _started;
    private int _wanted;
    private int _done;
    private int _failed;
    private long _bytesDone;
    private long _bytesExpected;

    /// <summary>Results that wait for a slot.</summary>
    internal int Queued => Volatile.Read(ref _accepted) - Volatile.Read(ref _started);

    /// <summary>Results that are being saved.</summary>
    internal int Running => Volatile.Read(ref _started) - Volatile.Read(ref _done) - Volatile.Read(ref _failed);

    /// <summary>Results that are saved.</summary>
    internal int Done => Volatile.Read(ref _done);

    /// <summary>Results that could not be saved, or were cancelled.</summary>
    internal int Failed => Volatile.Read(ref _failed);

    /// <summary>Bytes received, each counted once however often it had to be sent, and bytes found in place.</summary>
    internal long BytesDone => Interlocked.Read(ref _bytesDone);

    /// <summary>The length of all files whose length is known so far.</summary>
    internal long BytesExpected => Interlocked.Read(ref _bytesExpected);

    /// <summary>Whether a result could go on at once if it had a slot.</summary>
    internal bool IsSlotWanted => Volatile.Read(ref _wanted) > 0;

    internal void Accept() => Interlocked.Increment(ref _accepted);

    internal void WantSlot(int change) => Interlocked.Add(ref _wanted, change);

    internal void Start(int change) => Interlocked.Add(ref _started, change);

    internal void End(bool saved) => _ = saved ? Interlocked.Increment(ref _done) : Interlocked.Increment(ref _failed);

    internal void Expect(long bytes) => Interlocked.Add(ref _bytesExpected, bytes);

    internal void Receive(long bytes) => Interlocked.Add(ref _bytesDone, bytes);
}
