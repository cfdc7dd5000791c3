using Azure.Storage.Blobs.Models;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>A log of many blocks is made short when it is opened, and nobody who reads or dies meanwhile loses a byte.</summary>
[Trait("Phase", "process")]
public sealed class BlobCheckpointTests : BlobTest
{
    private const int Blocks = 1001;

    private string All { get; } = string.Concat(Enumerable.Range(0, Blocks).Select(i => $"line {i}\n"));

    [AzuriteFact]
    public async Task F240_A_long_log_becomes_a_checkpoint_and_an_empty_blob_and_reads_the_same()
    {
        await FillAsync();
        using (IAppendLog log = Open()) Append(log, "after\n");

        Assert.Equal("after\n", await ReadAsync());
        Assert.Equal(All, (await Container.GetBlobClient("run.jsonl.1").DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal(All + "after\n", ReadLog());
        using IAppendLog again = Open();
        Append(again, "and on\n");
        Assert.Equal(All + "after\nand on\n", ReadLog());
    }

    /// <summary>The process dies after each of the steps: the checkpoint is written, its answer is lost, the blob is emptied or not.</summary>
    [AzuriteTheory]
    [InlineData("stage", Strike.CutBefore)]
    [InlineData("commit", Strike.CutBefore)]
    [InlineData("commit", Strike.LoseAnswer)]
    [InlineData("empty", Strike.CutBefore)]
    [InlineData("empty", Strike.LoseAnswer)]
    public async Task F240_A_process_that_dies_at_any_step_leaves_everything(string step, Strike strike)
    {
        await FillAsync();
        bool IsStep(RawRequest request) => step switch
        {
            "stage" => request.Target.Contains("comp=block&", StringComparison.Ordinal) || request.Target.Contains("&comp=block", StringComparison.Ordinal),
            "commit" => BlobRelay.IsCommit(request),
            _ => request["x-ms-meta-checkpoint"] is not null,
        };
        bool isDead = false;
        Relay.Plan = request =>
        {
            if (isDead) return Strike.Denied; // the dead send nothing: what follows does not arrive
            isDead = IsStep(request);
            return isDead ? strike : Strike.None;
        };
        Assert.Throws<LogException>(() => Open());
        Relay.Plan = _ => Strike.None;
        await ExpireLeaseAsync();
        Assert.Equal(All, ReadLog());

        using IAppendLog log = Open();
        Append(log, "after\n");

        Assert.Equal(All + "after\n", ReadLog());
        Assert.Equal("after\n", await ReadAsync());
    }

    [AzuriteFact]
    public async Task F240_Lost_answers_change_nothing()
    {
        await FillAsync();
        HashSet<string> lost = [];
        Relay.Plan = request => request.Method == "PUT" && lost.Add(request.Target + request["x-ms-lease-action"]) ? Strike.LoseAnswer : Strike.None;

        using IAppendLog log = Open();
        Append(log, "after\n");

        Assert.Equal(All + "after\n", ReadLog());
    }

    [AzuriteFact]
    public async Task F241_A_reader_in_between_sees_a_whole_moment()
    {
        await FillAsync();
        List<string> seen = [];
        bool isReading = false;
        Relay.Before = request =>
        {
            // Between any two calls of the one who makes it short
            if (isReading || request.Method != "PUT") return;
            isReading = true;
            seen.Add(Task.Run(ReadLog).GetAwaiter().GetResult());
            isReading = false;
        };

        using (IAppendLog log = Open()) Append(log, "after\n");

        Assert.All(seen, text => Assert.True(text == All || text == All + "after\n", "a part"));
        Assert.NotEmpty(seen); // how many depends on how busy the machine is: a call that waits too long is made again
    }

    [AzuriteFact]
    public async Task A_torn_line_that_somebody_has_left_is_cut_off()
    {
        await Blob.CreateAsync();
        await Blob.AppendBlockAsync(new MemoryStream("one\n{\"rec"u8.ToArray()));
        using (IAppendLog log = Store.Open(Address, mayCreate: false))
        {
            log.Cut(4);
            Append(log, "two\n");
        }

        Assert.Equal("one\ntwo\n", ReadLog());
    }

    [AzuriteFact]
    public async Task The_checkpoint_before_the_last_goes_when_a_third_is_made()
    {
        for (int i = 0; i < 3; i++)
        {
            if (i == 0) await Blob.CreateAsync();
            for (int block = 0; block < Blocks; block++) await Blob.AppendBlockAsync(new MemoryStream("x"u8.ToArray()));
            using IAppendLog log = Open();
        }

        List<string> names = [];
        await foreach (BlobItem blob in Container.GetBlobsAsync()) names.Add(blob.Name);
        Assert.Equal(["run.jsonl", "run.jsonl.2", "run.jsonl.3"], names.Order(StringComparer.Ordinal));
        Assert.Equal(3 * Blocks, ReadLog().Length);
    }

    private async Task FillAsync()
    {
        await Blob.CreateAsync();
        foreach (string line in All.Split('\n', StringSplitOptions.RemoveEmptyEntries)) await Blob.AppendBlockAsync(new MemoryStream(Encoding.UTF8.GetBytes(line + "\n")));
    }

    private string ReadLog()
    {
        using Stream bytes = Store.OpenRead(Address);
        return new StreamReader(bytes).ReadToEnd();
    }
}
