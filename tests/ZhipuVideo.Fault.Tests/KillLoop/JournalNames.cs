using System.Runtime.InteropServices;

namespace ZhipuVideo.Tests.KillLoop;

/// <summary>A name under which a journal is opened.</summary>
internal enum JournalName
{
    /// <summary>Its own.</summary>
    Own,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A hard link.</summary>
    HardLink,

    /// <summary>Its own, in a folder that is reached by a link.</summary>
    FolderLink,
}

/// <summary>The names of one journal. Whatever a run calls it, it is the same journal.</summary>
internal static class JournalNames
{
    /// <summary>
    /// The full path of a name; the link is made when it is first asked for. The journal's own where there is no journal yet, or where links
    /// are a privilege.
    /// </summary>
    /// <param name="journal">The journal itself.</param>
    /// <param name="name">Which of its names.</param>
    /// <param name="folder">Where links to it are made.</param>
    public static string PathOf(string journal, JournalName name, string folder)
    {
        if (name == JournalName.Own || OperatingSystem.IsWindows() || !File.Exists(journal)) return journal;
        string link = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(journal)}.{name}");
        if (name == JournalName.FolderLink)
        {
            if (!Directory.Exists(link)) Directory.CreateSymbolicLink(link, Path.GetDirectoryName(journal)!);
            return Path.Combine(link, Path.GetFileName(journal));
        }
        if (File.Exists(link)) return link;
        if (name == JournalName.Link) File.CreateSymbolicLink(link, journal);
        else Assert.Equal(0, MakeHardLink(Encoding.UTF8.GetBytes(journal + '\0'), Encoding.UTF8.GetBytes(link + '\0')));
        return link;
    }

    [DllImport("libc", EntryPoint = "link")]
    private static extern int MakeHardLink(byte[] from, byte[] to);
}
