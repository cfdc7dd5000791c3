using System.Collections.Generic;
using System.IO;

namespace ZhipuVideo.Tests.Console;

/// <summary>Around a run of the console.</summary>
internal sealed record ConsoleSetup
{
    /// <summary>The working directory.</summary>
    public string Folder { get; init; } = Path.GetTempPath();

    /// <summary>PSModulePath: by default nothing is installed, whatever shell the tests were started from.</summary>
    public string ModuleFolder { get; init; } = Path.Combine(Path.GetTempPath(), "no-modules");

    /// <summary>Standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Further environment variables.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Import the module first.</summary>
    public bool Import { get; init; }
}
