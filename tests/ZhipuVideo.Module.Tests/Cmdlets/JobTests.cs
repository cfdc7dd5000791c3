using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

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

    [Fact]
    public async Task An_id_that_is_offered_is_one_argument_whatever_the_service_made_it_of()
    {
        const string Id = "it's $(an id); 1";
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task service = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            string body = JsonSerializer.Serialize(new { id = Id, request_id = "r", task_status = "PROCESSING" });
            byte[] reply = Encoding.UTF8.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
            await client.GetStream().ReadAtLeastAsync(new byte[1], 1);
            await client.GetStream().WriteAsync(reply);
        });
        Shell["base"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

        Outcome outcome = Shell.Run("""
            $null = New-CogVideo x -BaseUri $base -RequestId r
            $offered = [System.Management.Automation.CommandCompletion]::CompleteInput('Wait-CogVideo -Id ', 18, $null).CompletionMatches
            & ([scriptblock]::Create("& { `$args } $($offered[0].CompletionText)"))
            """).Succeeded();

        await service;
        Assert.Equal(Id, outcome.Single.ToString());
    }
}
