using System;
using System.Buffers.Binary;
using System.Text;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Walks the boxes of an MP4 file (ISO/IEC 14496-12, 4.2) while it comes. They tell its length a second time: a server may announce, and
/// send, too few bytes.
/// </summary>
internal sealed class Mp4Boxes
{
    private const int HeaderLength = 16;
    private const int ShortHeaderLength = 8;

    /// <summary>How many boxes are read. A video has a handful, one in fragments two for each; a file of nothing but headers millions.</summary>
    private const int MaxBoxes = 4096;

    // The boxes that stand at the top of files; behind anything else the walk ends, because writers do append what is not a box
    private const string Known = "ftyp moov mdat free skip wide moof mfra sidx styp uuid meta pdin ";

    private readonly byte[] _header = new byte[HeaderLength];
    private long _start;
    private int _filled;
    private int _boxes;
    private bool _isOver;

    /// <summary>Whether a box begins in the file and ends after the end of the file.</summary>
    internal bool IsTruncated(long length) => _start > length;

    /// <summary>Takes what an earlier run has received.</summary>
    internal void TakeFrom(IPartFile? part)
    {
        byte[] bytes = new byte[HeaderLength];
        for (int read = -1; part is not null && read != 0 && !_isOver && _start + _filled < part.Length;)
        {
            long offset = _start + _filled;
            read = part.Read(offset, bytes, HeaderLength);
            Take(offset, bytes, read);
        }
    }

    internal void Take(long offset, byte[] bytes, int count)
    {
        while (!_isOver && _start + _filled < offset + count)
        {
            int at = (int)(_start + _filled - offset);
            int taken = Math.Min(HeaderLength - _filled, count - at);
            Buffer.BlockCopy(bytes, at, _header, _filled, taken);
            _filled += taken;
            if (_filled < ShortHeaderLength) return;
            long size = BinaryPrimitives.ReadUInt32BigEndian(_header);
            if (size == 1 && _filled < HeaderLength) return;
            if (size == 1) size = BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(ShortHeaderLength));
            // To the end of the file (0), or not a box
            _isOver = size < ShortHeaderLength || ++_boxes > MaxBoxes || !Known.Contains(Encoding.ASCII.GetString(_header, 4, 4) + " ");
            if (_isOver) return;
            _start = size > long.MaxValue - _start ? long.MaxValue : _start + size;
            _filled = 0;
        }
    }
}
