using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Commands;

/// <summary>The jobs of this runspace, unconfirmed ones included: what is left to a person after Ctrl+C.</summary>
[Cmdlet(VerbsCommon.Get, "CogVideoJob")]
[OutputType(typeof(CogVideoJob))]
public sealed class GetCogVideoJobCommand : CogVideoCommand
{
    /// <summary>Only jobs in these states.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StatusCompleter))]
    public string[]? Status { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IEnumerable<CogVideoJob> jobs = State.Jobs.ToList();
        if (Status is not null) jobs = jobs.Where(job => Status.Any(s => CogVideoStatus.Is(job.Status, s)));
        WriteObject(jobs, enumerateCollection: true);
    }
}
