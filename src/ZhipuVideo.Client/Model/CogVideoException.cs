using System;
using System.Collections.Generic;
using System.Globalization;

namespace ZhipuVideo;

/// <summary>
/// Every failure of this client. The message is made when it is read, in the language of the reader's <see cref="CultureInfo.CurrentUICulture"/>:
/// failures are born on background threads, which do not have the shell's. It never carries a request, a key or a result link.
/// </summary>
public sealed class CogVideoException : Exception
{
    private readonly string _key;
    private readonly object?[] _arguments;

    internal CogVideoException(ErrorReason reason, string messageKey, params object?[] arguments)
    {
        Reason = reason;
        _key = messageKey;
        _arguments = arguments;
    }

    /// <summary>Why; stable over versions.</summary>
    public ErrorReason Reason { get; }

    /// <summary>The stable error id: <c>CogVideo.</c> and the reason.</summary>
    public string ErrorId => "CogVideo." + Reason;

    /// <summary>The service's error code, such as <c>1214</c>; null when the service said none.</summary>
    public string? Code { get; internal set; }

    /// <summary>The HTTP status; null when there was no reply.</summary>
    public int? HttpStatus { get; internal set; }

    /// <summary>The <c>request_id</c> of the submission concerned; null when there is none.</summary>
    public string? RequestId { get; internal set; }

    /// <summary>True when nothing further should be submitted with this key: refused, out of money, locked, quota used up.</summary>
    public bool StopsRun { get; internal set; }

    /// <summary>The jobs that share one id (<see cref="ErrorReason.DuplicateId"/>), the earlier first; else none.</summary>
    internal IReadOnlyList<CogVideoJob> ConflictingJobs { get; init; } = [];

    /// <summary>The row that was not accepted, as it stands: rejected, unconfirmed, or never sent; null when this is not about one row.</summary>
    internal CogVideoItem? Item { get; set; }

    /// <summary>A message of what to do here, with the same gaps; null = what is to be done about the reason anywhere.</summary>
    internal string? AdviceKey { get; set; }

    /// <summary>
    /// The job whose acceptance could not be recorded; else null. It was accepted all the same, and its id is what its owner has left of it.
    /// </summary>
    internal CogVideoJob? AcceptedJob { get; private set; }

    /// <summary>The same failure, of a job that was accepted nevertheless.</summary>
    internal CogVideoException OfAccepted(CogVideoJob job) => new(Reason, _key, _arguments)
    {
        RequestId = job.RequestId,
        StopsRun = StopsRun,
        AdviceKey = AdviceKey,
        AcceptedJob = job,
    };

    /// <summary>This, told of more than one row.</summary>
    /// <param name="messageKey">A message of what this says (0) and of a number (1).</param>
    /// <param name="number">How many it stopped, how often it came, how long it is waited for.</param>
    internal CogVideoException Because(string messageKey, double number) => new(Reason, messageKey, this, number)
    {
        Code = Code,
        HttpStatus = HttpStatus,
        RequestId = RequestId,
        StopsRun = StopsRun,
    };

    /// <summary>Takes a key out of all that others have said in it.</summary>
    internal CogVideoException Mask(ApiKey? key)
    {
        for (int i = 0; i < _arguments.Length && key is not null; i++)
        {
            if (_arguments[i] is string text) _arguments[i] = key.Mask(text);
        }
        return this;
    }

    /// <inheritdoc/>
    public override string Message => Messages.Format(_key, _arguments);

    /// <summary>What the user can do about it; empty when there is nothing to say.</summary>
    public string RecommendedAction =>
        AdviceKey is not null ? Messages.Format(AdviceKey, _arguments) : Messages.Find("Action_" + Reason) ?? "";
}
