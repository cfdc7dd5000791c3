using System.Reflection;
using Xunit.Sdk;

namespace ZhipuVideo.Tests;

/// <summary>A theory of one parameter: a case for each of these values.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EachAttribute(params object?[] values) : DataAttribute
{
    /// <summary>The values.</summary>
    public IReadOnlyList<object?> Values { get; } = values;

    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) => Values.Select(value => new[] { value });
}
