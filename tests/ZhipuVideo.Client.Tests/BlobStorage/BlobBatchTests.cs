using System.Text.RegularExpressions;
using Azure.Storage.Blobs.Specialized;
using ZhipuVideo.Emulator;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>What reaches the service when the journal's blob is taken away, held up or full: nothing is paid that nobody would know of.</summary>
[Trait("Phase", "process")]
public sealed class BlobBatchTests : BlobTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The intent is stored; then the process is frozen for 90 seconds, in which another takes the journal, and goes again.</summary>
    [AzuriteFact]
    public async Task F223_A_row_is_not_sent_when_another_had_the_journal_between_its_intent_and_its_request()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions());
        AfterIntent(() =>
        {
            Blob.GetBlobLeaseClient().Break(TimeSpan.Zero);
            Blob.AppendBlock(new MemoryStream("{}\n"u8.ToArray()));
            Time.Freeze(90);
        });
        await using VideoBatch batch = await OpenAsync(emulator);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => batch.SubmitAsync(new VideoRequest { Prompt = "one" }).WaitAsync(Patience));

        Assert.Equal((ErrorReason.JournalLost, true), (error.Reason, error.StopsRun));
        Assert.Equal(ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>(() => batch.SubmitAsync(new VideoRequest { Prompt = "two" }))).Reason);
        Assert.Empty(emulator.State.Tasks);
    }

    /// <summary>The same, and nobody else has come: the lease is taken again, and the row is sent once.</summary>
    [AzuriteFact]
    public async Task F222_A_row_is_sent_once_when_the_lease_had_run_out_and_was_free()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions());
        AfterIntent(() =>
        {
            Blob.GetBlobLeaseClient().Break(TimeSpan.Zero);
            Time.Freeze(90);
        });
        await using VideoBatch batch = await OpenAsync(emulator);

        await batch.SubmitAsync(new VideoRequest { Prompt = "one" }).WaitAsync(Patience);

        Assert.Single(emulator.State.Tasks);
    }

    [AzuriteFact]
    public async Task F233_A_full_journal_stops_what_is_new_and_the_next_run_goes_on()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0.1 } });
        VideoRequest one = new() { Prompt = "one" }, two = new() { Prompt = "two" };
        await using (VideoBatch batch = await OpenAsync(emulator))
        {
            CogVideoJob job = await batch.SubmitAsync(one).WaitAsync(Patience);
            Relay.Rewrite = answer => Regex.Replace(answer, @"(?<=x-ms-blob-committed-block-count: )\d+", "49900", RegexOptions.IgnoreCase);
            await batch.WaitAsync(job).WaitAsync(Patience); // the end is recorded
            Assert.Equal(ErrorReason.JournalFull, (await Assert.ThrowsAsync<CogVideoException>(() => batch.SubmitAsync(two).WaitAsync(Patience))).Reason);
        }
        Assert.Single(emulator.State.Tasks);

        Relay.Rewrite = null;
        await using VideoBatch next = await OpenAsync(emulator);
        Assert.Equal(CogVideoStatus.Success, (await next.SubmitAsync(one).WaitAsync(Patience)).Status);
        await next.SubmitAsync(two).WaitAsync(Patience);
        Assert.Equal(["one", "two"], emulator.State.Tasks.Select(task => task.Prompt));
    }

    /// <summary>When an append with the next intent has been stored, and before anybody is told.</summary>
    private void AfterIntent(Action action)
    {
        bool isDone = false;
        Relay.Rewrite = answer =>
        {
            RawRequest last = Relay.Requests[^1];
            if (isDone || !BlobRelay.IsAppend(last) || !last.Text.Contains("\"intent\"", StringComparison.Ordinal)) return answer;
            isDone = true;
            action();
            return answer;
        };
    }

    private Task<VideoBatch> OpenAsync(EmulatorServer emulator) => VideoBatch.OpenAsync(
        new CogVideoClient(
            new ServiceEndpoint(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri), new CogVideoClientOptions { Accounts = new SchedulerRegistry() }),
        new VideoBatchOptions { JournalPath = Address, Storage = Access, Logs = Store },
        CancellationToken.None);
}
