namespace ZhipuVideo.Tests.Architecture;

/// <summary>The picture of the layers in the README, held against the compiled client.</summary>
public sealed class LayerTests
{
    /// <summary>From the bottom up. A folder may use those of the rows below its own, and none beside it.</summary>
    private static readonly string[][] Rows =
    [
        ["Files"],
        ["Model"],
        ["Protocol"],
        ["Http"],
        ["Storage"],
        ["Journal", "Download", "Scheduling", "Gallery"],
        ["Batch"],
    ];

    private static readonly Dictionary<string, int> Heights =
        Rows.SelectMany((row, height) => row.Select(folder => (folder, height))).ToDictionary(row => row.folder, row => row.height);

    [Fact]
    public void Every_arrow_goes_down() =>
        Assert.Empty(Layers.ReadArrows(typeof(CogVideoClient).Assembly.Location).Where(arrow => Heights[arrow.From] <= Heights[arrow.To]).Select(arrow => arrow.ToString()).Order());

    [Fact]
    public void Every_folder_is_in_the_picture() =>
        Assert.Equal(
            Heights.Keys.Order(),
            Layers.ReadArrows(typeof(CogVideoClient).Assembly.Location).SelectMany(arrow => new[] { arrow.From, arrow.To }).Distinct().Order());
}
