using System.Collections;
using System.Management.Automation;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>The fields of a request as parameters, and the rows that bring them.</summary>
public abstract class RequestCommand : ServiceCommand
{
    private RowReader _reader = null!;
    private int _number;

    private protected RequestCommand()
    {
    }

    /// <summary>A row: a text is the prompt, a file is the picture, anything else is read by its columns.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The text the video is made from; more than 512 characters is a warning, the service decides.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ObjectArgument]
    public string? Prompt { get; set; }

    /// <summary>Pictures: http(s) URLs, data URIs, or local files, which are checked and sent as data URIs. A cell holds several separated by <c>|</c>.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImageUrl", "image_url", "ImagePath", "FullName")]
    [PathArgument]
    public string[]? Image { get; set; }

    /// <summary>The model's code; default that of Connect-CogVideo, else cogvideox-flash, which is free.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>speed or quality.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(QualityCompleter))]
    public string? Quality { get; set; }

    /// <summary>Whether to make sound: True, False, 1, 0, yes, no. A text, because the binder would make a switch of the cell 'True' false.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("with_audio")]
    [ArgumentCompleter(typeof(AudioCompleter))]
    public string? WithAudio { get; set; }

    /// <summary>Width x height in pixels.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public string? Size { get; set; }

    /// <summary>Frames per second.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FpsCompleter))]
    public string? Fps { get; set; }

    /// <summary>Seconds of video.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public string? Duration { get; set; }

    /// <summary>The caller's own unique request_id; else one is made for each row.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("request_id")]
    public string? RequestId { get; set; }

    /// <summary>The end user's id, 6 to 128 characters.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("user_id")]
    public string? UserId { get; set; }

    /// <summary>A label; it becomes the file name. Never sent.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Name { get; set; }

    /// <summary>Further request fields, for what the service learns after this version.</summary>
    [Parameter]
    public Hashtable? AdditionalBody { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _reader = new RowReader(this, CommandLine.Read(this), State.Connection?.Model ?? CogVideoModel.Default, ResolvePath, WriteWarning);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject? row in Cells.Elements(InputObject))
        {
            _number++;
            if (IsSkipped(row)) continue;
            if (!IsWhatIf) State.Progress.Count(BatchCount.Rows);
            try
            {
                Process(_reader.Read(row, _number), row, _number);
            }
            catch (CogVideoException e)
            {
                OnRowRefused();
                WriteError(e, row ?? ObjectArgumentAttribute.Resolve(Prompt));
                Pump.Drain();
            }
        }
    }

    /// <summary>All rows have been read.</summary>
    private protected void FinishRows()
    {
        _reader.Finish();
        WarnOfEmptyRows();
    }

    /// <summary>Takes one row. A <see cref="CogVideoException"/> is the row's own error.</summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="row">The row as it was piped; null when it stands on the command line.</param>
    /// <param name="number">Its place in the input, from 1.</param>
    private protected abstract void Process(VideoRequest request, PSObject? row, int number);

    /// <summary>A row cannot be submitted as it is.</summary>
    private protected abstract void OnRowRefused();
}
