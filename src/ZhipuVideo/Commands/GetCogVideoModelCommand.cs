using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Commands;

/// <summary>The models that this version knows, and what each takes. Nothing is asked of the service.</summary>
[Cmdlet(VerbsCommon.Get, "CogVideoModel")]
[OutputType(typeof(CogVideoModel))]
public sealed class GetCogVideoModelCommand : PSCmdlet
{
    /// <summary>Names, with wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [SupportsWildcards]
    public string[] Model { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Model)
        {
            WildcardPattern pattern = new(name, WildcardOptions.IgnoreCase);
            CogVideoModel[] found = CogVideoModel.Catalogue.Where(m => pattern.IsMatch(m.Model)).ToArray();
            WriteObject(found, enumerateCollection: true);
            if (found.Length > 0 || WildcardPattern.ContainsWildcardCharacters(name)) continue;
            CogVideoException unknown = new(
                ErrorReason.NotFound, MessageKey.ModelUnknown, name, CogVideoModel.Catalogue.Select(m => m.Model));
            WriteError(Pipeline.ErrorRecords.From(unknown, name));
        }
    }
}
