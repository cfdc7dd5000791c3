namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>The jobs of a runspace.</summary>
public sealed class JobTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void Jobs_are_listed_in_their_order_and_by_status()
    {
        Shell.Run("$null = 'one', 'two [fail]', 'three [stall]' | New-CogVideo -ThrottleLimit 1; $null = Get-CogVideoJob | Wait-CogVideo -TimeoutSec 2 -ErrorAction SilentlyContinue");

        Outcome all = Shell.Run("Get-CogVideoJob").Succeeded();
        Assert.Equal(["one", "two [fail]", "three [stall]"], all.Texts("Prompt"));
        Assert.Equal(["Success", "Fail", "Processing"], all.Texts("Status"));
        Assert.All(all.Output, j => Assert.Equal("ZhipuVideo.CogVideoJob", j.BaseObject.GetType().FullName));
        Assert.Equal(["one", "two [fail]"], Shell.Run("Get-CogVideoJob -Status Success, fail").Texts("Prompt"));
        Assert.Empty(Shell.Run("Get-CogVideoJob -Status Unconfirmed").Succeeded().Output);
    }

    [Fact]
    public void A_refused_row_is_no_job() =>
        Assert.Empty(Shell.Run("New-CogVideo 'x [sensitive]' -ErrorAction SilentlyContinue; Get-CogVideoJob").Output);

    [Fact]
    public void What_is_listed_is_a_copy()
    {
        Shell.Run("New-CogVideo 'a cat' -Name cat; $job = Get-CogVideoJob; $job.Name = 'changed'; $job.Status = 'Fail'").Succeeded();

        Assert.Equal(("cat", "Processing"), (Shell.Run("Get-CogVideoJob").Single.Text("Name"), Shell.Run("Get-CogVideoJob").Single.Text("Status")));
    }

    [Fact]
    public void Another_runspace_has_other_jobs()
    {
        using Shell second = new(Emulator);

        Shell.Run("New-CogVideo 'a cat'").Succeeded();

        Assert.Empty(second.Run("Get-CogVideoJob").Succeeded().Output);
    }
}
