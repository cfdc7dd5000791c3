using System;
using System.Globalization;
using System.Management.Automation.Host;
using System.Reflection;

namespace ZhipuVideo.Console.Host;

/// <summary>What the engine asks of the program around it.</summary>
internal sealed class ConsoleHost : PSHost
{
    private readonly ConsoleUI _ui;

    /// <summary>Creates the host.</summary>
    /// <param name="screen">Where everything is shown.</param>
    public ConsoleHost(Screen screen) => _ui = new ConsoleUI(screen);

    /// <summary>The code given to <c>exit</c> outside any script file, once it was called.</summary>
    public int? RequestedExit { get; private set; }

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override string Name => "ZhipuVideo.Console";

    /// <inheritdoc/>
    public override Version Version => Assembly.GetExecutingAssembly().GetName().Version!;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _ui;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => RequestedExit = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException("This console has no nested prompts.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException("This console has no nested prompts.");

    /// <summary>Called before a native command that uses the terminal: nothing here has to be put aside.</summary>
    public override void NotifyBeginApplication()
    {
    }

    /// <inheritdoc cref="NotifyBeginApplication"/>
    public override void NotifyEndApplication()
    {
    }
}
