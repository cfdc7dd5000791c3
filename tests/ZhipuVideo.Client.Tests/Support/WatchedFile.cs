using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>A real file that can run out of room, fail to flush, or take its time, and knows what was flushed.</summary>
internal sealed class WatchedFile(SafeFileHandle file) : FileStream(file, FileAccess.ReadWrite, 0)
{
    internal ManualResetEventSlim Gate { get; } = new(true);

    internal ManualResetEventSlim Flushing { get; } = new(false);

    internal long RoomLeft { get; set; } = long.MaxValue;

    /// <summary>What a flush fails with; null = it works.</summary>
    internal IOException? FlushFault { get; set; }

    internal int Flushes { get; private set; }

    internal long FlushedLength { get; private set; }

    /// <summary>What the system says when a disk is full.</summary>
    internal static IOException NoRoom() => new("No space left on device", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    /// <summary>From now on a flush says so in <see cref="Flushing"/> and waits for <see cref="Gate"/>.</summary>
    internal void HoldNextFlush()
    {
        Gate.Reset();
        Flushing.Reset();
    }

    public override void Write(byte[] array, int offset, int count)
    {
        base.Write(array, offset, (int)Math.Min(count, RoomLeft));
        if (count > RoomLeft) throw NoRoom();
        RoomLeft -= count;
    }

    public override void Flush(bool flushToDisk)
    {
        if (FlushFault is not null) throw FlushFault;
        long length = Position;
        Flushing.Set();
        Gate.Wait();
        base.Flush(flushToDisk);
        if (!flushToDisk) return;
        Flushes++;
        FlushedLength = length;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        Gate.Dispose();
        Flushing.Dispose();
    }
}
