#if NETFRAMEWORK
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;

namespace ZhipuVideo.Session;

/// <summary>
/// Finds the assemblies in the module's folder where .NET Framework gives up. It looks in the folder of the program first, and when that has an
/// older System.Memory or System.Text.Json (an editor's or a server's that hosts PowerShell), it looks nowhere else. Answered is only who asks
/// from that folder, and only for the very assembly that lies there: another module's question is not ours.
/// </summary>
internal static class OwnAssemblies
{
    private static readonly string Folder = Path.GetDirectoryName(typeof(OwnAssemblies).Assembly.Location)!;

    private static readonly Lazy<Dictionary<string, string>> Paths =
        new(() => Directory.GetFiles(Folder, "*.dll").ToDictionary(path => AssemblyName.GetAssemblyName(path).FullName));

    /// <summary>
    /// Begins to answer; asked again it changes nothing. It goes on when the module is removed: what is under way may still need an assembly.
    /// </summary>
    internal static void Register()
    {
        AppDomain.CurrentDomain.AssemblyResolve -= Find;
        AppDomain.CurrentDomain.AssemblyResolve += Find;
    }

    private static Assembly? Find(object sender, ResolveEventArgs question) =>
        IsOurs(question.RequestingAssembly) && Paths.Value.TryGetValue(new AssemblyName(question.Name).FullName, out string? path)
            ? Assembly.LoadFrom(path)
            : null;

    private static bool IsOurs(Assembly? asking) =>
        asking is { IsDynamic: false } && string.Equals(Path.GetDirectoryName(asking.Location), Folder, StringComparison.OrdinalIgnoreCase);
}
#endif
