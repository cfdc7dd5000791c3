using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>The links of one result; looked up again at most once, because they live for about a day.</summary>
internal sealed class DownloadLinks(CogVideoResult result, Func<CogVideoResult, CancellationToken, Task<CogVideoResult?>>? refresh)
{
    private CogVideoResult _result = result;
    private bool _isRefreshed;

    internal string? Cover =>
        string.IsNullOrWhiteSpace(_result.CoverUrl) && _result.CoverUrls.Length > 0 ? _result.CoverUrls[0] : _result.CoverUrl;

    /// <summary>Whether they are those of a task, or only an address that somebody has typed.</summary>
    internal bool AreOfTask => _result.Id.Length > 0;

    /// <summary>Whether the service has not been asked yet, and can be.</summary>
    internal bool CanRefresh => !_isRefreshed && refresh is not null && AreOfTask;

    internal string? GetVideo(int index) => index < _result.VideoUrls.Length ? _result.VideoUrls[index] : index == 0 ? _result.Url : null;

    /// <summary>How long ago the task ended, as far as that is known.</summary>
    internal TimeSpan? GetAge(DateTime now) => now - _result.EndedAt;

    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        _isRefreshed = true;
        _result = await refresh!(_result, cancellationToken).ConfigureAwait(false) ?? _result;
    }
}
