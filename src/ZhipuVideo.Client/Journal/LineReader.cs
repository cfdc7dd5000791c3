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

    /// <summary>Reads a file from its beginning.</summary>
    internal LineReader(Stream stream)
    {
        _stream = stream;
        _stream.Position = 0;
        _buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
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
        int searched = 0;
        long start = NextOffset;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                line = IsTooLong ? default : _buffer.AsSpan(_start, length);
                _start += length + 1;
                IsTerminated = true;
                return true;
            }
            searched = _end - _start;
            if (searched >= MaxLine)
            {
                IsTooLong = true;
                _bufferOffset += _end;
                _start = _end = searched = 0;
            }
            if (Fill()) continue;
            line = IsTooLong ? default : _buffer.AsSpan(_start, _end - _start);
            bool any = NextOffset + _end - _start > start;
            _start = _end;
            IsTerminated = false;
            return any;
        }
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
