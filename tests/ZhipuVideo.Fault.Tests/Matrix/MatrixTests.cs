namespace ZhipuVideo.Tests.Matrix;

/// <summary>The fault table and the suite are one: no line without a test, in any phase in which it can strike.</summary>
public sealed class MatrixTests
{
    [Fact]
    public void No_line_of_the_fault_table_is_left_out_or_there_twice()
    {
        int[] numbers = [.. FaultLine.ReadAll().Select(line => line.Number)];
        Assert.Equal(Enumerable.Range(1, 65), numbers.Take(65));
        Assert.Equal(numbers.Distinct().Order(), numbers);
    }

    [Fact]
    public void Every_line_has_a_test_in_every_phase_in_which_it_can_strike() => Assert.Empty(new FaultMatrix().Gaps);
}
