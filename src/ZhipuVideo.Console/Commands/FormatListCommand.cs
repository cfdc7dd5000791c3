using System.Management.Automation;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace ZhipuVideo.Console.Commands;

/// <summary>Format-List where the shell's own is absent; all parameters are the engine's.</summary>
[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    /// <summary>Creates the cmdlet.</summary>
    public FormatListCommand() => EngineFormatting.UseShape(this, "List");
}
