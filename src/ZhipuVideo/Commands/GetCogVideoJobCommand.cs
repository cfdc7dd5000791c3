using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Commands;

/// <summary>
/// The jobs of a journal, else those of this runspace, unconfirmed ones included: what is left to a person after Ctrl+C or a crash.
/// They pipe into Wait-CogVideo and Save-CogVideo. A journal can be read while another process writes it.
/// </summary>
[Cmdlet(VerbsCommon.Get, "CogVideoJob")]
[OutputType(typeof(CogVideoJob))]
public sealed class GetCogVideoJobCommand : CogVideoCommand
{
    /// <summary>The journal to list; default the jobs of this runspace.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>Only jobs in these states.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StatusCompleter))]
    public string[]? Status { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            foreach (CogVideoJob job in JournalPath is null ? State.Jobs.ToList() : OfJournal(ResolvePath(JournalPath)))
            {
                if (Pump.Token.IsCancellationRequested) return;
                if (Status is null || Status.Any(s => CogVideoStatus.Is(job.Status, s))) WriteObject(job);
            }
        }
        catch (CogVideoException e)
        {
            WriteError(e, JournalPath);
        }
    }

    /// <summary>What was surely not accepted is no job.</summary>
    private IEnumerable<CogVideoJob> OfJournal(string path) =>
        Journal.Read(path, line => WriteError(line, path)).Where(row => row.State != JournalState.NotAccepted).Select(row => row.Job);
}
