using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>Folders so deep that the name of a video does not fit behind them: told before anything is paid, not after.</summary>
[Trait("Phase", "download")]
public sealed class DeepFolderTests
{
    /// <summary>Linux' limit of a whole path, without the NUL at its end.</summary>
    private const int MaxPath = 4095;

    [UnixFact]
    public void F204_A_folder_that_takes_a_short_name_and_no_video_is_refused()
    {
        using TemporaryFolder folder = new();

        string deep = CreateFolder(folder, MaxPath - 1 - FileNames.MinLongestName);
        Assert.Equal(deep, DestinationFolder.Prepare(deep, create: true));
        string deeper = CreateFolder(folder, MaxPath - FileNames.MinLongestName);
        File.WriteAllText(Path.Combine(deeper, ".zhipuvideo.0a1b2c3d.e4f"), "");
        Assert.Equal(ErrorReason.DestinationUnusable, Assert.Throws<CogVideoException>(() => DestinationFolder.Prepare(deeper, create: true)).Reason);

        Assert.Empty(Directory.GetFileSystemEntries(deep));
        Assert.Empty(Directory.GetFileSystemEntries(deeper));
    }

    /// <summary>.NET Framework's limit of 259 characters, by the rule: where a trial of the folder fits, every name does.</summary>
    [Theory]
    [Each(259, 1000, int.MaxValue)]
    public void F204_Names_are_cut_to_what_the_folder_leaves_of_a_path(int maxPath)
    {
        int longestFolder = Math.Min(maxPath - 1 - FileNames.MinLongestName, 1000);
        for (int folder = 3; folder <= longestFolder; folder++)
        {
            int stem = FileNames.GetMaxStem(folder, maxPath);
            Assert.InRange(stem, 8, FileNames.MaxStemBytes);
            Assert.True(folder + 1 + PartFile(stem).Length <= maxPath, $"{folder}");
            Assert.True(folder + 1 + Final(stem).Length <= maxPath, $"{folder}");
        }
        Assert.Equal(FileNames.MaxStemBytes, FileNames.GetMaxStem(3, maxPath: 1000));
        Assert.InRange(PartFile(FileNames.MaxStemBytes).Length, 1, 255);
    }

    private static string PartFile(int stem) => $".{new string('n', stem)}.cover.{new string('1', FileNames.MaxIdBytes)}.0a1b2c3d.part";

    private static string Final(int stem) => $"{new string('n', stem)}-{new string('1', FileNames.MaxIdBytes)}-99.webp";

    private static string CreateFolder(string root, int length)
    {
        string path = root;
        while (length - path.Length > 200) path = Path.Combine(path, new string('d', 99));
        path = Path.Combine(path, new string('e', length - path.Length - 1));
        return Directory.CreateDirectory(path).FullName;
    }
}
