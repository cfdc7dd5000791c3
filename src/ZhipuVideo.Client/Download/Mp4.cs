using System;
using System.Buffers.Binary;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Walks the boxes of an MP4 file (ISO/IEC 14496-12, 4.2), which tell the file's length a second time: a server may announce, and send,
/// too few bytes.
/// </summary>
internal static class Mp4
{
    private const int HeaderLength = 16;

    /// <summary>How many boxes are read. A video has a handful, one in fragments two for each; a file of nothing but headers millions.</summary>
    private const int MaxBoxes = 4096;

    // The boxes that stand at the top of files; behind anything else the walk ends, because writers do append what is not a box
    private const string Known = "ftyp moov mdat free skip wide moof mfra sidx styp uuid meta pdin ";

    /// <summary>Whether a box begins in the file and ends after the end of the file.</summary>
    internal static bool IsTruncated(IPartFile part)
    {
        byte[] header = new byte[HeaderLength];
        long offset = 0;
        for (int boxes = 0; boxes < MaxBoxes && offset < part.Length; boxes++)
        {
            int read = part.Read(offset, header, HeaderLength);
            long size = read < 8 || !IsKnown(header) ? 0 : BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size == 1 && read == HeaderLength) size = BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(8));
            if (size < 8) return false; // to the end of the file (0), or not a box
            if (size > part.Length - offset) return true;
            offset += size;
        }

        return false;
    }

    private static bool IsKnown(byte[] header)
    {
        string type = System.Text.Encoding.ASCII.GetString(header, 4, 4);
        return Known.Contains(type + " ");
    }
}
