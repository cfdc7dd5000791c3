using System;
using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// Which row every <c>request_id</c> of this process stands for. The service takes a request_id once: of two rows that share one, only the
/// first would be submitted, and the second be told that its task is there already, which is the first one's. Thread-safe.
/// </summary>
internal sealed class RequestIds
{
    private readonly Dictionary<string, RequestIdUse> _uses = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes a request_id for a row. Only the same row may have it again, in a later pass over the rows and when it is under way no more.
    /// Throws <see cref="ErrorReason.InvalidInput"/> when it is another row's.
    /// </summary>
    /// <param name="requestId">The request_id.</param>
    /// <param name="row">What is asked for.</param>
    /// <param name="pass">The pass over rows that the row belongs to: equal rows of one pass are two rows all the same. 0 = it stands alone.</param>
    /// <param name="label">How the row is called in messages.</param>
    internal RequestIdUse Claim(string requestId, string row, long pass, string label)
    {
        lock (_uses)
        {
            if (!_uses.TryGetValue(requestId, out RequestIdUse? use)) _uses[requestId] = use = new RequestIdUse(row);
            else if (use.Row != row || use.IsUnderWay || (pass != 0 && use.Pass == pass))
                throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.RequestIdUsed, label, requestId) { RequestId = requestId };
            use.Pass = pass;
            use.IsUnderWay = true;
            return use;
        }
    }

    /// <summary>The row is under way no more. What was surely not accepted leaves its request_id free, for this row or another.</summary>
    internal void Release(string requestId)
    {
        lock (_uses)
        {
            if (!_uses.TryGetValue(requestId, out RequestIdUse? use)) return;
            use.IsUnderWay = false;
            if (!use.MayBeAccepted) _uses.Remove(requestId);
        }
    }
}

/// <summary>What one request_id is used for; written by the row that holds it.</summary>
internal sealed class RequestIdUse(string row)
{
    internal string Row => row;
    internal long Pass { get; set; }
    internal bool IsUnderWay { get; set; }

    /// <summary>
    /// It was sent, and perhaps or surely accepted. No later refusal takes that back, and only so can "there is such a request already" (1231)
    /// speak of this row.
    /// </summary>
    internal bool MayBeAccepted { get; set; }
}
