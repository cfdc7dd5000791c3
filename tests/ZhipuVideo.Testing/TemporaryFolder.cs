namespace ZhipuVideo.Tests;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <param name="prefix">What its name begins with.</param>
    public TemporaryFolder(string prefix = "zhipuvideo-") => FullName = Directory.CreateTempSubdirectory(prefix).FullName;

    public string FullName { get; }

    /// <summary>The full paths of its files, hidden ones included.</summary>
    public string[] Files => Directory.GetFiles(FullName);

    /// <summary>The full path of a name in it.</summary>
    public string this[string name] => Path.Combine(FullName, name);

    /// <summary>Writes a file as UTF-8 without a byte order mark.</summary>
    /// <returns>Its full path.</returns>
    public string Write(string name, string text) => Write(name, new UTF8Encoding(false).GetBytes(text));

    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes a picture by its signature, the rest of it zeros.</summary>
    /// <returns>Its full path.</returns>
    public string WritePng(string name, int length) => Write(name, [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. new byte[length - 8]]);

    public override string ToString() => FullName;

    public static implicit operator string(TemporaryFolder folder) => folder.FullName;

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
