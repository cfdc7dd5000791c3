using Xunit;

namespace ZhipuVideo.Tests;

/// <summary>A test against Azurite; skipped, and said so, where npm is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = Azurite.Missing!;
}

/// <inheritdoc cref="AzuriteFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute() => Skip = Azurite.Missing!;
}
