using System;
using System.Management.Automation;
using ZhipuVideo.Rows;

namespace ZhipuVideo.Commands;

/// <summary>How rows are submitted: restartable or not, how many at once, until when, and at what cost.</summary>
public abstract class SubmissionCommand : RequestCommand
{
    private protected SubmissionCommand()
    {
    }

    /// <summary>
    /// A file that makes the batch restartable: run the same line again after any crash, and what was accepted is not submitted again.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [PathArgument]
    public string? JournalPath { get; set; }

    /// <summary>With a journal: submits rows that ended in FAIL again, under a new request_id.</summary>
    [Parameter]
    public SwitchParameter RetryFailed { get; set; }

    /// <summary>Sends rows whose outcome is unknown once more, under the same request_id.</summary>
    [Parameter]
    public SwitchParameter RetryUnconfirmed { get; set; }

    /// <summary>Rows held at once: on the way, or waiting for a slot.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>Seconds a row may wait for a slot; 0 = for ever.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TimeoutSec { get; set; }

    /// <summary>
    /// The most billed requests that may be sent, those of earlier runs of the journal included; 0 = nothing billed. Default that of
    /// Connect-CogVideo, else any number. Free rows and rows that the journal knows go on.
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int BilledLimit { get; set; }

    /// <summary>The moment after which nothing more is sent; without a zone it is local. A bare time is today's.</summary>
    [Parameter]
    [MomentTransformation]
    public DateTimeOffset Until { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnboundDefault(nameof(BilledLimit));
        RefuseUnboundDefault(nameof(Until));
    }

    private protected VideoBatchOptions SubmissionOptions => Options with
    {
        JournalPath = JournalPath is null ? null : JournalPath = ResolvePlace(JournalPath),
        RetryFailed = RetryFailed,
        RetryUnconfirmed = RetryUnconfirmed,
        SlotTimeoutSeconds = TimeoutSec,
        BilledLimit = IsGiven(nameof(BilledLimit)) ? BilledLimit : State.Connection?.BilledLimit,
        Until = IsGiven(nameof(Until)) ? Until : null,
        Report = (error, job) => Pump.Post(() => WriteError(error, (object?)job ?? JournalPath)),
    };
}
