using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Management.Automation;
using System.Threading;
using ZhipuVideo.Download;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Session;

/// <summary>What a cmdlet does with the rows of a pipeline, in the order in which they pass.</summary>
internal enum BatchStage
{
    /// <summary>Any other.</summary>
    None,

    /// <summary>New-CogVideo.</summary>
    Submit,

    /// <summary>Wait-CogVideo.</summary>
    Wait,

    /// <summary>Save-CogVideo.</summary>
    Save,
}

/// <summary>What is counted of the rows of a pipeline.</summary>
internal enum BatchCount
{
    /// <summary>About to be submitted.</summary>
    Rows,

    /// <summary>Accepted, now or by an earlier run.</summary>
    Submitted,

    /// <summary>Rows that had begun and become no job.</summary>
    Refused,

    /// <summary>Rows that may have been accepted, and nobody knows.</summary>
    Unconfirmed,

    /// <summary>Jobs that are waited for.</summary>
    Watched,

    /// <summary>Ended in success.</summary>
    Done,

    /// <summary>Ended in failure.</summary>
    Failed,

    /// <summary>No longer waited for; nothing of them goes on down the pipeline.</summary>
    GivenUp,

    /// <summary>About to be saved.</summary>
    ToSave,

    /// <summary>Saved.</summary>
    Saved,

    /// <summary>Not saved, and tried no longer.</summary>
    NotSaved,
}

/// <summary>
/// The counts of the pipeline under way, shared by its cmdlets: whichever has the pipeline thread shows the one progress record.
/// At most four updates a second and none in the first second, so that short work shows nothing. Percent and time left are known once the
/// cmdlet that reads the rows has read them all, and are counted in rows that have passed the last cmdlet.
/// </summary>
internal sealed class BatchProgress
{
    private const int ActivityId = 0x436F67;

    /// <summary>A record belongs to its source and its number. By itself each cmdlet is a source, and would have a bar of its own.</summary>
    private const long SourceId = ActivityId;

    private const int Counts = (int)BatchCount.NotSaved + 1;

    private const double FirstAfter = 1;
    private const double Spacing = 0.25;

    /// <summary>Seconds without an answer that are worth a word, and between two such words.</summary>
    private const double SilenceToTell = 5, SilenceToTellAgain = 300;

    private int _cmdlets;
    private long _start;
    private long _lastShown;
    private long _silenceTold;
    private bool _isShown;
    private Cmdlet? _reader; // the first in the pipeline that counts
    private BatchStage _first;
    private BatchStage _last;
    private bool _isAllRead;
    private int _earlyOut; // rows that were through when it was first shown: what a journal knows takes no time
    private double _earlySeconds;
    private int[] _counts = new int[Counts];
    private SortedDictionary<string, int> _billed = new(StringComparer.Ordinal); // accepted in this run, by model; guards itself
    private long _savedBytes;
    private DownloadProgress? _downloads;
    private AccountNews _news = new();

    /// <summary>A cmdlet begins; those of a pipeline do so in their order.</summary>
    /// <returns>Whether it is the first of its pipeline.</returns>
    internal bool Enter(Cmdlet cmdlet, BatchStage stage)
    {
        bool isFirst = _cmdlets++ == 0;
        if (isFirst)
        {
            _start = Stopwatch.GetTimestamp();
            _lastShown = _silenceTold = 0;
            _isShown = _isAllRead = false;
            _reader = null;
            _first = _last = BatchStage.None;
            _counts = new int[Counts];
            _billed = new SortedDictionary<string, int>(StringComparer.Ordinal);
            _savedBytes = 0;
            _downloads = null;
            _news = new AccountNews();
        }
        if (stage == BatchStage.None) return isFirst;
        if (_reader is null) (_reader, _first) = (cmdlet, stage);
        if (stage > _last) _last = stage;
        return isFirst;
    }

    /// <summary>A cmdlet has got all its input.</summary>
    internal void InputEnded(Cmdlet cmdlet)
    {
        if (cmdlet == _reader) _isAllRead = true;
    }

    /// <summary>The last cmdlet takes the record off the screen, with the sum of the run, unless it may no longer write.</summary>
    /// <returns>The sum; null while other cmdlets go on, and where there is nothing to sum up.</returns>
    internal string? Leave(Cmdlet? cmdlet)
    {
        if (--_cmdlets > 0) return null;
        _reader = null;
        string? sum = Read == 0 ? null : Sum;
        if (!_isShown || cmdlet is null) return sum;
        _isShown = false;
        ProgressRecord record = Record(0);
        record.RecordType = ProgressRecordType.Completed;
        if (sum is not null) record.StatusDescription = sum;
        Write(cmdlet, record);
        return sum;
    }

    /// <summary>Counts one more; from any thread.</summary>
    internal void Count(BatchCount what) => Interlocked.Increment(ref _counts[(int)what]);

    /// <summary>Counts a billed request that was accepted; from any thread.</summary>
    internal void CountBilled(string model)
    {
        lock (_billed) PlanSum.Count(_billed, model);
    }

    /// <summary>Counts a saved video; from any thread.</summary>
    internal void CountSaved(long bytes)
    {
        Count(BatchCount.Saved);
        Interlocked.Add(ref _savedBytes, bytes);
    }

    /// <summary>Downloads go on while another cmdlet has the pipeline thread; their bytes are read when the record is shown.</summary>
    internal void Downloads(DownloadProgress progress) => _downloads = progress;

    /// <summary>Whether to say now that the service has not answered for so many seconds.</summary>
    internal bool TellsSilence(double seconds)
    {
        long now = Stopwatch.GetTimestamp();
        if (seconds < SilenceToTell || (_silenceTold != 0 && Seconds(now - _silenceTold) < SilenceToTellAgain)) return false;
        _silenceTold = now;
        return true;
    }

    /// <summary>What has changed since somebody last told of it, and once a minute how the run stands.</summary>
    internal IReadOnlyList<string> TakeNews(AccountScheduler account)
    {
        double elapsed = Seconds(Stopwatch.GetTimestamp() - _start);
        return _news.Take(elapsed, account.State, _first == BatchStage.Submit, () => Status(elapsed));
    }

    /// <summary>Shows the counts if it is time to; pipeline thread only.</summary>
    internal void Show(Cmdlet cmdlet, double expectedSeconds)
    {
        long now = Stopwatch.GetTimestamp();
        if (Seconds(now - _start) < FirstAfter || (_lastShown != 0 && Seconds(now - _lastShown) < Spacing)) return;
        if (_lastShown == 0) (_earlyOut, _earlySeconds) = (Out, Seconds(now - _start));
        _lastShown = now;
        _isShown = true;
        Write(cmdlet, Record(expectedSeconds));
    }

    /// <summary>Rows that the first cmdlet has read.</summary>
    private int Read => this[_first switch { BatchStage.Submit => BatchCount.Rows, BatchStage.Wait => BatchCount.Watched, _ => BatchCount.ToSave }];

    /// <summary>Of those, the ones that are through: past the last cmdlet, or lost on the way.</summary>
    private int Out =>
        (_first == BatchStage.Submit ? this[BatchCount.Refused] + this[BatchCount.Unconfirmed] : 0)
        + (_first <= BatchStage.Wait ? this[BatchCount.GivenUp] : 0)
        + _last switch { BatchStage.Submit => this[BatchCount.Submitted], BatchStage.Wait => Ended, _ => this[BatchCount.Saved] + this[BatchCount.NotSaved] };

    private int Ended => this[BatchCount.Done] + this[BatchCount.Failed];

    private int this[BatchCount what] => Volatile.Read(ref _counts[(int)what]);

    /// <summary>What has become of all rows, and what was spent.</summary>
    private string Sum => Messages.Format(
        MessageKey.ProgressSum, Read, this[BatchCount.Submitted], PlanSum.Describe(_billed), this[BatchCount.Failed], this[BatchCount.Unconfirmed],
        this[BatchCount.Saved], Interlocked.Read(ref _savedBytes) / 1e6);

    private ProgressRecord Record(double expectedSeconds)
    {
        double elapsed = Seconds(Stopwatch.GetTimestamp() - _start);
        int through = Out, all = Read;
        ProgressRecord record = new(ActivityId, Messages.Format(MessageKey.ProgressActivity), Status(elapsed))
        {
            PercentComplete = -1,
            SecondsRemaining = -1,
        };
        if (_isAllRead && all > 0)
        {
            record.PercentComplete = (int)Math.Min(100, 100L * through / all);
            double left = through > _earlyOut ? (all - through) * (elapsed - _earlySeconds) / (through - _earlyOut)
                : this[BatchCount.Submitted] == all || this[BatchCount.Watched] == all ? expectedSeconds - elapsed : -1;
            if (left > 0) record.SecondsRemaining = (int)Math.Min(Math.Ceiling(left), int.MaxValue);
            else if (through >= all) record.SecondsRemaining = 0;
        }
        if (_downloads is { BytesExpected: > 0 } downloads)
            record.CurrentOperation = Messages.Format(MessageKey.ProgressSaved, this[BatchCount.Saved], downloads.BytesDone / 1e6, downloads.BytesExpected / 1e6);
        return record;
    }

    /// <summary>The counts that are not zero, the pace last: a screen of 80 columns may have no room for it.</summary>
    private string Status(double elapsed)
    {
        List<string> parts = [];
        void Add(string key, int count)
        {
            if (count > 0) parts.Add(Messages.Format(key, count));
        }

        Add(MessageKey.ProgressSubmitted, this[BatchCount.Submitted]);
        Add(MessageKey.ProgressRunning, Math.Max(this[BatchCount.Submitted], this[BatchCount.Watched]) - Ended - this[BatchCount.GivenUp]);
        Add(MessageKey.ProgressDone, this[BatchCount.Done]);
        Add(MessageKey.ProgressFailed, this[BatchCount.Failed]);
        Add(MessageKey.ProgressRefused, this[BatchCount.Refused] + this[BatchCount.Unconfirmed]);
        if (parts.Count == 0) return Messages.Format(MessageKey.ProgressWaiting, Math.Max(Read, this[BatchCount.ToSave]));
        string counts = string.Join(Messages.Format(MessageKey.ProgressComma), parts);
        return Ended > 0 ? Messages.Format(MessageKey.ProgressRate, counts, Ended / elapsed * 60) : counts;
    }

    private static void Write(Cmdlet cmdlet, ProgressRecord record) => cmdlet.CommandRuntime.WriteProgress(SourceId, record);

    private static double Seconds(long ticks) => ticks / (double)Stopwatch.Frequency;
}
