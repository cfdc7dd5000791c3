namespace ZhipuVideo.Tests;

/// <summary>Reads what came out of the module as a script would: by property names, never by its types.</summary>
internal static class Reading
{
    /// <summary>A property; null when there is none of that name.</summary>
    public static object? Get(this PSObject value, string property) =>
        value.Properties[property]?.Value is PSObject wrapped ? wrapped.BaseObject : value.Properties[property]?.Value;

    /// <summary>A property as text; null when it is null.</summary>
    public static string? Text(this PSObject value, string property) => Convert.ToString(value.Get(property), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    /// <summary>The stable part of an error's id.</summary>
    public static string Id(this ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    /// <summary>A property of the error's exception, such as Code.</summary>
    public static object? Of(this ErrorRecord error, string property) => PSObject.AsPSObject(error.Exception).Get(property);

    /// <summary>A property of the error's target.</summary>
    public static string? Target(this ErrorRecord error, string property) => PSObject.AsPSObject(error.TargetObject).Text(property);
}
