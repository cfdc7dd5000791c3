using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;

namespace ZhipuVideo.Console;

/// <summary>
/// Turns the words after the script into what a PowerShell prompt would have made of them, ready to be splatted:
/// <c>-Name</c> is a parameter, <c>-Name:value</c> a parameter with its value, anything else a value.
/// </summary>
internal sealed class ScriptArguments
{
    // The engine marks the parameter names among $args with this note, so that `& $command @args` binds them by name again
    private const string ParameterNameMark = "<CommandParameterName>";

    private readonly List<object> _inOrder = [];

    /// <summary>Reads the words.</summary>
    /// <param name="words">The words as the operating system gave them.</param>
    public ScriptArguments(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            int colon = word.IndexOf(':', StringComparison.Ordinal);
            // A negative number is a value, as at a prompt
            if (word is not ['-', var first, ..] || !(char.IsLetter(first) || first is '_' or '?'))
                _inOrder.Add(word);
            else if (colon > 0)
                Named[word[1..colon]] = ToValue(word[(colon + 1)..]);
            else
                _inOrder.Add(ToParameter(word));
        }
    }

    /// <summary>The parameters whose value follows a colon.</summary>
    public Hashtable Named { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Everything else, in the order of the command line.</summary>
    public object[] InOrder => _inOrder.ToArray();

    private static PSObject ToParameter(string word)
    {
        var parameter = new PSObject(word);
        parameter.Properties.Add(new PSNoteProperty(ParameterNameMark, word[1..]));
        return parameter;
    }

    private static object ToValue(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => text,
    };
}
