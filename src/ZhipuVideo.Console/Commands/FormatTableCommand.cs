using System.Management.Automation;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace ZhipuVideo.Console.Commands;

/// <summary>Format-Table where the shell's own is absent; all parameters are the engine's.</summary>
[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    /// <summary>Creates the cmdlet.</summary>
    public FormatTableCommand() => EngineFormatting.UseShape(this, "Table");
}
