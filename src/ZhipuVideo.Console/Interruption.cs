using System;
using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Threading;
using ZhipuVideo.Console.Host;

namespace ZhipuVideo.Console;

/// <summary>
/// Ctrl+C, SIGTERM and a closed terminal stop the running pipeline as Ctrl+C does at a prompt: its cmdlets end what they have begun.
/// A second one, or one while no pipeline runs, ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly Screen _screen;
    private PowerShell? _running;

    /// <summary>Begins to listen.</summary>
    /// <param name="screen">Is told that the pipeline is being stopped.</param>
    public Interruption(Screen screen)
    {
        _screen = screen;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    /// <summary>From now on a signal stops this pipeline; null: there is none.</summary>
    /// <param name="pipeline">The pipeline; it must not be disposed before the next call.</param>
    public void Watch(PowerShell? pipeline)
    {
        lock (_lock)
            _running = pipeline;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_running is not null)
            {
                _running.BeginStop(null, null);
                _running = null;
                _screen.WriteNotice("Stopping. A second Ctrl+C ends at once.");
                return;
            }
        }

        Environment.Exit(ExitCode.Stopped);
    }
}
