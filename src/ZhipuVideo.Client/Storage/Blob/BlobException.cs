using System.IO;

namespace ZhipuVideo.Storage.Blob;

/// <summary>A call that the storage refused, or that it did not answer well in the time that it was given.</summary>
/// <param name="status">The HTTP status; 0 when there was no reply.</param>
/// <param name="code">The storage's own word for it (x-ms-error-code), or the network's.</param>
internal sealed class BlobException(int status, string code) : IOException(status == 0 ? code : $"{status} {code}")
{
    internal int Status { get; } = status;

    internal string Code { get; } = code;

    /// <summary>It may come right: no reply, or a server that is not well. What was asked for may have been done.</summary>
    internal bool IsTransient => Status is 0 or 408 or 429 or >= 500;

    internal bool IsDenied => Status is 401 or 403;

    internal bool IsNoContainer => Status == 404 && Code.StartsWith("Container", System.StringComparison.Ordinal);

    /// <summary>What it means for a log or a file of this name.</summary>
    internal LogException ToLog(string name) => new(
        IsTransient ? LogFault.Unavailable
        : IsNoContainer ? LogFault.NoContainer
        : Code == "LeaseAlreadyPresent" ? LogFault.Held
        : Code == "InvalidBlobType" ? LogFault.NotAFile
        : Code == "BlockCountExceedsLimit" ? LogFault.Full
        : LogFault.Denied,
        name,
        Message);
}
