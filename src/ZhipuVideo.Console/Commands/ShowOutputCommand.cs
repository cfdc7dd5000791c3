using System;
using System.Management.Automation;

namespace ZhipuVideo.Console.Commands;

/// <summary>
/// Ends every pipeline of the console: Out-Default, which however also shows what it still holds when the script throws, exits or
/// is stopped. Out-Default alone keeps rows back for 300 ms, to find the widths of columns, and loses them then.
/// </summary>
[Cmdlet(VerbsCommon.Show, "Output")]
internal sealed class ShowOutputCommand : PSCmdlet, IDisposable
{
    private SteppablePipeline? _display;

    /// <summary>The command as the engine wants it; the name is not there for scripts.</summary>
    public static CmdletInfo Info { get; } = new("Show-Output", typeof(ShowOutputCommand));

    /// <summary>What the script puts out.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    public void Dispose() => Finish();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _display = ScriptBlock.Create("Out-Default").GetSteppablePipeline(CommandOrigin.Internal);
        _display.Begin(expectInput: true);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _display!.Process(InputObject);

    /// <inheritdoc/>
    protected override void EndProcessing() => Finish();

    private void Finish()
    {
        _display?.End();
        _display?.Dispose();
        _display = null;
    }
}
