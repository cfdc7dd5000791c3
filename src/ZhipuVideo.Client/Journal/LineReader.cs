using System;
using System.Buffers;
using System.IO;

namespace ZhipuVideo.Journaling;

/// <summary>Cuts a file into lines without making a string of any of them. Memory is one pooled buffer, as long as the longest line.</summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>Lines of so many bytes are not records: they are passed over without being held. None is written either.</summary>
    internal const int MaxLine = 64 << 20;

    private readonly Stream _stream;
    private byte[] _buffer;
    private long _bufferOffset;
    private int _start;
    private int _end;

    /// <param name="stream">The file.</param>
    /// <param name="offset">Where its first line starts.</param>
    /// <param name="bytes">How much is read at once.</param>
    internal LineReader(Stream stream, long offset = 0, int bytes = 1 << 17)
    {
        _stream = stream;
        _stream.Position = _bufferOffset = offset;
        _buffer = ArrayPool<byte>.Shared.Rent(bytes);
    }

    /// <summary>Where the next line starts.</summary>
    internal long NextOffset => _bufferOffset + _start;

    /// <summary>Whether the line that was read last ends with a line feed; false only for a file's last line.</summary>
    internal bool IsTerminated { get; private set; }

    /// <summary>Whether the line that was read last has <see cref="MaxLine"/> bytes or more; it then reads as empty.</summary>
    internal bool IsTooLong { get; private set; }

    /// <summary>The next line without its line feed, valid until the next call.</summary>
    internal bool TryRead(out ReadOnlySpan<byte> line)
    {
        IsTooLong = false;
        long start = NextOffset;
        int length, searched = 0;
        while ((length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0)
        {
            searched = _end - _start;
            if (searched >= MaxLine)
            {
                IsTooLong = true;
                _bufferOffset += _end;
                _start = _end = searched = 0;
            }
            if (!Fill()) break;
        }
        IsTerminated = length >= 0;
        length = IsTerminated ? searched + length : _end - _start;
        line = IsTooLong ? default : _buffer.AsSpan(_start, length);
        _start += IsTerminated ? length + 1 : length;
        return NextOffset > start;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _bufferOffset += _start;
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            byte[] longer = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
            Buffer.BlockCopy(_buffer, 0, longer, 0, _end);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = longer;
        }
        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
