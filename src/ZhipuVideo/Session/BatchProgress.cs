using System;
using System.Diagnostics;
using System.Management.Automation;
using System.Threading;
using ZhipuVideo.Download;

namespace ZhipuVideo.Session;

/// <summary>
/// The counts of the pipeline under way, shared by its cmdlets: whichever has the pipeline thread shows the one progress record.
/// At most four updates a second and none in the first second, so that short work shows nothing.
/// </summary>
internal sealed class BatchProgress
{
    private const int ActivityId = 0x436F67;

    /// <summary>A record belongs to its source and its number. By itself each cmdlet is a source, and would have a bar of its own.</summary>
    private const long SourceId = ActivityId;

    private const double FirstAfter = 1;
    private const double Spacing = 0.25;

    private int _cmdlets;
    private long _start;
    private long _lastShown;
    private bool _isShown;
    private int _submitted;
    private int _refused;
    private int _watched;
    private int _done;
    private int _failed;
    private int _saved;
    private DownloadProgress? _downloads;

    /// <summary>A job was accepted and is about to be emitted; raised on the pipeline thread.</summary>
    internal event Action<CogVideoJob>? Accepted;

    internal void Enter()
    {
        if (_cmdlets++ > 0) return;
        _start = Stopwatch.GetTimestamp();
        _lastShown = 0;
        _isShown = false;
        _submitted = _refused = _watched = _done = _failed = _saved = 0;
        _downloads = null;
    }

    /// <summary>The last cmdlet takes the record off the screen, with the counts as they are then, unless it may no longer write.</summary>
    internal void Leave(Cmdlet? cmdlet)
    {
        if (--_cmdlets > 0 || !_isShown || cmdlet is null) return;
        _isShown = false;
        ProgressRecord record = Record(0);
        record.RecordType = ProgressRecordType.Completed;
        Write(cmdlet, record);
    }

    internal void Submitted(CogVideoJob job)
    {
        Interlocked.Increment(ref _submitted);
        Accepted?.Invoke(job);
    }

    internal void Refused() => Interlocked.Increment(ref _refused);

    internal void Watched() => Interlocked.Increment(ref _watched);

    internal void Ended(bool success) => _ = success ? Interlocked.Increment(ref _done) : Interlocked.Increment(ref _failed);

    internal void Saved() => Interlocked.Increment(ref _saved);

    /// <summary>Downloads go on while another cmdlet has the pipeline thread; their bytes are read when the record is shown.</summary>
    internal void Downloads(DownloadProgress progress) => _downloads = progress;

    /// <summary>Shows the counts if it is time to; pipeline thread only.</summary>
    internal void Show(Cmdlet cmdlet, double expectedSeconds)
    {
        long now = Stopwatch.GetTimestamp();
        if (Seconds(now - _start) < FirstAfter || (_lastShown != 0 && Seconds(now - _lastShown) < Spacing)) return;
        _lastShown = now;
        _isShown = true;
        Write(cmdlet, Record(expectedSeconds));
    }

    private ProgressRecord Record(double expectedSeconds)
    {
        int known = Math.Max(Volatile.Read(ref _submitted), Volatile.Read(ref _watched));
        int ended = Volatile.Read(ref _done) + Volatile.Read(ref _failed);
        double elapsed = Seconds(Stopwatch.GetTimestamp() - _start);
        string status = Messages.Format(
            MessageKey.ProgressStatus, _submitted, Math.Max(0, known - ended), _done, _failed, _refused, ended / elapsed * 60);
        ProgressRecord record = new(ActivityId, Messages.Format(MessageKey.ProgressActivity), status)
        {
            PercentComplete = known > 0 ? Math.Min(100, 100 * ended / known) : -1,
            SecondsRemaining = ended > 0 && known > ended ? (int)Math.Min((known - ended) * elapsed / ended, int.MaxValue)
                : known > ended && expectedSeconds > 0 ? (int)Math.Max(0, expectedSeconds - elapsed) : -1,
        };
        if (_downloads is { BytesExpected: > 0 } downloads)
            record.CurrentOperation = Messages.Format(MessageKey.ProgressSaved, _saved, downloads.BytesDone / 1e6, downloads.BytesExpected / 1e6);
        return record;
    }

    private static void Write(Cmdlet cmdlet, ProgressRecord record) => cmdlet.CommandRuntime.WriteProgress(SourceId, record);

    private static double Seconds(long ticks) => ticks / (double)Stopwatch.Frequency;
}
