namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>
/// A library that is loaded before the C library (LD_PRELOAD) and answers for it when somebody asks for a lock, as file systems without locks
/// do: some say that they have none, some that all is well. Compiled where there is a compiler.
/// </summary>
internal static class LockShim
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdarg.h>

        #ifdef FLOCK
        int flock(int fd, int operation) { (void)fd; (void)operation; errno = ENOLCK; return FLOCK; }
        #endif

        #ifdef FCNTL
        static int locks(int command, void *argument, int fd, const char *name)
        {
            if (command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW) { errno = ENOLCK; return FCNTL; }
            int (*real)(int, int, void *) = (int (*)(int, int, void *))dlsym(RTLD_NEXT, name);
            return real(fd, command, argument);
        }
        int fcntl(int fd, int command, ...) { va_list l; va_start(l, command); void *a = va_arg(l, void *); va_end(l); return locks(command, a, fd, "fcntl"); }
        int fcntl64(int fd, int command, ...) { va_list l; va_start(l, command); void *a = va_arg(l, void *); va_end(l); return locks(command, a, fd, "fcntl64"); }
        #endif
        """;

    /// <summary>Whether it can be built here.</summary>
    internal static bool IsPossible => OperatingSystem.IsLinux() && Child.Exists("cc");

    /// <summary>Builds one and gives the variable that puts it before the C library.</summary>
    /// <param name="folder">Where it is built.</param>
    /// <param name="flock">What flock answers: -1 with ENOLCK, or 0; null = it is left alone.</param>
    /// <param name="fcntl">The same for fcntl's locks.</param>
    internal static async Task<(string Name, string Value)> BuildAsync(string folder, int? flock, int? fcntl)
    {
        string source = Path.Combine(folder, "shim.c"), library = Path.Combine(folder, "shim.so");
        await File.WriteAllTextAsync(source, Source);
        string[] defines = [.. flock is null ? (string[])[] : [$"-DFLOCK={flock}"], .. fcntl is null ? (string[])[] : [$"-DFCNTL={fcntl}"]];
        using Process compiler = Process.Start("cc", ["-shared", "-fPIC", .. defines, "-o", library, source, "-ldl"]);
        await compiler.WaitForExitAsync();
        Assert.Equal(0, compiler.ExitCode);
        return ("LD_PRELOAD", library);
    }
}

/// <summary>A theory that builds a <see cref="LockShim"/>; skipped, and said so, where that cannot be done.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LockShimTheoryAttribute : TheoryAttribute
{
    public LockShimTheoryAttribute()
    {
        if (!LockShim.IsPossible) Skip = "a library before the C library needs Linux and a C compiler (cc)";
    }
}
