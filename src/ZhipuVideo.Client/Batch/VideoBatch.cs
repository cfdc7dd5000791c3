using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Download;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo;

/// <summary>
/// A batch of videos: submit, wait, save, each recorded. Nothing is charged twice, nothing charged is lost: with a journal a batch may be
/// stopped at any moment, and goes on where it was when the same rows are submitted again. All batches of a process that use one key at one
/// address share its slots, its polls and its connections; those that use one journal share it. Thread-safe.
/// </summary>
public sealed class VideoBatch : IAsyncDisposable, IDisposable
{
    private readonly CogVideoClient _client;
    private readonly VideoBatchOptions _options;
    private readonly JournalOwner _owner;
    private readonly MemoryJobStore _jobs;
    private readonly JournalJobStore _store;
    private readonly Submitter _submitter;
    private readonly FailFastGate _polls = new();
    private readonly Dictionary<string, Downloader> _downloaders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal); // that were made, or seen to be there; guarded with the downloaders
    private readonly CancellationTokenSource _closing = new();
    private int _isDisposed;
    private readonly ConcurrentDictionary<string, CogVideoJob> _running = new(StringComparer.Ordinal); // whose end this batch has to record
    private (Journal Journal, CogVideoException Error)? _recordFailure;

    private VideoBatch(CogVideoClient client, VideoBatchOptions options)
    {
        _client = client;
        _options = options;
        _jobs = options.Jobs ?? new MemoryJobStore();
        _owner = new JournalOwner(client.Endpoint);
        _store = new JournalJobStore(_jobs, _owner, options);
        _submitter = new Submitter(client.Scheduler, _store, options);
    }

    /// <summary>Why nothing more is submitted: a refused key, an empty account, a lost journal; null while the batch goes on.</summary>
    public CogVideoException? Stopped => _submitter.Stopped;

    /// <summary>Its journal knew accepted rows when it was opened.</summary>
    internal bool IsRestarted { get; private set; }

    /// <summary>Why nothing more is looked up; null while the batch goes on.</summary>
    internal CogVideoException? PollingStopped => _polls.Stopped;

    internal RowPlanner Planner { get; private set; } = null!; // until it is open

    private AccountScheduler Account => _client.Scheduler;

    /// <summary>
    /// Opens a batch: its journal, if it has one, is opened or created, and held against other processes. Throws
    /// <see cref="ErrorReason.JournalLocked"/>, <see cref="ErrorReason.JournalUnreadable"/>, <see cref="ErrorReason.JournalTooNew"/>,
    /// <see cref="ErrorReason.DestinationUnusable"/>, or <see cref="ErrorReason.InvalidInput"/> for the journal of another address or account.
    /// </summary>
    /// <param name="endpoint">The service's address and the key.</param>
    /// <param name="options">How it behaves; null = the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<VideoBatch> OpenAsync(
        ServiceEndpoint endpoint, VideoBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        CogVideoClient client = new(endpoint);
        try
        {
            return await OpenAsync(client, options ?? new VideoBatchOptions(), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Opens a batch that takes the client over once it is open.</summary>
    internal static async Task<VideoBatch> OpenAsync(CogVideoClient client, VideoBatchOptions options, CancellationToken cancellationToken)
    {
        if (options.JournalPath is { } given) options = options with { JournalPath = GetFullPath(given) };
        VideoBatch batch = new(client, options);
        try
        {
            JournalRun? run = options.JournalPath is { } path ? await batch.OpenJournalAsync(path, cancellationToken).ConfigureAwait(false) : null;
            batch.Planner = new RowPlanner(run, options);
            return batch;
        }
        catch
        {
            batch.Close();
            throw;
        }
    }

    /// <summary>
    /// Claims the next row, in the order of the rows, and says what is to be done with it. Of equal rows the first, second and so on are told
    /// apart by their order. Throws <see cref="ErrorReason.InvalidInput"/> for a row that cannot be sent.
    /// </summary>
    public RowPlan Plan(VideoRequest request) => Planner.Add(request ?? throw new ArgumentNullException(nameof(request)));

    /// <summary>Plans the next row and submits it; see <see cref="SubmitAsync(RowPlan, CancellationToken)"/>.</summary>
    public Task<CogVideoJob> SubmitAsync(VideoRequest request, CancellationToken cancellationToken = default) => SubmitAsync(Plan(request), cancellationToken);

    /// <summary>
    /// The job of a row, newly accepted or known from an earlier run. Waits for a slot; records the intent, sends, records the acceptance.
    /// Never charged twice: an unclear outcome is <see cref="ErrorReason.SubmissionUnconfirmed"/> with the request_id. With
    /// <see cref="CogVideoException.StopsRun"/> nothing further is submitted by this batch; <see cref="ErrorReason.BilledLimitReached"/> and
    /// <see cref="ErrorReason.UntilPassed"/> are the row's own, and known rows go on.
    /// </summary>
    public async Task<CogVideoJob> SubmitAsync(RowPlan plan, CancellationToken cancellationToken = default)
    {
        if (plan is null) throw new ArgumentNullException(nameof(plan));
        if (plan.Planner != Planner) throw new ArgumentException(Messages.Format(MessageKey.PlanOfAnother, plan.Request.Label), nameof(plan));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        CogVideoJob job = await _submitter.SubmitAsync(plan, stop.Token).ConfigureAwait(false);
        bool isKnownEnd = plan.Step == PlannedStep.Keep && CogVideoStatus.IsEnd(job.Status);
        if (!isKnownEnd) _ = RecordEndAsync(job);
        return job;
    }

    /// <summary>
    /// How a job ends, Success or Fail: as the journal knows it, else as the service says. The end is recorded before the task completes. Throws
    /// <see cref="ErrorReason.OperationTimeout"/> when the time is up (the job goes on at the service) and
    /// <see cref="ErrorReason.NotFound"/> when there is no such task.
    /// </summary>
    /// <param name="job">A job or result; one without an id is looked up by its request_id.</param>
    /// <param name="options">For how long, and how often; null = for ever, when the job is likely to end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CogVideoResult> WaitAsync(CogVideoItem job, WaitOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (job is null) throw new ArgumentNullException(nameof(job));
        options ??= new WaitOptions();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        Journal? journal = await _store.FindAsync(job, stop.Token).ConfigureAwait(false);
        JournalEntry? row = journal?.Find(job.Id.Length > 0 ? job.Id : job.RequestId ?? "");
        CogVideoResult result;
        if (row is { State: >= JournalState.Ended })
        {
            result = await WithLinkAsync(new CogVideoResult(job, row.Result!), row, BlobAddress.Is(journal!.Path) ? "" : Path.GetDirectoryName(journal.Path)!, options, stop.Token).ConfigureAwait(false);
            _jobs.Observe(result);
            return result;
        }
        if (job is CogVideoResult known && CogVideoStatus.IsEnd(job.Status) && (known.Url is not null || CogVideoStatus.IsFailure(job.Status)))
        {
            result = WithReason(known);
            await _store.EndedAsync(result).ConfigureAwait(false);
            return result;
        }
        CogVideoItem confirmed = await ConfirmAsync(job, stop.Token).ConfigureAwait(false);
        result = new CogVideoResult(confirmed, await Account.Polls.WaitAsync(confirmed, options, stop.Token).ConfigureAwait(false));
        await _store.EndedAsync(result).ConfigureAwait(false);
        return result;
    }

    /// <summary>How a job stands now: one status query. An end that was seen before stays its end.</summary>
    /// <param name="job">A job or result; one without an id is looked up by its request_id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<CogVideoResult> GetResultAsync(CogVideoItem job, CancellationToken cancellationToken = default) => GetResultAsync(job, null, cancellationToken);

    /// <param name="job">The job.</param>
    /// <param name="contradicted">Told what the service says now, when it takes an end back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<CogVideoResult> GetResultAsync(CogVideoItem job, Action<CogVideoItem, string>? contradicted, CancellationToken cancellationToken)
    {
        if (job is CogVideoResult { Status: CogVideoStatus.Rejected } rejected) return rejected; // there is no task to ask for
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        CogVideoItem confirmed = await ConfirmAsync(job, stop.Token).ConfigureAwait(false);
        CogVideoResult result = await _polls.RunAsync(
            () => _client.GetResultAsync(confirmed, status => contradicted?.Invoke(confirmed, status), stop.Token), stop.Token).ConfigureAwait(false);
        _jobs.Observe(result);
        return result;
    }

    /// <summary>
    /// Saves a result's video in a folder, which is created when it does not exist. A final name only ever holds complete, checked bytes;
    /// nothing is overwritten, a name that is taken becomes <c>Name-Id</c>. What an earlier run has saved there is not downloaded again.
    /// The exception's <see cref="CogVideoException.Item"/> is the result as it was looked up.
    /// </summary>
    /// <param name="result">A result; one without a link, or an id alone, is looked up first.</param>
    /// <param name="folder">The folder's full path, or the address of a container of <see cref="VideoBatchOptions.Storage"/> or of a folder in it.</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <param name="cancellationToken">Gives up; what was received is kept for a later run.</param>
    public async Task<SavedVideo> SaveAsync(CogVideoResult result, string folder, SaveOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (result is null) throw new ArgumentNullException(nameof(result));
        options ??= new SaveOptions();
        folder = GetFullPath(folder);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        Journal? journal = result.Id.Length > 0 ? await _store.FindAsync(result, stop.Token).ConfigureAwait(false) : null;
        JournalEntry? row = journal?.Find(result.Id);
        if (row is { State: JournalState.Saved } && !options.Force
            && await SavedFiles.IsWholeAsync(row, folder, _options.Storage, options.IncludeCover, stop.Token).ConfigureAwait(false))
        {
            CogVideoResult known = new(result, row.Result!);
            _jobs.Observe(known);
            return new SavedVideo { Path = known.SavedPath!, Length = known.FileLength ?? 0, CoverPath = known.CoverPath, AlreadyThere = true, Result = known };
        }
        try
        {
            result = await LookUpAsync(result, row, stop.Token).ConfigureAwait(false);
            if (result.Status == CogVideoStatus.Success && result.Url is not null && !BlobAddress.Is(folder)) PrepareFolder(folder);
            SavedVideo saved = await OpenDownloader(folder).SaveAsync(result, options, stop.Token).ConfigureAwait(false);
            result = new CogVideoResult(result) { SavedPath = saved.Path, CoverPath = saved.CoverPath, FileLength = saved.Length, Facts = saved.Facts };
            long? coverLength = await SavedFiles.GetLengthAsync(saved.CoverPath, folder, _options.Storage, stop.Token).ConfigureAwait(false);
            await _store.SavedAsync(result, coverLength).ConfigureAwait(false);
            Differences differences = new(result);
            if (differences.Fields.Any())
                _options.Warn?.Invoke(new CogVideoException(ErrorReason.ResultMissing, MessageKey.WarnDiffers, result, differences));
            return saved with { Result = result };
        }
        catch (CogVideoException e)
        {
            e.Item = result;
            throw;
        }
    }

    /// <summary>From now on jobs that are accepted lay claim to their names in this folder: of equal names the first accepted has it.</summary>
    /// <returns>Files and bytes of the folder's downloads.</returns>
    internal DownloadProgress ExpectFiles(string folder) => OpenDownloader(folder).Progress;

    /// <summary>Why an end that nobody has waited for could not be recorded; null when all were, or when it has been told.</summary>
    internal CogVideoException? RecordFailure => _recordFailure is var (journal, error) && !journal.IsFailureReported ? error : null;

    /// <summary>Hands to the journal what was seen in this moment: a batch that is closed loses no end that is known.</summary>
    internal void RecordKnownEnds()
    {
        foreach (CogVideoJob job in _running.Values)
            if (Account.Polls.FindEnd(job.Id) is { } end) _ = RecordEndAsync(job, end);
    }

    /// <summary>Gives its share of slots, connections and journals back. What is under way at the service goes on there.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        RecordKnownEnds();
        Close();
        _client.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Close()
    {
        lock (_downloaders)
        {
            foreach (Downloader downloader in _downloaders.Values)
            {
                _jobs.Accepted -= downloader.Expect;
                downloader.Dispose();
            }
            _downloaders.Clear();
        }
        Planner?.Dispose();
        _store.Dispose();
        _closing.Cancel(); // last, so that nothing more is recorded: what still waits would wait for ever
        _closing.Dispose();
    }

    /// <summary>Another key may be another account's, until it is seen to know a task of the journal.</summary>
    private async Task<JournalRun> OpenJournalAsync(string path, CancellationToken cancellationToken)
    {
        Journal journal = await _store.OpenAsync(path, cancellationToken).ConfigureAwait(false);
        if (journal.FindIdToVerify(_owner) is { } id)
        {
            try
            {
                await _client.GetResultAsync(new CogVideoJob { Id = id }, cancellationToken).ConfigureAwait(false);
            }
            catch (CogVideoException e) when (e.Reason == ErrorReason.NotFound)
            {
                throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalOtherAccount, path, id);
            }
            await journal.AddKeyAsync(_owner).ConfigureAwait(false);
        }
        JournalRun run = journal.BeginRun();
        _submitter.AddBilled(journal.ReadBilled());
        IsRestarted = journal.HasAccepted;
        foreach (WarmStart model in journal.ReadWarmStart())
            Account.Seed(model.Model, model.ServiceTimes.Select(static sample => (sample.Duration, sample.Seconds)), model.MaxInFlight);
        foreach (CogVideoException line in journal.UnreadableLines) _options.Report?.Invoke(line, null);
        return run;
    }

    /// <summary>Records an end that is seen while a job's slot is watched, also when nobody waits for the job.</summary>
    private async Task RecordEndAsync(CogVideoJob job)
    {
        _running[job.Id] = job;
        try
        {
            await RecordEndAsync(job, await Account.Polls.Ended(job).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Its end will not be known here
        }
    }

    private async Task RecordEndAsync(CogVideoJob job, CogVideoResult seen)
    {
        if (!_running.TryRemove(job.Id, out _)) return;
        CogVideoResult end = new(job, seen);
        _jobs.Observe(end);
        if (await _store.FindAsync(end).ConfigureAwait(false) is not { } journal) return;
        try
        {
            await journal.EndedAsync(end).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            _recordFailure ??= (journal, e);
        }
    }

    /// <summary>The job with its id: an unconfirmed one is looked up by its request_id, and recorded as accepted when it is found.</summary>
    private async Task<CogVideoItem> ConfirmAsync(CogVideoItem job, CancellationToken cancellationToken)
    {
        if (job.Id.Length > 0) return job;
        ServiceReply reply = await _polls.RunAsync(async () =>
        {
            ServiceReply answer = await Account.QueryAsync(job.RequestId!, CogVideoClient.MaxTries, cancellationToken).ConfigureAwait(false);
            if (answer.IsTask) return answer;
            string label = string.IsNullOrEmpty(job.Name) ? Messages.Format(MessageKey.LabelJob) : job.Name!;
            CogVideoException refused = Results.CreateError(answer, label);
            throw refused.StopsRun ? refused : Unconfirmed.CreateError(label, job, refused, isResent: false);
        }, cancellationToken).ConfigureAwait(false);
        CogVideoResult found = new(job) { Id = reply.Id ?? job.RequestId!, Status = CogVideoStatus.Processing };
        await _store.AcceptedAsync(new CogVideoJob(found)).ConfigureAwait(false);
        return found;
    }

    /// <summary>
    /// An end that the journal knows. No link stands in a journal: a success that is not on disk is asked for its link once more.
    /// </summary>
    private async Task<CogVideoResult> WithLinkAsync(
        CogVideoResult end, JournalEntry row, string folder, WaitOptions options, CancellationToken cancellationToken)
    {
        bool isOnDisk = row.State == JournalState.Saved
            && await SavedFiles.IsWholeAsync(row, folder, _options.Storage, withCover: false, cancellationToken).ConfigureAwait(false);
        if (isOnDisk || CogVideoStatus.IsFailure(end.Status)) return end;
        try
        {
            return new CogVideoResult(end, await Account.Polls.WaitAsync(end, options, cancellationToken).ConfigureAwait(false));
        }
        catch (CogVideoException e) when (e.Reason == ErrorReason.NotFound)
        {
            end.ErrorCode = nameof(ErrorReason.ResultExpired);
            end.ErrorMessage = e.Message;
            return end;
        }
    }

    /// <summary>A job that had failed when it was accepted does not say why: that was seen by who submitted it.</summary>
    private CogVideoResult WithReason(CogVideoResult job) =>
        job.ErrorCode is null && job.Id.Length > 0 && Account.Polls.FindEnd(job.Id) is { } end && end.Status == job.Status ? new CogVideoResult(job, end) : job;

    /// <summary>An id alone, or a success without a link, is looked up at the service.</summary>
    private async Task<CogVideoResult> LookUpAsync(CogVideoResult result, JournalEntry? row, CancellationToken cancellationToken)
    {
        if (result.Url is not null && result.Status is CogVideoStatus.Success or CogVideoStatus.Unknown)
            return result.Status == CogVideoStatus.Success ? result : new CogVideoResult(result) { Status = CogVideoStatus.Success };
        if (row is { State: JournalState.Ended } && CogVideoStatus.IsFailure(row.Job.Status)) return new CogVideoResult(result, row.Result!);
        bool isKnown = CogVideoStatus.IsFailure(result.Status) || result.ErrorCode is Results.Missing or nameof(ErrorReason.ResultExpired);
        return isKnown || result.Id.Length == 0 ? result : new CogVideoResult(result, await GetResultAsync(result, cancellationToken).ConfigureAwait(false));
    }

    private static string GetFullPath(string path) => BlobAddress.Is(path) ? BlobAddress.Parse(path).ToString() : Path.IsPathRooted(path) ? path : Path.GetFullPath(path);

    /// <summary>Makes the folder for its first video. One that goes away later is not made again: who has removed it wants no more files there.</summary>
    private void PrepareFolder(string folder)
    {
        lock (_downloaders)
        {
            if (_folders.Contains(folder)) return;
            DestinationFolder.Prepare(folder, create: true);
            _folders.Add(folder);
        }
    }

    private IVideoStore OpenStore(string folder)
    {
        if (!BlobAddress.Is(folder)) return new VideoFolder(folder, Account.Clock);
        BlobAddress blob = BlobAddress.Parse(folder);
        return new BlobFolder((_options.Storage ?? new StorageAccess()).CreateClient(blob), blob);
    }

    private Downloader OpenDownloader(string folder)
    {
        lock (_downloaders)
        {
            if (_downloaders.TryGetValue(folder, out Downloader? downloader)) return downloader;
            _downloaders[folder] = downloader = new Downloader(OpenStore(folder), new DownloaderOptions
            {
                Clock = Account.Clock,
                Random = Account.Random,
                ThrottleLimit = _options.DownloadLimit,
                MaxLength = _options.MaxFileLength,
                AllowHttp = _client.Endpoint.IsPlainHttp,
                Key = _client.Endpoint.Key,
                Refresh = async (result, stop) => await GetResultAsync(result, stop).ConfigureAwait(false),
            });
            _jobs.Accepted += downloader.Expect;
            return downloader;
        }
    }
}
