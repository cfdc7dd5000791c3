using System.IO;

namespace ZhipuVideo.Files;

internal static class StreamExtensions
{
    /// <summary>Reads until the buffer holds <paramref name="count"/> bytes or the stream ends; returns how many it holds.</summary>
    internal static int Fill(this Stream stream, byte[] buffer, int count)
    {
        int filled = 0;
        for (int read = -1; filled < count && read != 0; filled += read) read = stream.Read(buffer, filled, count - filled);
        return filled;
    }
}
