namespace ZhipuVideo.Tests.Soak;

/// <summary>What a process holds at a moment, seen from outside.</summary>
/// <param name="Jobs">Jobs that it had finished by then.</param>
/// <param name="Megabytes">Resident memory.</param>
/// <param name="Handles">Open files and sockets.</param>
/// <param name="Sockets">Open sockets; 0 where the system does not tell.</param>
/// <param name="Threads">Threads.</param>
internal sealed record ProcessSample(int Jobs, double Megabytes, int Handles, int Sockets, int Threads)
{
    public override string ToString() =>
        $"{Jobs,7} jobs {Megabytes,7:F0} MB {Handles,5} handles {Sockets,5} sockets {Threads,4} threads";

    public static ProcessSample Take(Process process, int jobs)
    {
        process.Refresh();
        string[] handles = OpenHandles(process.Id);
        return new ProcessSample(
            jobs,
            process.WorkingSet64 / 1048576.0,
            handles.Length > 0 ? handles.Length : process.HandleCount,
            handles.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)),
            process.Threads.Count);
    }

    /// <summary>What the process's descriptors lead to; empty where there is no /proc.</summary>
    private static string[] OpenHandles(int id)
    {
        string folder = $"/proc/{id}/fd";
        return Directory.Exists(folder) ? Directory.GetFiles(folder).Select(Target).ToArray() : [];
    }

    private static string Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (IOException) // closed meanwhile
        {
            return "";
        }
    }
}
