using System;
using System.Collections.Generic;

namespace ZhipuVideo.Session;

/// <summary>The jobs that a cmdlet was given: one that comes twice is taken once, and that two of them have one id is told.</summary>
internal sealed class JobDeduplicator
{
    private readonly Dictionary<string, string?> _requests = new(StringComparer.Ordinal); // by id, link or request_id; null = the request is not known

    /// <summary>Whether a job comes for the first time.</summary>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DuplicateId"/>: another request came with this id.</exception>
    internal bool TryAdd(CogVideoResult job)
    {
        string key = job.Id.Length > 0 ? "id " + job.Id : job.Url is { } url ? "url " + url : "request " + job.RequestId;
        if (!_requests.TryGetValue(key, out string? first))
        {
            _requests.Add(key, job.RequestId);
            return true;
        }
        if (first is null || job.RequestId is null || first == job.RequestId) return false;
        throw DuplicateId.CreateError(null, job);
    }
}
