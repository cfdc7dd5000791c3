using System;
using System.IO;
using System.Management.Automation;
using System.Net;
using System.Security;
using ZhipuVideo.Rows;

namespace ZhipuVideo.Session;

/// <summary>Where the key and the address come from: the parameters, else Connect-CogVideo, else one pair of environment variables, never mixed.</summary>
internal static class Endpoints
{
    /// <summary>The international service's address, the default of its own SDK for ZAI_API_KEY.</summary>
    private const string InternationalBaseUri = "https://api.z.ai/api/paas/v4";

    /// <summary>The endpoint and a word on where its key came from. Throws <see cref="ErrorReason.NoApiKey"/> when there is none.</summary>
    internal static (ServiceEndpoint Endpoint, string KeySource) Resolve(
        SecureString? apiKey, PSCredential? credential, string? baseUri, ServiceEndpoint? connected, string? connectedSource)
    {
        if (apiKey is not null || credential is not null)
        {
            string text = new NetworkCredential("", apiKey ?? credential!.Password).Password;
            string? address = baseUri ?? connected?.BaseUri.AbsoluteUri ?? Environment.GetEnvironmentVariable("ZHIPUAI_BASE_URL");
            return (new ServiceEndpoint(ApiKey.Parse(text), address), apiKey is not null ? "-ApiKey" : "-Credential");
        }
        if (connected is not null)
            return (baseUri is null ? connected : new ServiceEndpoint(connected.Key, baseUri), connectedSource ?? "Connect-CogVideo");
        return FromEnvironment("ZHIPUAI_API_KEY", baseUri, "ZHIPUAI_BASE_URL", ServiceEndpoint.DefaultBaseUri)
            ?? FromEnvironment("ZAI_API_KEY", baseUri, "ZAI_BASE_URL", InternationalBaseUri)
            ?? throw new CogVideoException(ErrorReason.NoApiKey, MessageKey.NoApiKey, WayWithoutKey());
    }

    private static (ServiceEndpoint, string)? FromEnvironment(string keyName, string? baseUri, string baseName, string defaultBase)
    {
        string? key = Environment.GetEnvironmentVariable(keyName);
        if (string.IsNullOrWhiteSpace(key)) return null;
        string? fromEnvironment = Environment.GetEnvironmentVariable(baseName);
        string address = baseUri ?? (string.IsNullOrWhiteSpace(fromEnvironment) ? defaultBase : fromEnvironment!);
        return (new ServiceEndpoint(ApiKey.Parse(key), address), keyName);
    }

    /// <summary>How to try it without a key: the emulator where the module stands in its sources, else the help, which tells where they are.</summary>
    private static string WayWithoutKey()
    {
        string location = typeof(Endpoints).Assembly.Location;
        string root = location.Length == 0 ? "" : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(location)!, "..", ".."));
        string console = Path.Combine(root, "src", "ZhipuVideo.Console"), script = Path.Combine(root, "src", "Examples", "Quickstart.ps1");
        return Directory.Exists(console) && File.Exists(script)
            ? $"dotnet run --project \"{console}\" -- --offline \"{script}\""
            : "Get-Help about_ZhipuVideo";
    }
}

/// <summary>Lets -ApiKey take a plain text too, and turns it into a SecureString before anything can show it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ApiKeyTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = Cells.Bare(inputData);
        if (value is not string text) return Cells.IsEmpty(inputData) ? null! : value!;
        SecureString secure = new NetworkCredential("", text).SecurePassword;
        secure.MakeReadOnly();
        return secure;
    }
}

/// <summary>
/// A credential that is not there is the empty one, before <see cref="CredentialAttribute"/> sees it, which would ask for one: in a runbook
/// there is nobody to ask.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NoCredentialIsNoneAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Cells.IsEmpty(inputData) ? PSCredential.Empty : inputData;
}
