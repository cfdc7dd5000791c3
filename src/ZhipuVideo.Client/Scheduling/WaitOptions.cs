using System;

namespace ZhipuVideo;

/// <summary>How a job is waited for; the defaults are for ever, and when it is likely to end. The notices come on a background thread.</summary>
public sealed record WaitOptions
{
    /// <summary>Gives up after so many seconds; 0 = never.</summary>
    public double TimeoutSeconds { get; init; }

    /// <summary>Seconds between polls; 0 = by what was learned of how long such jobs take.</summary>
    public double IntervalSeconds { get; init; }

    /// <summary>Told when the service asks to wait with a code that this version does not know; once for all jobs of the account.</summary>
    public Action<CogVideoException>? AskedToWait { get; init; }

    /// <summary>Told the status of the job that this version does not know; once for the job. Polling goes on.</summary>
    public Action<string?>? SawUnknownStatus { get; init; }
}
