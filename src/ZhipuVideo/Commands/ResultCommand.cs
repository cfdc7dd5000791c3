using System.Management.Automation;
using ZhipuVideo.Rows;

namespace ZhipuVideo.Commands;

/// <summary>The results that are to be saved, and where: as objects, ids, links, or properties of rows.</summary>
public abstract class ResultCommand : ServiceCommand
{
    private CommandLine _commandLine = null!;

    private protected ResultCommand()
    {
    }

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

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _commandLine = CommandLine.Read(this);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!IsWhatIf) RequireKey();
        foreach (PSObject? input in Cells.Elements(InputObject ?? ObjectArgumentAttribute.Resolve(Id)))
        {
            if (input is not (null or { BaseObject: string }) && IsSkipped(input)) continue;
            object? target = input?.BaseObject;
            try
            {
                CogVideoResult result = Read(input);
                target = result;
                Process(result);
            }
            catch (CogVideoException e)
            {
                WriteError(e, target);
            }
        }
        Pump.Drain();
    }

    /// <summary>Takes one result; must not block.</summary>
    private protected abstract void Process(CogVideoResult result);

    /// <summary>What stands first is a folder, unless it is jobs, results, rows, or several of anything: then it is the input, and a folder may follow.</summary>
    private protected void TakeInputFromDestination()
    {
        object given = ObjectArgumentAttribute.Resolve(DestinationPath)!;
        if (given is string) return;
        if (MyInvocation.ExpectingInput) throw NotFileSystem(given);
        object? folder = InputObject ?? CommandLine.GetDefault(this, nameof(DestinationPath));
        DestinationPath = folder is null ? "." : LanguagePrimitives.ConvertTo<string>(folder);
        InputObject = PSObject.AsPSObject(given);
    }

    private CogVideoResult Read(PSObject? input)
    {
        if (input is null && string.IsNullOrEmpty(Url)) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoJobs);
        CogVideoResult result = input is null ? new CogVideoResult() : ItemReader.Read(input, takesAddress: true);
        if (InputObject is null && Url is { Length: > 0 } url) (result.Url, result.VideoUrls) = (url, [url]);
        if (Name is { Length: > 0 } && (result.Name is null || !_commandLine.Defaults.Contains(nameof(Name)))) result.Name = Name;
        return result;
    }
}
