using System.Runtime.InteropServices;

namespace ZhipuVideo.Benchmarks.Download;

/// <summary>The calls of Linux that the benchmark needs.</summary>
internal static partial class Native
{
    /// <summary>User and system CPU seconds of this process, or of its ended children.</summary>
    internal static double CpuSeconds(bool ofChildren)
    {
        long[] usage = new long[18];
        _ = GetUsage(ofChildren ? -1 : 0, usage);
        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "sendfile64")]
    internal static partial nint SendFile(SafeHandle target, SafeHandle source, ref long offset, nint count);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, [Out] long[] usage);
}
