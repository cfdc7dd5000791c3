namespace ZhipuVideo.Client.Tests.Contract;

public sealed class GoldenHashTests
{
    [Fact]
    public void A_row_has_the_hash_that_it_had_in_the_first_version()
    {
        (string Computed, string Expected)[] rows = [.. GoldenRows.All(Repository.PathOf("src/Examples/kite.png"))];

        Assert.Equal(rows.Select(row => row.Expected), rows.Select(row => row.Computed));
    }
}
