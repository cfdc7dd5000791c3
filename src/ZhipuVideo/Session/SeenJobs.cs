using System.Collections.Generic;

namespace ZhipuVideo.Session;

/// <summary>The jobs that a cmdlet was given: one that comes twice is taken once, and that two of them have one id is told.</summary>
internal sealed class SeenJobs
{
    private readonly Dictionary<ulong, ulong> _requests = []; // by the id of the job, or its link; 0 = the request is not known

    /// <summary>Whether a job comes for the first time.</summary>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DuplicateId"/>: another request came with this id.</exception>
    internal bool IsNew(CogVideoResult job)
    {
        ulong request = job.RequestId is { } requestId ? ItemKey.Create(requestId, KeyKind.RequestId) : 0;
        ulong key = (job.Id.Length > 0 ? job.Id : job.Url) is { } id ? ItemKey.Create(id, KeyKind.Id) : request;
        if (!_requests.TryGetValue(key, out ulong first))
        {
            _requests.Add(key, request);
            return true;
        }
        if (first == 0 || request == 0 || first == request) return false;
        throw SharedId.Error(null, job);
    }
}
