using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using ZhipuVideo.Files;
using ZhipuVideo.Gallery;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Commands;

/// <summary>
/// Writes one HTML page that shows a finished batch: results (Save-CogVideo -PassThru), the files that Save-CogVideo emits, or the jobs
/// of a journal. The page needs no network; videos and covers are linked beside it or, with -Embed, inside it.
/// </summary>
[Cmdlet(VerbsData.Export, "CogVideoGallery", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(FileInfo), typeof(CogVideoBlob))]
public sealed class ExportCogVideoGalleryCommand : StorageCommand
{
    private const long EmbedMebibytes = GalleryOptions.DefaultEmbedLimit / (1024 * 1024);

    private readonly List<CogVideoResult> _results = [];
    private GalleryReader _reader = null!;
    private string _path = "";
    private long _length;

    /// <summary>A result or job, fresh or deserialized, or an MP4 file.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject[]? InputObject { get; set; }

    /// <summary>The page to write. Its folder is created when missing.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [PathArgument]
    public string Path { get; set; } = "";

    /// <summary>The page's heading.</summary>
    [Parameter]
    public string? Title { get; set; }

    /// <summary>
    /// Puts covers and videos into the page, up to 256 MiB in all; what does not fit is linked, and a warning says so. Only regular files that
    /// begin like a picture or an MP4 video.
    /// </summary>
    [Parameter]
    public SwitchParameter Embed { get; set; }

    /// <summary>Replaces a file of this name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the page's file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Refuses a place that cannot be written before anything upstream has been paid.</summary>
    protected override void BeginProcessing()
    {
        try
        {
            _path = ResolvePlace(Path);
            if (BlobAddress.Is(_path)) CheckBlob();
            else if (Directory.Exists(_path)) throw GalleryWriter.IsFolder(_path);
            else if (!Force && Disk.Exists(_path)) throw GalleryWriter.Taken(_path);
            else DestinationFolder.Prepare(Folder, create: !IsWhatIf);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, Shown(Path));
        }
        base.BeginProcessing();
        _reader = new GalleryReader(
            () => SessionState.Path.CurrentFileSystemLocation.ProviderPath, BlobAddress.Is(_path) ? "" : Folder, WriteWarning, State.Storage);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject input in InputObject ?? [])
        {
            try
            {
                _results.Add(_reader.Read(input));
            }
            catch (CogVideoException e)
            {
                WriteError(e, input);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_results.Count == 0)
        {
            WriteError(new CogVideoException(ErrorReason.InvalidInput, MessageKey.GalleryEmpty), _path);
            return;
        }
        if (!Confirm(_path, Messages.Format(MessageKey.ActionExportGallery, _results.Count))) return;
        try
        {
            GalleryReport report = BlobAddress.Is(_path)
                ? Upload()
                : GalleryWriter.Write(_results, new GalleryOptions { Path = _path, Title = Title, Embed = Embed, Overwrite = Force });
            if (report.OverLimit > 0) WriteWarning(Messages.Format(MessageKey.WarnGalleryOverLimit, report.OverLimit, EmbedMebibytes));
            if (report.Refused.Length > 0)
                WriteWarning(Messages.Format(MessageKey.WarnGalleryNotShown, report.Refused.Length, report.Refused[0]));
            if (report.Unreachable > 0) WriteWarning(Messages.Format(MessageKey.WarnGalleryUnreachable, report.Unreachable));
            if (PassThru) WriteObject(BlobAddress.Is(_path) ? new CogVideoBlob(_path, _length) : ProviderFile(_path));
        }
        catch (CogVideoException e)
        {
            WriteError(e, _path);
        }
    }

    private string Folder => BlobAddress.Is(_path) ? _path.Substring(0, _path.LastIndexOf('/')) : System.IO.Path.GetDirectoryName(_path)!;

    private void CheckBlob()
    {
        if (IsWhatIf) return;
        BlobFolder.CheckAsync(RunspaceState.Current.Storage, Folder).GetAwaiter().GetResult();
        if (!Force && BlobFolder.GetLengthAsync(RunspaceState.Current.Storage, _path, Pump.Token).GetAwaiter().GetResult() is not null) throw GalleryWriter.Taken(_path);
    }

    /// <summary>A page for a container is written here first: nobody can look into it before it is whole.</summary>
    private GalleryReport Upload()
    {
        string temporary = System.IO.Path.GetTempFileName();
        try
        {
            GalleryReport report = GalleryWriter.Write(
                _results, new GalleryOptions { Path = temporary, LinkFolder = Folder, Title = Title, Embed = Embed, Overwrite = true });
            _length = new FileInfo(temporary).Length;
            if (!BlobFolder.UploadAsync(State.Storage, _path, temporary, "text/html; charset=utf-8", Force, Pump.Token).GetAwaiter().GetResult()) throw GalleryWriter.Taken(_path);
            return report;
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
