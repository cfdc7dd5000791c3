using System.Management.Automation;

namespace ZhipuVideo.Commands;

/// <summary>Forgets what Connect-CogVideo has set for this runspace, the key first of all.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "CogVideo")]
public sealed class DisconnectCogVideoCommand : CogVideoCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing() => State.Disconnect();
}
