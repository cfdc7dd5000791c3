using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Download;

/// <summary>What a <see cref="Downloader"/> is built from; everything that a test may want to replace comes in here.</summary>
internal sealed class DownloaderOptions
{
    internal Clock Clock { get; init; } = new(TimeProvider.System);

    /// <summary>Random numbers from 0 to 1 that shorten delays; several threads ask for them.</summary>
    internal Func<double> Random { get; init; } = new LockedRandom().Next;

    /// <summary>Creates the HTTP handler; null = our own: no cookies, no credentials, no redirects by itself, no decompression.</summary>
    internal Func<HttpMessageHandler>? CreateHandler { get; init; }

    /// <summary>How many results are saved at once, 1 or more.</summary>
    internal int ThrottleLimit { get; init; } = 4;

    /// <summary>Whether plain http links may be followed: only where the API base itself is plain http.</summary>
    internal bool AllowHttp { get; init; }

    /// <summary>
    /// How many bytes a file may have, whatever its server says of its length: 1 GiB, a hundred times what the service's longest videos
    /// have. The announced length is also compared with the free space on the disk before anything is downloaded.
    /// </summary>
    internal long MaxLength { get; init; } = 1L << 30;

    /// <summary>
    /// How long a server may send nothing before the connection is given up. A file whose tries end so is given twice the time with each,
    /// up to eight times: a slow first byte is not a dead server.
    /// </summary>
    internal TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes a second below which a file loses its slot to the next in the queue: 4 KiB, at which the service's usual video of 5 MB takes
    /// twenty minutes. It is not given up as long as it gets on.
    /// </summary>
    internal double MinRate { get; init; } = 4 * 1024;

    /// <summary>The time over which the rate is measured.</summary>
    internal TimeSpan RateWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a file that its host does not have yet is asked for. A host may be minutes behind the service that says the task has ended.
    /// </summary>
    internal TimeSpan PublishTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest delay before the second retry; the first comes at once, each further one waits twice as long, and all are shortened at random.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest delay between two tries, also when a server asks for more; errors name it.</summary>
    internal TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many tries in a row may bring no new byte before a file is given up.</summary>
    internal int MaxRetries { get; init; } = 6;

    /// <summary>The key that no error may show and no link hold: it is never sent; null = there is none.</summary>
    internal ApiKey? Key { get; init; }

    /// <summary>Asks the service once for a new link of a result whose link has expired; null = nobody can be asked.</summary>
    internal Func<CogVideoResult, CancellationToken, Task<CogVideoResult?>>? Refresh { get; init; }
}
