using System;

namespace ZhipuVideo.Package;

/// <summary>Something that a gallery would refuse, or its visitors would miss; in the form that MSBuild shows as an error of that file.</summary>
/// <param name="file">The manifest.</param>
/// <param name="message">What is wrong.</param>
internal sealed class ManifestException(string file, string message) : Exception($"{file}: error PACKAGE: {message}");
