using System.Management.Automation;
using ZhipuVideo.Rows;

namespace ZhipuVideo.Commands;

/// <summary>The results that are to be saved, and where: as objects, ids, links, or properties of rows.</summary>
public abstract class ResultCommand : ItemCommand
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

    private protected override object? Input => InputObject ?? ObjectArgumentAttribute.Resolve(Id);

    private protected override bool NeedsKey => !IsWhatIf;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _commandLine = CommandLine.Read(this);
    }

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

    private protected override CogVideoResult Read(PSObject? input)
    {
        CogVideoResult result = input is not null ? ItemReader.Read(input, takesAddress: true) : string.IsNullOrEmpty(Url) ? base.Read(null) : new CogVideoResult();
        if (InputObject is null && Url is { Length: > 0 } url) (result.Url, result.VideoUrls) = (url, [url]);
        if (Name is { Length: > 0 } && (result.Name is null || !_commandLine.Defaults.Contains(nameof(Name)))) result.Name = Name;
        return result;
    }
}
