using Microsoft.Win32.SafeHandles;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>
/// The disk that a journal is written to: flushes take time, the process may die while it writes, and there may be no room left.
/// The journal's writer is scheduled by it, on the world's clock.
/// </summary>
internal sealed class SimulatedDisk(World world, SimulatedProcess process) : TaskScheduler
{
    private readonly List<Task> _waiting = [];

    /// <summary>Writes until the process dies in the midst of one; null = never.</summary>
    public int? DiesAtWrite { get; set; }

    /// <summary>Writes until the disk is full; null = never.</summary>
    public int? FullAtWrite { get; set; }

    public ILogStore Logs => new FileLogStore(file => new SimulatedFile(file, world, process, this));

    /// <summary>Lets the writers that wait for their time do their work now: before a journal can be closed.</summary>
    public void Drain()
    {
        while (_waiting.Count > 0) Run(_waiting[0]);
    }

    protected override void QueueTask(Task task)
    {
        _waiting.Add(task);
        process.After(world.Between(.0005, .03), () => Run(task));
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _waiting;

    private void Run(Task task)
    {
        if (_waiting.Remove(task)) TryExecuteTask(task);
    }

    private sealed class SimulatedFile(SafeFileHandle file, World world, SimulatedProcess process, SimulatedDisk disk)
        : FileStream(file, FileAccess.ReadWrite, 0)
    {
        private const int NoSpaceLeft = 28;
        private static readonly int DiskFull = OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : NoSpaceLeft;

        public override void Write(byte[] array, int offset, int count)
        {
            if (!process.IsAlive) return;
            bool isFull = disk.FullAtWrite-- <= 0;
            bool dies = disk.DiesAtWrite-- <= 0;
            int written = isFull || dies ? world.Between(0, count) : count;
            base.Write(array, offset, written);
            world.Note(written == count ? "  written" : "  written in part");
            if (dies) process.Die();
            else if (isFull) throw new IOException("No space left on device", DiskFull);
        }

        public override void Flush(bool flushToDisk)
        {
            // The file outlives the process, and no power fails here
        }
    }
}
