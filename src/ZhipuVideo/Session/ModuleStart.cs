#if NETFRAMEWORK
using System;
using System.Management.Automation;
using Microsoft.Win32;

namespace ZhipuVideo.Session;

/// <summary>What Windows PowerShell needs before the first cmdlet runs: a .NET Framework that is new enough, and our own assemblies.</summary>
public sealed class ModuleStart : IModuleAssemblyInitializer
{
    private const string Version = "4.7.2";

    /// <summary>The registry's number of .NET Framework 4.7.2 on the first Windows that had it (learn.microsoft.com, "Determine which .NET Framework versions are installed").</summary>
    private const int Release = 461808;

    /// <summary>Called by the engine when the module is imported.</summary>
    public void OnImport()
    {
        Check(Registry.GetValue(@"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full", "Release", null) as int?);
        OwnAssemblies.Register();
    }

    /// <summary>
    /// Throws where .NET Framework is too old: Windows PowerShell 5.1 does not look at the manifest's DotNetFrameworkVersion, and types that
    /// are not there would end the first cmdlet with words that nobody understands.
    /// </summary>
    /// <param name="release">The number in the registry; null when it is not there, which says nothing.</param>
    internal static void Check(int? release)
    {
        if (release < Release) throw new PlatformNotSupportedException(Messages.Format(MessageKey.FrameworkTooOld, Version, release));
    }
}
#endif
