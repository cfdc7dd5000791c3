using System;
using System.IO;

namespace ZhipuVideo;

/// <summary>A video in a blob container, as Save-CogVideo emits it; it has the notes that a file has.</summary>
public sealed class CogVideoBlob
{
    internal CogVideoBlob(string address, long length) => (FullName, Length) = (address, length);

    /// <summary>The blob's address, without a query.</summary>
    public string FullName { get; }

    /// <summary>The last part of its name.</summary>
    public string Name => Path.GetFileName(Uri.UnescapeDataString(new Uri(FullName).AbsolutePath));

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>The address.</summary>
    public override string ToString() => FullName;
}
