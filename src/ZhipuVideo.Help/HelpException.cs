using System;

namespace ZhipuVideo.Help;

/// <summary>A mistake in a help text, or a disagreement between it and the cmdlets; in the form that MSBuild shows as an error of that file.</summary>
/// <param name="file">The Markdown file.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="message">What is wrong.</param>
internal sealed class HelpException(string file, int line, string message) : Exception($"{file}({line}): error HELP: {message}");
