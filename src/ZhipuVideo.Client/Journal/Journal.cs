// The journal: what a run must know when it is started again, whatever ended it.
//
// The idea. A submission is paid for and cannot be listed or cancelled, so what is about to happen is written down before it happens
// (intent), and what has happened before anybody acts on it (accepted before the job is emitted, ended, saved). This is write-ahead
// logging with the service as the database: of the two states that a crash can leave behind, "sent or not, nobody knows" is the intent
// without an outcome, and it is never sent again by itself. The flush to disk is what costs; so that many jobs under way do not wait in
// line for it, all that is handed in while one flush runs goes into the next one (group commit: DeWitt et al., "Implementation Techniques
// for Main Memory Database Systems", SIGMOD 1984). A line that finds no writer at work starts one, which ends when nothing more has come.
//
// The file, schema 1. UTF-8, one JSON object a line, in the order in which things happened. Lines are only ever added.
// Times are ISO 8601 in UTC. What is not known is left out. No key is in it, and a local image only by its path.
//
//   every line       at          when it was written
//   {"journal":"ZhipuVideo","schema":1,...}   first line, and again whenever a process opens the journal for writing
//                    pid, host   that process
//                    address     of the service that it submits to; "loopback" for any port of this machine
//                    key         a keyed hash of the account's key; a process that only records ends and files writes neither
//   "record":"intent"       the row is about to be sent; without an outcome below it is unconfirmed
//                    requestId   the request_id it is sent with
//                    hash        of the request, its images' content, and the name; the same for rows that are the same
//                    occurrence  1 for the first of the rows with that hash, 2 for the second
//                    attempt     2 when it is sent a second time under this requestId; left out when 1
//                    billed      whether the model costs money, as far as was known; lines of earlier versions do not say
//                    model, name, prompt, image, quality, withAudio, size, fps, duration, userId, additionalBody   the row's fields
//   "record":"notAccepted"  it was refused or not sent. A later run may send it, unless an earlier attempt was left unconfirmed:
//                           what became of that one is as unknown as before
//                    requestId, attempt
//                    reason      a name of ErrorReason; code and message are the service's
//   "record":"accepted"     requestId, hash, occurrence as in the intent
//                    id          the task's
//                    submittedAt
//   "record":"ended"        id, requestId
//                    status      Success or Fail
//                    endedAt, elapsedSec, errorCode, errorMessage
//   "record":"saved"        id
//                    path, length            of the video, in full and in bytes
//                    coverPath, coverLength  of the cover, when one was saved
//                    width, height, durationSec, actualFps, hasAudio   read from the saved video, when it could be read
//
// No result link stands in a journal: whoever has a link has the video, and journals are mailed around and kept. A row that has ended and is
// not saved is asked for its link once more.
//
// JournalRecord is this list in C# (with RequestField and ResultField), JournalSerializer reads and writes by it. What else a line holds is
// ignored: links in those of the first version, and what later versions will add.
//
// Reading. A last line without its line feed was never flushed, so nothing was done that rests on it: where it begins like a record of
// ours, or is nothing but zeros, it is dropped, unless it is whole. A line that is there twice counts once. Any other line that is not a record
// is reported with its number. Where it still names its row, that row alone is refused, unless it is known to be accepted; else, while there is
// one, all rows that the journal does not know: that line may be the one that says that they were paid for. So it is with the end of a job of
// which no earlier line tells. A newer schema is refused.
// What was the newest submission of a row is the row's state; a submission only ever moves forward, in whatever order its lines come. In memory
// are the ids and the hash of each row, how far it came, and where its lines begin: some 340 bytes, however long its texts (`journal` of the
// benchmarks). The rest is read from the file when somebody wants it. Nobody is told of more than what is on disk; what is on its way there
// decides only what else is written.
//
// One writer, for as long as it is open: Storage holds the log, whatever names lead to it, and says when it is lost. From then on nothing
// is written, and nothing more is submitted. The holder's process id stands in the journal, because nobody can read a file that is locked as
// the lock files are. Within a process, all who open one journal share it; of the runs that submit from it there is one at a time.
//
// One account. Rows that were submitted to another address, or paid by another account, say nothing of what is to be submitted here.
// So the address must be the same, and a key that the journal has not seen must know one of its tasks.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Journaling;

/// <summary>A batch's memory on disk; the file's first comment tells how it works and what stands in it.</summary>
internal sealed class Journal : IDisposable
{
    internal const int Schema = 1;

    /// <summary>How long a writer waits for more, in milliseconds, before its thread ends.</summary>
    private const int IdleDelay = 50;

    private static readonly ConcurrentDictionary<string, Journal> OpenJournals = new(StringComparer.Ordinal); // by the log's identity
    private static readonly ConcurrentDictionary<string, object> BlobGates = new(StringComparer.Ordinal); // by address

    private readonly TimeProvider _time;
    private readonly TaskScheduler? _writers;
    private readonly ILogStore _store;
    private readonly IAppendLog _log;
    private readonly JournalIndex _index; // nobody touches it, nor what follows, without a lock on it

    private CommitGroup? _pending; // for the next flush
    private Task _lastDone = Task.CompletedTask; // completes when all that was handed in is on disk
    private bool _hasWriter;
    private bool _isClosing = true; // until it is open, so that the header's writer does not wait for more
    private Exception? _failure;
    private JournalRun? _run;
    private int _leases;

    private Journal(string path, ILogStore store, IAppendLog log, bool isSubmitter, JournalOwner? owner, TimeProvider time, TaskScheduler? writers)
    {
        Path = path;
        _store = store;
        _log = log;
        _time = time;
        _writers = writers;
        _index = new JournalIndex(path);
        long end = _index.Replay(log.Reader);
        // Before anything is changed
        if (end == 0 && !isSubmitter) throw JournalErrors.CreateNotOne(path);
        JournalOwner? tag = Admit(owner, isSubmitter);
        log.Cut(end);
        if (!_index.EndsInLineFeed) log.Append([(byte)'\n'], 1);
        _hasWriter = true; // the thread that opens
        lock (_index) _ = AppendHeader(tag);
        WritePending();
        if (_failure is not null) throw JournalErrors.CreateNotWritten(Path, _failure);
        _isClosing = false;
    }

    /// <summary>Its full name, as it was opened.</summary>
    internal string Path { get; }

    /// <summary>Who else may write to the journal, and so decide what is submitted; null when only this user may.</summary>
    internal string? Strangers => _log.Strangers;

    /// <summary>Lines in the middle that cannot be read, one error each.</summary>
    internal IReadOnlyList<CogVideoException> UnreadableLines => _index.UnreadableLines;

    /// <summary>Somebody of this process has been told that it cannot be written.</summary>
    internal bool IsFailureReported { get; set; }

    /// <summary>
    /// Opens a journal for writing, creating it when it does not exist, or joins those of this process who have it open.
    /// Throws <see cref="ErrorReason.JournalLocked"/> with the holder's process id, <see cref="ErrorReason.JournalTooNew"/>,
    /// <see cref="ErrorReason.JournalUnreadable"/> for a file that is not a journal, and <see cref="ErrorReason.DestinationUnusable"/>
    /// where none can be written: the folder must exist.
    /// </summary>
    /// <param name="fullPath">Its full name; also a link to it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="store">Where it is; null = in a file.</param>
    /// <param name="writers">Who writes and when; such a writer waits for nothing. Null = a thread of its own.</param>
    /// <param name="owner">Whose rows are to be submitted from it; null = anybody's.</param>
    internal static JournalLease Open(
        string fullPath, TimeProvider? time = null, ILogStore? store = null, TaskScheduler? writers = null, JournalOwner? owner = null) =>
        Open(fullPath, time ?? TimeProvider.System, store ?? FileLogStore.Instance, writers, owner, isSubmitter: true);

    /// <summary>
    /// The same for the journal that a job carries, to record what becomes of the job. It is a name that came from elsewhere: nothing is
    /// made, locked or written beside it unless a journal is there. Null when there is none.
    /// </summary>
    internal static JournalLease? OpenExisting(string fullPath, JournalOwner? owner = null, ILogStore? logs = null)
    {
        ILogStore store = logs ?? FileLogStore.Instance;
        // On Windows the mere look at another machine's share would tell it who we are
        if (RegularFile.IsOnNetwork(fullPath) && !OpenJournals.Values.Any(open => open.Path.Equals(fullPath, StringComparison.OrdinalIgnoreCase))) return null;
        if (JournalErrors.Translate(fullPath, store, () => store.Identify(fullPath)) is not { } identity) return null;
        if (!OpenJournals.ContainsKey(identity))
        {
            using Stream file = JournalErrors.Translate(fullPath, store, () => store.OpenRead(fullPath));
            if (!JournalIndex.BeginsLikeOne(file)) throw JournalErrors.CreateNotOne(fullPath);
        }
        return Open(fullPath, TimeProvider.System, store, null, owner, isSubmitter: false);
    }

    private static JournalLease Open(
        string fullPath, TimeProvider time, ILogStore store, TaskScheduler? writers, JournalOwner? owner, bool isSubmitter)
    {
        lock (GetGate(fullPath))
        {
            string? identity = JournalErrors.Translate(fullPath, store, () => store.Identify(fullPath));
            if (identity is not null && OpenJournals.TryGetValue(identity, out Journal? journal)) return journal.Join(fullPath, owner, isSubmitter);
            IAppendLog log = JournalErrors.Translate(fullPath, store, () => store.Open(fullPath, mayCreate: isSubmitter));
            try
            {
                journal = JournalErrors.Translate(fullPath, store, () => new Journal(fullPath, store, log, isSubmitter, owner, time, writers));
            }
            catch
            {
                log.Dispose();
                throw;
            }
            OpenJournals[log.Identity] = journal;
            journal._leases++;
            return new JournalLease(journal, null);
        }
    }

    /// <summary>
    /// The rows of a journal in the order in which their newest submissions were first written, whether or not somebody is writing to it.
    /// Lines that cannot be read are reported and passed over.
    /// </summary>
    internal static IEnumerable<JournalEntry> Read(string fullPath, Action<CogVideoException> unreadable, ILogStore? logs = null)
    {
        ILogStore store = logs ?? FileLogStore.Instance;
        using Stream file = JournalErrors.Translate(fullPath, store, () => store.OpenRead(fullPath), isRead: true);
        foreach (JournalEntry row in Replay(fullPath, file, unreadable).Rows) yield return row.ReadAll();
    }

    /// <summary>
    /// A pass over the rows of a journal as it stands, only to look: a process that writes to it goes on, and nothing is locked, made or
    /// written. Null when there is none.
    /// </summary>
    internal static JournalRun? Peek(string fullPath, Action<CogVideoException> unreadable, ILogStore? logs = null)
    {
        ILogStore store = logs ?? FileLogStore.Instance;
        if (JournalErrors.Translate(fullPath, store, () => store.Identify(fullPath)) is null) return null;
        Stream file = JournalErrors.Translate(fullPath, store, () => store.OpenRead(fullPath));
        try
        {
            return new JournalRun(Replay(fullPath, file, unreadable), _ => file.Dispose());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static JournalIndex Replay(string fullPath, Stream file, Action<CogVideoException> unreadable)
    {
        JournalIndex index = new(fullPath);
        _ = index.Replay(file);
        foreach (CogVideoException line in index.UnreadableLines) unreadable(line);
        return index;
    }

    /// <summary>Begins a pass over the rows. Throws <see cref="ErrorReason.JournalLocked"/> when another one of this process is under way.</summary>
    internal JournalRun BeginRun()
    {
        lock (_index)
        {
            if (_run is not null)
                throw new CogVideoException(ErrorReason.JournalLocked, MessageKey.JournalLockedHere, Path) { AdviceKey = MessageKey.AdviceJournalLockedHere };
            return _run = new JournalRun(_index, EndRun, this);
        }
    }

    /// <summary>What is known of the job with this task id, or request id while it has none; null when that is nothing.</summary>
    internal JournalEntry? Find(string id)
    {
        lock (_index)
        {
            return (_index.FindById(id) ?? _index.FindByRequestId(id)) is { } row ? _index.Tell(row) : null;
        }
    }

    /// <summary>How long tasks took, and how many ran together, in what the journal held when it was opened; by model.</summary>
    internal IReadOnlyList<WarmStart> ReadWarmStart()
    {
        lock (_index) return _index.WarmStarts;
    }

    /// <summary>Whether any row was accepted.</summary>
    internal bool HasAccepted
    {
        get
        {
            lock (_index) return _index.NewestId is not null;
        }
    }

    /// <summary>The request_ids of what was billed or may have been: all submissions to billed models that are not known to be not accepted.</summary>
    internal IReadOnlyList<string> ReadBilled()
    {
        lock (_index) return [.. _index.Billed];
    }

    /// <summary>A further holder of this journal in this process, under the same name or another.</summary>
    private JournalLease Join(string fullPath, JournalOwner? owner, bool isSubmitter)
    {
        IDisposable? name = JournalErrors.Translate(fullPath, _store, () => _log.Hold(fullPath));
        try
        {
            lock (_index)
            {
                JournalOwner? tag = Admit(owner, isSubmitter);
                if (tag is not null) _ = AppendHeader(tag);
            }
        }
        catch
        {
            name?.Dispose();
            throw;
        }
        _leases++;
        return new JournalLease(this, name);
    }

    /// <summary>
    /// Throws when the journal is another service's, or, where ends are only recorded, another account's. Returns the tags that are to be written.
    /// </summary>
    private JournalOwner? Admit(JournalOwner? owner, bool isSubmitter)
    {
        if (owner is null) return null;
        if (!_index.KnowsAddress(owner))
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalOtherAddress, Path, _index.Address, owner.Address);
        if (_index.KnowsKey(owner)) return null;
        if (!isSubmitter)
        {
            if (!_index.HasKey) return null;
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalOtherKey, Path);
        }
        if (_index.HasKey && _index.NewestId is not null) return null; // to be verified
        _index.Add(owner);
        return owner;
    }

    /// <summary>
    /// The newest task of the journal, when its rows are not known to be this account's: the service must be asked whether the account has
    /// the task, then <see cref="AddKeyAsync"/>. Null when there is nothing to ask.
    /// </summary>
    internal string? FindIdToVerify(JournalOwner owner)
    {
        lock (_index) return _index.KnowsKey(owner) ? null : _index.NewestId;
    }

    /// <summary>Records that this account's key is one of the journal's: it found <see cref="FindIdToVerify"/>.</summary>
    internal Task AddKeyAsync(JournalOwner owner)
    {
        lock (_index)
        {
            _index.Add(owner);
            return AppendHeader(owner);
        }
    }

    private Task AppendHeader(JournalOwner? tag)
    {
        using Process process = Process.GetCurrentProcess();
        return Append(new JournalRecord
        {
            Journal = JournalRecord.Format,
            Schema = Schema,
            Pid = process.Id,
            Host = Environment.MachineName,
            Address = tag?.Address,
            KeyTag = tag?.KeyTag,
        });
    }

    /// <summary>Records that a submission was surely not accepted; a later run may send it.</summary>
    internal Task NotAcceptedAsync(string requestId, string reason, string? code, string? message)
    {
        lock (_index)
        {
            return _index.FindByRequestId(requestId) is not { } row ? Task.CompletedTask : Append(new JournalRecord
            {
                State = JournalState.NotAccepted,
                RequestId = requestId,
                Attempt = row.Attempt > 1 ? row.Attempt : null,
                Reason = reason,
                Code = code,
                Message = message,
            });
        }
    }

    /// <summary>Records the id of a submission, by its request id; on disk when the task completes. Reported twice, it is written once.</summary>
    internal Task AcceptedAsync(CogVideoJob job)
    {
        lock (_index)
        {
            if (_index.FindByRequestId(job.RequestId) is not { } row) return Task.CompletedTask;
            return FindReported(row, JournalState.Accepted) ?? Append(new JournalRecord
            {
                State = JournalState.Accepted,
                Id = job.Id,
                RequestId = job.RequestId,
                Hash = row.Hash.ToString(),
                Occurrence = row.Occurrence,
                SubmittedAt = job.SubmittedAt?.ToUniversalTime(),
            });
        }
    }

    /// <summary>
    /// Records how a job ended; on disk when the task completes. Reported by several, it is written once. Nothing is recorded
    /// of a job that is not in this journal.
    /// </summary>
    internal Task EndedAsync(CogVideoResult result)
    {
        lock (_index)
        {
            if (_index.FindById(result.Id) is not { } row) return Task.CompletedTask;
            return FindReported(row, JournalState.Ended) ?? Append(new JournalRecord
            {
                State = JournalState.Ended,
                Id = result.Id,
                RequestId = result.RequestId,
                Status = result.Status,
                Result = result,
            });
        }
    }

    /// <summary>The report of what was reported before; null when it was not.</summary>
    private Task? FindReported(JournalRow row, JournalState state) =>
        row.State >= state ? Task.CompletedTask
        : row.WrittenState >= state && _failure is null ? _lastDone
        : null;

    /// <summary>
    /// Records that a job's video is complete under its final name, with what the result says of the file; lengths in bytes. What is known
    /// already is not written again.
    /// </summary>
    internal Task SavedAsync(CogVideoResult result, long? coverLength)
    {
        lock (_index)
        {
            if (_index.FindById(result.Id) is not { } row) return Task.CompletedTask;
            bool isKnown = _failure is null && _index.Tell(row).File is { Result: { } known } line && line.CoverLength == coverLength
                && ResultField.All.All(field => field.Record != line.Kind || Equals(field.Get(known), field.Get(result)));
            return isKnown ? Task.CompletedTask : Append(new JournalRecord
            {
                State = JournalState.Saved,
                Id = result.Id,
                Result = result,
                CoverLength = coverLength,
            });
        }
    }

    /// <summary>
    /// Completes when something may be sent that rests on this journal. Throws when nothing more may be: it is lost, full, or cannot be written.
    /// </summary>
    internal async Task AdmitAsync(CancellationToken cancellationToken)
    {
        if (_failure is { } failure) throw JournalErrors.CreateNotWritten(Path, failure);
        try
        {
            await _log.AdmitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LogException e)
        {
            throw JournalErrors.CreateNotWritten(Path, e);
        }
    }

    /// <summary>Records that a row is about to be sent; on disk when the task completes. Nothing may be sent before.</summary>
    /// <param name="row">The row, as a run has claimed it.</param>
    /// <param name="job">Its job, with the request_id.</param>
    /// <param name="label">What messages call the row.</param>
    internal Task IntentAsync(JournalEntry row, CogVideoJob job, string label)
    {
        lock (_index)
        {
            int attempt = 1;
            if (_index.FindByRequestId(job.RequestId) is { } earlier)
            {
                bool isSameRow = earlier.Hash.ToString() == row.Hash && earlier.Occurrence == row.Occurrence;
                if (earlier.WrittenState != JournalState.NotAccepted && !(isSameRow && earlier.WrittenState == JournalState.Intent))
                    throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalRequestIdTaken, label, job.RequestId, Path);
                if (isSameRow) attempt = earlier.Attempt + 1;
            }
            return Append(new JournalRecord
            {
                State = JournalState.Intent,
                RequestId = job.RequestId,
                Hash = row.Hash,
                Occurrence = row.Occurrence,
                Attempt = attempt > 1 ? attempt : null,
                Billed = CogVideoModel.IsBilled(job.Model),
                Request = job,
            });
        }
    }

    private void EndRun(JournalRun run)
    {
        lock (_index)
            if (_run == run) _run = null;
    }

    internal void Release()
    {
        lock (GetGate(Path))
        {
            if (--_leases > 0) return;
            OpenJournals.TryRemove(_log.Identity, out _);
            Dispose();
        }
    }

    /// <summary>One at a time opens or closes a journal: of files, which may have several names, any; of blobs, which may take a minute, each.</summary>
    private static object GetGate(string path) => BlobAddress.Is(path) ? BlobGates.GetOrAdd(path, static _ => new object()) : OpenJournals;

    /// <summary>Writes what is left and closes; the last lease does this.</summary>
    public void Dispose()
    {
        lock (_index)
        {
            _isClosing = true;
            _log.BeginClose();
            Monitor.PulseAll(_index);
            while (_hasWriter) Monitor.Wait(_index);
            _failure ??= new ObjectDisposedException(nameof(Journal)); // for a holder that has let go of it and writes nevertheless
        }
        _log.Dispose();
    }

    /// <summary>Hands a record to the writer; completes when it is on disk, and fails when it is not.</summary>
    private Task Append(JournalRecord record)
    {
        if (_failure is not null) return Task.FromException(JournalErrors.CreateNotWritten(Path, _failure));
        record.At = _time.GetUtcNow().UtcDateTime;
        byte[] line = JournalSerializer.Write(record);

        // What is written is taken in as it would be read, by the same code
        if (line.Length >= LineReader.MaxLine || JournalSerializer.Read(line) is not { } read || !(read.IsRecord || read.IsHeader))
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalLineTooLong, LineReader.MaxLine);
        _pending ??= new CommitGroup();
        _pending.MayWait &= read.State >= JournalState.Ended; // losing it would cost a look, and no money
        if (read.IsRecord && _index.TryExpect(read, out JournalRow? changed) && changed is not null) _pending.Records.Add((changed, read, _pending.Lines.Length));
        _pending.Lines.Write(line, 0, line.Length);
        _pending.Lines.WriteByte((byte)'\n');
        if (_hasWriter) Monitor.PulseAll(_index);
        else
        {
            // A thread of its own: it blocks in flushes, and a pool has few threads to spare while submissions need them
            Task.Factory.StartNew(WritePending, CancellationToken.None, TaskCreationOptions.LongRunning, _writers ?? TaskScheduler.Default);
            _hasWriter = true;
        }
        return _lastDone = _pending.Done.Task;
    }

    /// <summary>Writes until nothing more comes; one flush for all that came in while the one before ran.</summary>
    private void WritePending()
    {
        while (true)
        {
            CommitGroup group;
            lock (_index)
            {
                if (_pending is null && !_isClosing && _writers is null) Monitor.Wait(_index, IdleDelay);
                if (_log.Gather > TimeSpan.Zero && _writers is null) WaitForCompany();
                if (_pending is null)
                {
                    _hasWriter = false;
                    Monitor.PulseAll(_index);
                    return;
                }
                (group, _pending) = (_pending, null);
            }
            try
            {
                if (_failure is not null) throw _failure;
                long end = _log.Length;
                _log.Append(group.Lines.GetBuffer(), (int)group.Lines.Length);
                lock (_index)
                    foreach ((JournalRow row, JournalRecord record, long start) in group.Records) row.Take(record, end + start);
                group.Done.SetResult(true);
            }
            catch (Exception e) when (Disk.IsFailure(e))
            {
                // What a failed flush left behind is not known, so nothing is promised from here on
                lock (_index) _failure = e;
                TakeBack(group, e);
                group.Done.SetException(JournalErrors.CreateNotWritten(Path, e));
            }
        }
    }

    /// <summary>What needs no hurry waits for more; what does takes it along.</summary>
    private void WaitForCompany()
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (_pending is { MayWait: true } && !_isClosing && _log.Gather - waited.Elapsed is { Ticks: > 0 } left) Monitor.Wait(_index, left);
    }

    /// <summary>Cuts off what was written in part; where that fails too, the next to open the journal does it.</summary>
    private void TakeBack(CommitGroup group, Exception cause)
    {
        if (cause is LogException) return; // the file is no longer ours
        try
        {
            lock (_log.Reader) _log.TakeBack(group.Lines.GetBuffer(), (int)group.Lines.Length);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
        }
    }

    /// <summary>What one flush brings to the disk.</summary>
    private sealed class CommitGroup
    {
        internal MemoryStream Lines { get; } = new();

        /// <summary>Nobody waits for any of it before something is sent.</summary>
        internal bool MayWait { get; set; } = true;

        internal List<(JournalRow Row, JournalRecord Record, long Start)> Records { get; } = [];

        internal TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
