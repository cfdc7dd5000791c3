namespace ZhipuVideo.Tests.Soak;

/// <summary>An hour is a command; see <see cref="SoakRun"/>.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_hundred_and_fifty_jobs_with_faults_in_every_phase_are_paid_once_and_saved_whole() =>
        SoakRun.RunAsync(jobs: 150, planned: TimeSpan.FromSeconds(5), output.WriteLine);
}
