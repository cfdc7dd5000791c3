using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Storage;

/// <summary>
/// Where videos and covers are put. It promises that a name only ever holds complete bytes: they gather in an <see cref="IPartFile"/>, which
/// gets its name at the end, in one step. What fails is a <see cref="CogVideoException"/>, never an <see cref="IOException"/> or an error of
/// HTTP: the download would take those for its own server's and try again.
/// </summary>
internal interface IVideoStore
{
    /// <summary>What errors call it: a folder's full path, an address without its query.</summary>
    string Place { get; }

    /// <summary>How many bytes of UTF-8 a stem may have, beside an id, a counter and an extension.</summary>
    int MaxStemBytes { get; }

    /// <summary>The full path or address of a name, as results carry it.</summary>
    string GetPath(string name);

    /// <summary>The name in such a path or address.</summary>
    string GetName(string path);

    /// <summary>Whether anything has a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="job">How messages name the job.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CogVideoException">What has the name must be neither followed nor replaced.</exception>
    ValueTask<bool> ExistsAsync(string name, string job, CancellationToken cancellationToken);

    /// <summary>Opens what has a name, to be read at any position; null when it is not a complete file, or somebody holds it.</summary>
    ValueTask<Stream?> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>What a dead run of this job has left, to go on with; what cannot be gone on with is removed. Null when there is nothing.</summary>
    ValueTask<IPartFile?> ClaimAsync(PartName name, CancellationToken cancellationToken);

    /// <summary>A new, empty part file, which nobody else can claim while it is open.</summary>
    IPartFile Create(PartName name);
}

/// <summary>Which part files may go on with each other's bytes.</summary>
/// <param name="Stem">The wanted name without its extension, made safe.</param>
/// <param name="Id">The job's id, made safe.</param>
/// <param name="Job">How messages name the job.</param>
/// <param name="Target">The name that it will most likely get; null = not known before its first bytes are.</param>
internal sealed record PartName(string Stem, string Id, string Job, string? Target = null);

/// <summary>The bytes of one download until they are complete. Disposed of, it is kept for a later run where the place can, unless it is empty.</summary>
internal interface IPartFile : IDisposable
{
    long Length { get; }

    /// <summary>Says how long it will be.</summary>
    /// <exception cref="CogVideoException">There is no room for that.</exception>
    void Expect(long length);

    /// <summary>Adds bytes; the buffer is the caller's again when the task is complete.</summary>
    ValueTask AppendAsync(byte[] buffer, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Reads back, fewer than <paramref name="count"/> bytes only at the end. Asked for are, as far as this run has appended them, the first
    /// and the last 64 KiB alone, and of what was claimed anything.
    /// </summary>
    int Read(long offset, byte[] buffer, int count);

    /// <summary>Empties it: what it holds and what comes are not one file.</summary>
    void Restart();

    /// <summary>Makes its bytes durable and gives them their final name, in one step, also when another process tries the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="replace">Whether it takes the place of what has the name.</param>
    /// <param name="cancellationToken">Gives up before the name is given.</param>
    /// <exception cref="CogVideoException">The bytes are not durable, and are gone; or the name cannot be given, and they are kept.</exception>
    Task<Placement> PlaceAsync(string name, bool replace, CancellationToken cancellationToken);

    void Discard();
}

internal enum Placement
{
    /// <summary>The bytes have it.</summary>
    Placed,

    /// <summary>The same bytes had it before; the part file is gone.</summary>
    AlreadyThere,

    /// <summary>Something else has it; nothing has changed.</summary>
    Taken,

    /// <summary>The bytes were sent for a name that something else has got meanwhile: they must come once more.</summary>
    Again,
}
