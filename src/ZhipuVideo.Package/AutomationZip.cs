using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;

namespace ZhipuVideo.Package;

/// <summary>The archive that Azure Automation imports: one folder, named like the module, as the archive is; the module's files in it.</summary>
internal static class AutomationZip
{
    /// <summary>The first moment that a zip can hold: the bytes depend on the files only.</summary>
    internal static readonly DateTimeOffset Moment = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A regular file that everybody reads and its owner writes, in the form that zip has for Unix.</summary>
    private const int Attributes = (0x8000 | 0x1A4) << 16;

    /// <returns>The archive's path.</returns>
    internal static string Write(string folder, IEnumerable<string> files, string target)
    {
        string path = Path.Combine(target, Manifest.ModuleName + ".zip");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (string file in files)
        {
            ZipArchiveEntry entry = zip.CreateEntry($"{Manifest.ModuleName}/{file}");
            entry.LastWriteTime = Moment;
            entry.ExternalAttributes = Attributes;
            using Stream content = entry.Open();
            using FileStream source = File.OpenRead(Path.Combine(folder, file));
            source.CopyTo(content);
        }
        return path;
    }
}
