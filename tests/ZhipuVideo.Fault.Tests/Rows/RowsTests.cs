namespace ZhipuVideo.Tests.Rows;

/// <summary>A hundred thousand rows that are accepted are a command; see <see cref="RowsRun"/>.</summary>
public sealed class RowsTests(ITestOutputHelper output)
{
    [Fact]
    public Task F57_Five_thousand_rows_of_a_file_are_accepted_once_each() => RowsRun.RunAsync(rows: 5000, output.WriteLine);
}
