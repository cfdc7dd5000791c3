using System.Text;

namespace ZhipuVideo.Tests;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("zhipuvideo-").FullName;

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

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
