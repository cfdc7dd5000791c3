using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using ZhipuVideo.Files;
using ZhipuVideo.Gallery;
using ZhipuVideo.Rows;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Commands;

/// <summary>
/// Writes one HTML page that shows a finished batch: results (Save-CogVideo -PassThru), the files that Save-CogVideo emits, or the jobs
/// of a journal. The page needs no network; videos and covers are linked beside it or, with -Embed, inside it.
/// </summary>
[Cmdlet(VerbsData.Export, "CogVideoGallery", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(FileInfo))]
public sealed class ExportCogVideoGalleryCommand : CogVideoCommand
{
    private const long EmbedMebibytes = GalleryOptions.DefaultEmbedLimit / (1024 * 1024);

    private readonly List<CogVideoResult> _results = [];
    private GalleryReader _reader = null!;
    private string _path = "";

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
            _path = ResolvePath(Path);
            if (Directory.Exists(_path)) throw GalleryWriter.IsFolder(_path);
            if (!Force && Disk.Exists(_path)) throw GalleryWriter.Taken(_path);
            DestinationFolder.Prepare(System.IO.Path.GetDirectoryName(_path)!, create: !IsWhatIf);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, Path);
        }
        base.BeginProcessing();
        _reader = new GalleryReader(
            () => SessionState.Path.CurrentFileSystemLocation.ProviderPath, System.IO.Path.GetDirectoryName(_path)!, WriteWarning);
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
            GalleryReport report = GalleryWriter.Write(
                _results,
                new GalleryOptions { Path = _path, Title = Title, Embed = Embed, Overwrite = Force });
            if (report.OverLimit > 0) WriteWarning(Messages.Format(MessageKey.WarnGalleryOverLimit, report.OverLimit, EmbedMebibytes));
            if (report.Refused.Length > 0)
                WriteWarning(Messages.Format(MessageKey.WarnGalleryNotShown, report.Refused.Length, report.Refused[0]));
            if (report.Unreachable > 0) WriteWarning(Messages.Format(MessageKey.WarnGalleryUnreachable, report.Unreachable));
            if (PassThru) WriteObject(ProviderFile(_path));
        }
        catch (CogVideoException e)
        {
            WriteError(e, _path);
        }
    }
}
