using System;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo;

/// <summary>How a <see cref="VideoBatch"/> behaves; the defaults are those of the cmdlets.</summary>
public sealed record VideoBatchOptions
{
    /// <summary>
    /// The full path of a file, or the address of an append blob in a container of <see cref="Storage"/>, that makes the batch restartable; created when
    /// it does not exist. Null = no journal: the promise that nothing is
    /// charged twice ends with the process.
    /// </summary>
    public string? JournalPath { get; init; }

    /// <summary>Submits rows that ended in FAIL again, as new requests; default false. Needs a journal.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Sends rows whose outcome is unknown once more, under the same request_id; default false.</summary>
    public bool RetryUnconfirmed { get; init; }

    /// <summary>Seconds a row may wait for a slot; 0 = for ever, the default.</summary>
    public double SlotTimeoutSeconds { get; init; }

    /// <summary>
    /// The most billed requests that may be sent, 0 or more, those of earlier runs of the journal included; null = any number, the default. What was
    /// surely not accepted does not count; what is unconfirmed, or has failed, does. Models that are not in the catalogue are billed. Rows beyond
    /// it are <see cref="ErrorReason.BilledLimitReached"/>; free rows and known ones go on.
    /// </summary>
    public int? BilledLimit { get; init; }

    /// <summary>
    /// The moment after which nothing is sent any more, by this machine's clock; null = never, the default. Rows that have not been sent by
    /// then, also those that wait for a slot, are <see cref="ErrorReason.UntilPassed"/>; what was sent goes on.
    /// </summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Files downloaded at once, 1 or more; default 4.</summary>
    public int DownloadLimit { get; init; } = 4;

    /// <summary>Bytes of the largest file that is taken; default 1 GiB.</summary>
    public long MaxFileLength { get; init; } = 1L << 30;

    /// <summary>Told what people should know while the batch goes on, once each; on any thread. The message is made when it is read.</summary>
    public Action<CogVideoException>? Warn { get; init; }

    /// <summary>Told what failed beside a result that is there all the same, with the job where it is one's; on any thread.</summary>
    public Action<CogVideoException, CogVideoItem?>? Report { get; init; }

    /// <summary>The jobs of several batches together; null = this batch keeps its own.</summary>
    internal MemoryJobStore? Jobs { get; init; }

    /// <summary>
    /// The blob containers that this batch may use, by their addresses instead of paths; null = none.
    /// </summary>
    public StorageAccess? Storage { get; init; }

    /// <summary>Where the journal is; null = in a file, or in a container of <see cref="Storage"/>.</summary>
    internal ILogStore? Logs { get; init; }

    /// <summary>Where journals are.</summary>
    internal ILogStore LogStore => Logs ?? (Storage is null ? FileLogStore.Instance : new BlobLogStore(Storage));

    /// <summary>Who writes the journal; null = a thread of its own.</summary>
    internal TaskScheduler? Writers { get; init; }

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>So many unclear replies in a row stop the batch; fewer where the service has not said a word yet.</summary>
    internal int MaxUnclear { get; init; } = Doubts.MaxUnclear;
}
