using System.Linq;

namespace ZhipuVideo.Tests.Matrix;

/// <summary>The fault table and the suite are one: no line without a test, in any phase in which it can strike.</summary>
public sealed class MatrixTests
{
    [Fact]
    public void No_line_of_the_fault_table_is_left_out() =>
        Assert.Equal(Enumerable.Range(1, 65), FaultLine.ReadAll().Select(line => line.Number));

    [Fact]
    public void Every_line_has_a_test_in_every_phase_in_which_it_can_strike() => Assert.Empty(new FaultMatrix().Gaps);
}
