using System.IO;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>Reads that do not stop at the first few bytes.</summary>
internal static class StreamReading
{
    /// <summary>Reads until the buffer holds <paramref name="count"/> bytes or the stream ends; returns how many it holds.</summary>
    internal static int Fill(this Stream stream, byte[] buffer, int count)
    {
        int filled = 0;
        int read;
        while (filled < count && (read = stream.Read(buffer, filled, count - filled)) > 0)
        {
            filled += read;
        }

        return filled;
    }

    /// <summary>Reads once what has come, at most <paramref name="count"/> bytes.</summary>
#if NET
    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    internal static async ValueTask<int> ReceiveAsync(this Stream stream, byte[] buffer, int offset, int count, IdleWatch idle)
    {
#if NET
        int read = await stream.ReadAsync(new System.Memory<byte>(buffer, offset, count), idle.Token).ConfigureAwait(false);
#else
        int read = await stream.ReadAsync(buffer, offset, count, idle.Token).ConfigureAwait(false);
#endif
        idle.Touch(read);
        return read;
    }

    /// <summary>
    /// Reads from the wire until the buffer holds <paramref name="count"/> bytes or the stream ends; returns how many it holds.
    /// </summary>
    internal static async Task<int> FillAsync(this Stream stream, byte[] buffer, int filled, int count, IdleWatch idle)
    {
        int read;
        while (filled < count && (read = await stream.ReceiveAsync(buffer, filled, count - filled, idle).ConfigureAwait(false)) > 0)
        {
            filled += read;
        }

        return filled;
    }
}
