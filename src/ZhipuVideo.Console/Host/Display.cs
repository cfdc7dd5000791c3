using System;
using System.Management.Automation;

namespace ZhipuVideo.Console.Host;

/// <summary>
/// Formats what a script puts out, by the engine's Out-Default. That keeps rows back for 300 ms, to find the widths of columns; at the
/// end of a pipeline that throws, exits or is stopped it would lose them. Here it runs beside the pipeline and outlives it.
/// </summary>
internal sealed class Display : IDisposable
{
    private readonly SteppablePipeline _formatter;

    /// <summary>Begins; the thread must have its runspace.</summary>
    public Display()
    {
        _formatter = ScriptBlock.Create("Out-Default").GetSteppablePipeline(CommandOrigin.Internal);
        _formatter.Begin(expectInput: true);
    }

    /// <summary>Shows an object, now or together with those that follow.</summary>
    /// <param name="value">The object.</param>
    public void Show(PSObject value) => _formatter.Process(value);

    /// <summary>Shows what is still held.</summary>
    public void Dispose()
    {
        _formatter.End();
        _formatter.Dispose();
    }
}
