using System.Runtime.CompilerServices;

namespace ZhipuVideo.Tests;

/// <summary>Whatever a test forgets to say, nothing goes to a real address and no key of this machine is used.</summary>
internal static class SafetyNet
{
    /// <summary>Nobody listens there.</summary>
    public const string Nowhere = "http://127.0.0.1:1/nobody";

    [ModuleInitializer]
    internal static void Spread()
    {
        Environment.SetEnvironmentVariable("ZHIPUAI_API_KEY", null);
        Environment.SetEnvironmentVariable("ZAI_API_KEY", null);
        foreach (string storage in (string[])["CONNECTION_STRING", "ACCOUNT", "KEY", "SAS_TOKEN"]) Environment.SetEnvironmentVariable("AZURE_STORAGE_" + storage, null);
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", null);
        Environment.SetEnvironmentVariable("ZHIPUAI_BASE_URL", Nowhere);
        Environment.SetEnvironmentVariable("ZAI_BASE_URL", Nowhere);
    }
}
