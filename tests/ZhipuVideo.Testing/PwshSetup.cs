namespace ZhipuVideo.Tests;

/// <summary>Around a run of PowerShell.</summary>
public sealed record PwshSetup
{
    /// <summary>The module imported, with an address and a key in its environment.</summary>
    public static PwshSetup Connected(string baseUri, string key, string folder) =>
        new() { Folder = folder, Import = true, Environment = { ["ZHIPUAI_BASE_URL"] = baseUri, ["ZHIPUAI_API_KEY"] = key } };

    /// <summary>The working directory.</summary>
    public string Folder { get; init; } = Path.GetTempPath();

    /// <summary>PSModulePath beside the shell's own: by default nothing is installed, whatever shell the tests were started from.</summary>
    public string ModuleFolder { get; init; } = Path.Combine(Path.GetTempPath(), "no-modules");

    /// <summary>Standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Further environment variables.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Import the built module first.</summary>
    public bool Import { get; init; }
}
