using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Resources;

namespace ZhipuVideo;

/// <summary>
/// The words shown to people: <c>Messages.resx</c> and one file per further language, chosen by the thread's UI culture.
/// The keys are constants of <see cref="MessageKey"/>, which the build writes from the resource file.
/// </summary>
internal static class Messages
{
    /// <summary>A cell of a megabyte makes no message of a megabyte.</summary>
    private const int MaxArgument = 500;

    private static readonly ResourceManager Resources = new("ZhipuVideo.Messages", typeof(Messages).Assembly);

    /// <summary>
    /// The text with its gaps filled. Numbers and dates are written the same everywhere; what would steer a terminal is a blank.
    /// </summary>
    internal static string Format(string key, params object?[] arguments) =>
        string.Format(CultureInfo.InvariantCulture, Find(key) ?? key, Array.ConvertAll(arguments, Readable));

    /// <summary>The text, or null when there is none of that key.</summary>
    internal static string? Find(string key) => Resources.GetString(key, CultureInfo.CurrentUICulture);

    /// <summary>All texts whose keys begin so, by the rest of the key.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> WithPrefix(string prefix) =>
        Resources.GetResourceSet(CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: false)!
            .Cast<DictionaryEntry>()
            .Select(entry => (string)entry.Key)
            .Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(key => key, StringComparer.Ordinal)
            .Select(key => new KeyValuePair<string, string>(key.Substring(prefix.Length), Find(key)!));

    /// <summary>
    /// Numbers and times as they are, all else as text: that an object can format itself (one of the shell's that wraps a piped text can) says
    /// nothing of what it writes.
    /// </summary>
    private static object? Readable(object? argument)
    {
        if (argument is null or decimal or DateTime or DateTimeOffset or TimeSpan || argument.GetType().IsPrimitive) return argument;
        string text = argument switch
        {
            string s => s,
            CogVideoException error => error.Message, // in the words of the reader's language
            IEnumerable list => string.Join(Find(MessageKey.ListComma), list.Cast<object>().Select(item => Convert.ToString(item, CultureInfo.InvariantCulture))),
            _ => argument.ToString() ?? "",
        };
        return ScreenText.Sanitize(text.Length > MaxArgument ? text.Substring(0, MaxArgument) + "..." : text);
    }
}
