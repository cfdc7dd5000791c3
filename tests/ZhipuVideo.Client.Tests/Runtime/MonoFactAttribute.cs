namespace ZhipuVideo.Client.Tests.Runtime;

/// <summary>A test that needs Mono (Debian: mono-runtime and libmono-system-net-http4.0-cil); skipped, and said so, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MonoFactAttribute : FactAttribute
{
    public MonoFactAttribute() => Skip = Child.Exists("mono") ? null! : "mono is not on this machine";
}
