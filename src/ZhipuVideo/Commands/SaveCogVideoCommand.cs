using System.IO;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Session;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Commands;

/// <summary>
/// Saves the videos of results and emits one file each. A final name only ever holds complete, checked bytes; nothing is overwritten
/// without -Force, nothing is skipped in silence. It never blocks its upstream.
/// </summary>
[Cmdlet(VerbsData.Save, "CogVideo", DefaultParameterSetName = ApiKeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(FileInfo), typeof(CogVideoBlob), typeof(CogVideoResult))]
public sealed class SaveCogVideoCommand : ResultCommand
{
    private readonly JobDeduplicator _seen = new();
    private string _folder = "";

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
            _folder = ResolvePlace(DestinationPath);
            if (BlobAddress.Is(_folder))
            {
                if (!IsWhatIf) BlobFolder.CheckAsync(RunspaceState.Current.Storage, _folder).GetAwaiter().GetResult();
            }
            else if (IsWhatIf) DestinationFolder.Prepare(_folder, create: false);
            else DestinationFolder.Check(_folder);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, Shown(DestinationPath));
        }
        base.BeginProcessing();
        if (!HasClient) return;
        OpenBatch(Options with { DownloadLimit = ThrottleLimit, MaxFileLength = MaxSizeMB * (1L << 20) });
        State.Progress.Downloads(Batch.ExpectFiles(_folder));
    }

    private protected override BatchStage Stage => BatchStage.Save;

    private protected override void Process(CogVideoResult result)
    {
        if (!_seen.TryAdd(result)) return;
        State.Progress.Count(BatchCount.ToSave);
        string? fileName = FileName;
        if (Confirm(result.ToString(), Messages.Format(MessageKey.ActionSave, _folder))) Pump.Start(stop => SaveAsync(result, fileName, stop));
    }

    private async Task SaveAsync(CogVideoResult result, string? fileName, CancellationToken stop)
    {
        try
        {
            SaveOptions options = new() { FileName = fileName, IncludeCover = IncludeCover, Force = Force };
            SavedVideo saved = await Batch.SaveAsync(result, _folder, options, stop).ConfigureAwait(false);
            State.Progress.CountSaved(saved.Length);
            Pump.Post(() => Emit(saved));
        }
        catch (CogVideoException e)
        {
            State.Progress.Count(BatchCount.NotSaved);
            Pump.Post(() =>
            {
                if (e.StopsRun) NotPolled.Add(e.Item);
                else WriteError(e, e.Item);
                if (PassThru) WriteObject(e.Item);
            });
        }
    }

    private void Emit(SavedVideo saved)
    {
        CogVideoResult result = saved.Result;
        if (saved.CoverError is not null) WriteWarning(Messages.Format(MessageKey.SaveCoverFailed, result.SavedPath, saved.CoverError.Message));
        if (PassThru)
        {
            WriteObject(result);
            return;
        }
        PSObject file = BlobAddress.Is(result.SavedPath) ? PSObject.AsPSObject(new CogVideoBlob(result.SavedPath!, saved.Length)) : ProviderFile(result.SavedPath!);
        AddNote(file, "JobId", result.Id);
        AddNote(file, "Label", result.Name);
        AddNote(file, "Prompt", result.Prompt);
        AddNote(file, "CoverPath", result.CoverPath);
        AddNote(file, "Width", result.Width);
        AddNote(file, "Height", result.Height);
        AddNote(file, "DurationSec", result.DurationSec);
        AddNote(file, "ActualFps", result.ActualFps);
        AddNote(file, "HasAudio", result.HasAudio);
        AddNote(file, "Result", result);
        WriteObject(file);
    }

    private static void AddNote(PSObject target, string name, object? value) => target.Properties.Add(new PSNoteProperty(name, value));
}
