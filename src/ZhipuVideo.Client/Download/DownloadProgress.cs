using System.Threading;

namespace ZhipuVideo.Download;

/// <summary>How far a <see cref="Downloader"/> has come. Reading takes no lock; neither figure ever falls.</summary>
internal sealed class DownloadProgress
{
    private long _bytesDone;
    private long _bytesExpected;

    /// <summary>Bytes received, each counted once however often it had to be sent, and bytes found in place.</summary>
    internal long BytesDone => Interlocked.Read(ref _bytesDone);

    /// <summary>The length of all files whose length is known so far.</summary>
    internal long BytesExpected => Interlocked.Read(ref _bytesExpected);

    internal void Expect(long bytes) => Interlocked.Add(ref _bytesExpected, bytes);

    internal void Receive(long bytes) => Interlocked.Add(ref _bytesDone, bytes);
}
