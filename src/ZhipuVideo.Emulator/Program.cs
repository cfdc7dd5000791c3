using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using ZhipuVideo.Emulator;

// The emulator as a program: says where it listens, then runs until it is told to end or its parent is gone.
if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}
try
{
    CommandLine line = CommandLine.Parse(args);
    TaskCompletionSource end = new TaskCompletionSource();
    void End(PosixSignalContext context)
    {
        context.Cancel = true;
        end.TrySetResult();
    }
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    using Process? parent = line.ParentPid is { } pid ? Process.GetProcessById(pid) : null;

    await using EmulatorServer server = await EmulatorServer.StartAsync(line.Options);
    Console.WriteLine($"API     {server.BaseUri}");
    Console.WriteLine($"Files   {server.FilesUri}");
    Console.WriteLine($"Control {server.ControlUri}");
    await Task.WhenAny(end.Task, parent?.WaitForExitAsync() ?? Task.Delay(-1));
    return 0;
}
catch (Exception e) when (e is ArgumentException or FormatException or JsonException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
