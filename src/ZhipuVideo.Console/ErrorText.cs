using System;
using System.Management.Automation;

namespace ZhipuVideo.Console;

/// <summary>Puts an error into the words that a person needs: who says it, what, and where when it is the script's own.</summary>
internal static class ErrorText
{
    /// <summary>Describes an exception that ended a pipeline.</summary>
    /// <param name="exception">The exception; its error record is used where it carries one.</param>
    public static string Describe(Exception exception) =>
        exception is IContainsErrorRecord { ErrorRecord: { } record } ? Describe(record) : exception.Message;

    /// <summary>
    /// <c>CmdletName: message</c> for what a compiled cmdlet reports; with the position for anything that a script file did wrong,
    /// wrong parameters included. What a native command wrote to its standard error stays as it is.
    /// </summary>
    /// <param name="record">The error.</param>
    public static string Describe(ErrorRecord record)
    {
        string message = record.ErrorDetails?.Message is { Length: > 0 } details ? details : record.Exception.Message;
        if (record.FullyQualifiedErrorId.StartsWith("NativeCommandError", StringComparison.Ordinal))
            return message;

        InvocationInfo? invocation = record.InvocationInfo;
        string text = $"{invocation?.MyCommand?.Name ?? "Error"}: {message}";
        if (record.ErrorDetails?.RecommendedAction is { Length: > 0 } action)
            text += Environment.NewLine + action;
        if (IsOfScript(record) && invocation is { ScriptName.Length: > 0, PositionMessage: { Length: > 0 } position })
            text += Environment.NewLine + position;

        return text;
    }

    // A parse error brings its positions along, one for each mistake
    private static bool IsOfScript(ErrorRecord record) =>
        record.Exception is ParameterBindingException
        || (record.InvocationInfo?.MyCommand is not CmdletInfo && record.Exception is not ParseException);
}
