using System;
using System.IO;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Download;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>
/// Saves the videos of results and emits one file each. A final name only ever holds complete, checked bytes; nothing is overwritten
/// without -Force, nothing is skipped in silence. It never blocks its upstream.
/// </summary>
[Cmdlet(VerbsData.Save, "CogVideo", DefaultParameterSetName = ApiKeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(FileInfo), typeof(CogVideoResult))]
public sealed class SaveCogVideoCommand : ServiceCommand
{
    private readonly SeenJobs _seen = new();
    private readonly LookRun _looks = new();
    private JournalShelf? _journals;
    private LinkSeal _seal = null!;
    private Downloader? _downloader;
    private readonly object _folderSync = new();
    private CommandLine _commandLine = null!;
    private string _folder = "";
    private bool _isFolderReady;

    /// <summary>A result of Wait-CogVideo, fresh or deserialized, a row with Url or Id, an id, or a video's address.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>
    /// The folder; default the current location. Created when missing, with the first video. Jobs and results that stand first
    /// (<c>Save-CogVideo $result</c>) are the input.
    /// </summary>
    [Parameter(Position = 0)]
    [Alias("Path")]
    [ValidateNotNullOrEmpty]
    [ObjectArgument(OnlyRows = true)]
    public string DestinationPath { get; set; } = ".";

    /// <summary>The file's name without extension, as text or as a script block such as <c>{ "$($_.Name)-$($_.Id)" }</c>; default the Name, else the Id.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FileName { get; set; }

    /// <summary>Ids of jobs, when they are not piped: each is looked up first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "task_id")]
    [ArgumentCompleter(typeof(JobCompleter))]
    [ObjectArgument]
    public string[]? Id { get; set; }

    /// <summary>The video's link, when it is not part of a piped result.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Url { get; set; }

    /// <summary>The label, when it is not part of a piped result.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Name { get; set; }

    /// <summary>Saves the cover picture beside the video.</summary>
    [Parameter]
    public SwitchParameter IncludeCover { get; set; }

    /// <summary>Replaces files of the same name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits every result it was given, saved ones with SavedPath and CoverPath, instead of files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Files downloaded at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    /// <summary>The largest file that is taken, in megabytes (1,048,576 bytes): what a server sends beyond it is no video of the service.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxSizeMB { get; set; } = 1024;

    /// <summary>Refuses a place that cannot be written before anything upstream has been paid.</summary>
    protected override void BeginProcessing()
    {
        try
        {
            TakeInputFromDestination();
            _folder = ResolvePath(DestinationPath);
            if (IsWhatIf) DestinationFolder.Prepare(_folder, create: false);
            else DestinationFolder.Check(_folder);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, DestinationPath);
        }
        base.BeginProcessing();
        _commandLine = CommandLine.Read(this);
        if (!HasClient) return;
        _journals = new JournalShelf(new JournalOwner(Client.Endpoint), WriteWarning);
        _seal = new LinkSeal(Client.Endpoint.Key);
        _downloader = new Downloader(_folder, new DownloaderOptions
        {
            ThrottleLimit = ThrottleLimit,
            MaxLength = MaxSizeMB * (1L << 20),
            AllowHttp = Client.Endpoint.IsPlainHttp,
            Key = Client.Endpoint.Key,
            Refresh = async (result, stop) => await LookAsync(result, stop).ConfigureAwait(false),
        });
        State.Batch.Downloads(_downloader.Progress);
        State.Batch.Accepted += Expect;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!IsWhatIf) RequireKey();
        foreach (PSObject? input in Cells.Elements(InputObject ?? ObjectArgumentAttribute.Resolve(Id)))
        {
            if (input is null or { BaseObject: string } || !IsSkipped(input)) ProcessInput(input);
        }
        Pump.Drain();
    }

    private void ProcessInput(PSObject? input)
    {
        object? target = input?.BaseObject;
        try
        {
            CogVideoResult result = ReadInput(input);
            target = result;
            if (_seen.IsNew(result))
            {
                State.Batch.BeganSaving();
                string? fileName = FileName;
                Journal? journal = IsWhatIf ? null : _journals!.Of(result);
                if (Confirm(result.ToString(), Messages.Format(MessageKey.ActionSave, _folder)))
                    Pump.Start(stop => SaveAsync(result, fileName, journal, stop));
            }
        }
        catch (CogVideoException e)
        {
            WriteError(e, target);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        State.Batch.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        WarnOfEmptyRows();
        if (_looks.Refusal is { } refusal) WriteError(refusal);
        base.EndProcessing();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (State is not null) State.Batch.Accepted -= Expect;
        base.Dispose(disposing);
        _downloader?.Dispose();
        _journals?.Dispose();
    }

    private protected override BatchStage Stage => BatchStage.Save;

    private protected override void OnTick()
    {
        base.OnTick();
        State.Batch.Show(this, 0);
    }

    private void Expect(CogVideoJob job) => _downloader!.Expect(job);

    /// <summary>What stands first is a folder, unless it is jobs, results, rows, or several of anything: then it is the input, and a folder may follow.</summary>
    private void TakeInputFromDestination()
    {
        object given = ObjectArgumentAttribute.Resolve(DestinationPath)!;
        if (given is string) return;
        if (MyInvocation.ExpectingInput) throw NotFileSystem(given);
        object? folder = InputObject ?? CommandLine.DefaultOf(this, nameof(DestinationPath));
        DestinationPath = folder is null ? "." : LanguagePrimitives.ConvertTo<string>(folder);
        InputObject = PSObject.AsPSObject(given);
    }

    private CogVideoResult ReadInput(PSObject? input)
    {
        if (input is null && string.IsNullOrEmpty(Url)) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoJobs);
        CogVideoResult result = input is null ? new CogVideoResult() : ItemReader.Read(input, takesAddress: true);
        if (InputObject is null && Url is { Length: > 0 } url) (result.Url, result.VideoUrls) = (url, [url]);
        if (Name is { Length: > 0 } && (result.Name is null || !_commandLine.Defaults.Contains(nameof(Name)))) result.Name = Name;
        return result;
    }

    /// <summary>Creates the folder as soon as there is something to save in it.</summary>
    private void PrepareFolder()
    {
        lock (_folderSync)
        {
            if (!_isFolderReady) DestinationFolder.Prepare(_folder, create: true);
            _isFolderReady = true;
        }
    }

    private async Task SaveAsync(CogVideoResult result, string? fileName, Journal? journal, CancellationToken stop)
    {
        try
        {
            JournalEntry? entry = result.Id.Length > 0 ? journal?.Find(result.Id) : null;
            if (entry is { State: JournalState.Saved } && !Force && SavedFiles.IsWhole(entry, _folder, IncludeCover))
            {
                State.Batch.SaveEnded(isSaved: true);
                CogVideoResult known = new(result, entry.Result!);
                State.Jobs.Observe(known);
                Pump.Post(() => Emit(known, null));
                return;
            }
            result = await LookedUpAsync(result, entry, stop).ConfigureAwait(false);
            if (result.Status == CogVideoStatus.Success && result.Url is not null) PrepareFolder();
            SaveRequest request = new() { Result = result, FileName = fileName, IncludeCover = IncludeCover, Force = Force };
            SavedVideo saved = await _downloader!.SaveAsync(request, stop).ConfigureAwait(false);
            result = new CogVideoResult(result) { SavedPath = saved.Path, CoverPath = saved.CoverPath, FileLength = saved.Length };
            if (journal is not null) await RecordAsync(result, saved, journal).ConfigureAwait(false);
            State.Batch.SaveEnded(isSaved: true);
            State.Jobs.Observe(result);
            Pump.Post(() => Emit(result, saved.CoverError));
        }
        catch (CogVideoException e)
        {
            State.Batch.SaveEnded(isSaved: false);
            CogVideoResult failed = result;
            Pump.Post(() =>
            {
                if (e.StopsRun) _looks.Miss(failed);
                else WriteError(e, failed);
                if (PassThru) WriteObject(failed);
            });
        }
    }

    /// <summary>The file is in its place, whether or not its journal can say so.</summary>
    private async Task RecordAsync(CogVideoResult result, SavedVideo saved, Journal journal)
    {
        try
        {
            long? coverLength = saved.CoverPath is null ? null : new FileInfo(saved.CoverPath).Length;
            await journal.SavedAsync(result.Id, saved.Path, saved.Length, saved.CoverPath, coverLength).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            Pump.Post(() =>
            {
                if (_journals!.IsNews(e, journal)) WriteError(e, result);
            });
        }
    }

    /// <summary>An id alone, or a job that is not known to have ended, is looked up first: in the journal, else at the service.</summary>
    private async Task<CogVideoResult> LookedUpAsync(CogVideoResult result, JournalEntry? entry, CancellationToken stop)
    {
        if (result.Url is not null && result.Status is CogVideoStatus.Success or CogVideoStatus.Unknown)
            return result.Status == CogVideoStatus.Success ? result : new CogVideoResult(result) { Status = CogVideoStatus.Success };
        if (CogVideoStatus.IsFailure(result.Status) || result.ErrorCode == Results.Missing || result.Id.Length == 0) return result;
        CogVideoResult end = entry?.ResultWithLinks(_seal, DateTime.UtcNow) ?? await LookAsync(result, stop).ConfigureAwait(false);
        State.Jobs.Observe(end);
        return new CogVideoResult(result, end);
    }

    private Task<CogVideoResult> LookAsync(CogVideoResult job, CancellationToken stop) =>
        _looks.RunAsync(() => Client.GetResultAsync(job, stop), stop);

    private void Emit(CogVideoResult result, CogVideoException? coverError)
    {
        if (coverError is not null) WriteWarning(Messages.Format(MessageKey.SaveCoverFailed, result.SavedPath, coverError.Message));
        if (PassThru)
        {
            WriteObject(result);
            return;
        }
        PSObject file = ProviderFile(result.SavedPath!);
        AddNote(file, "JobId", result.Id);
        AddNote(file, "Label", result.Name);
        AddNote(file, "Prompt", result.Prompt);
        AddNote(file, "CoverPath", result.CoverPath);
        AddNote(file, "Result", result);
        WriteObject(file);
    }

    private static void AddNote(PSObject target, string name, object? value) => target.Properties.Add(new PSNoteProperty(name, value));
}
