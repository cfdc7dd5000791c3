using System.Text.RegularExpressions;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>A log in a blob, while everything between it and the storage goes wrong: what it acknowledged is there, and nothing else.</summary>
[Trait("Phase", "process")]
public sealed class BlobLogTests : BlobTest
{
    [AzuriteFact]
    public async Task What_was_acknowledged_is_there_and_the_next_run_goes_on()
    {
        using (IAppendLog log = Open())
        {
            Append(log, "one\n");
            Append(log, "two\n");
            Assert.Equal(8, log.Length);
        }
        using IAppendLog again = Open(mayCreate: false);
        Append(again, "three\n");

        Assert.Equal("one\ntwo\nthree\n", await ReadAsync());
        Assert.Equal(LeaseDurationType.Fixed, (await Blob.GetPropertiesAsync()).Value.LeaseDuration);
    }

    [AzuriteFact]
    public async Task F221_A_lease_that_was_broken_and_taken_is_lost_for_good()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();
        BlobLeaseClient other = await TakeLeaseAsync();

        Assert.Equal(LogFault.Lost, FaultOf(() => Append(log, "two\n")));
        await other.ReleaseAsync();

        Assert.Equal(LogFault.Lost, FaultOf(() => Append(log, "three\n")));
        Assert.Equal(LogFault.Lost, (await Assert.ThrowsAsync<LogException>(() => log.AdmitAsync(default))).Fault);
        Assert.Equal("one\n", await ReadAsync());
    }

    [AzuriteFact]
    public async Task F222_A_lease_that_has_run_out_and_is_free_is_taken_again()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();

        Append(log, "two\n");

        Assert.Equal("one\ntwo\n", await ReadAsync());
        Assert.Equal(LeaseState.Leased, (await Blob.GetPropertiesAsync()).Value.LeaseState);
    }

    [AzuriteFact]
    public async Task F223_What_a_stranger_has_written_under_a_lease_that_had_run_out_is_not_written_into()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();
        await Blob.AppendBlockAsync(new MemoryStream("two?"u8.ToArray()));

        Assert.Equal(LogFault.Lost, FaultOf(() => Append(log, "two\n")));
        Assert.Equal("one\ntwo?", await ReadAsync());
    }

    /// <summary>A process that was frozen learns before it submits that another has been there meanwhile, and has gone again.</summary>
    [AzuriteFact]
    public async Task F223_Nothing_is_admitted_after_a_freeze_in_which_a_stranger_has_written()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();
        await Blob.AppendBlockAsync(new MemoryStream("two\n"u8.ToArray()));
        Time.Freeze(90);

        Assert.Equal(LogFault.Lost, (await Assert.ThrowsAsync<LogException>(() => log.AdmitAsync(default).WaitAsync(Patience))).Fault);
    }

    [AzuriteFact]
    public async Task F224_While_renewals_fail_appends_go_on_and_nothing_is_admitted_after_45_seconds_until_one_succeeds()
    {
        using IAppendLog log = Open();
        Relay.Plan = request => BlobRelay.IsLease(request) ? Strike.CutBefore : Strike.None;
        Time.Freeze(44);
        await log.AdmitAsync(default);
        Time.Freeze(2);

        Task admitted = log.AdmitAsync(default);
        Append(log, "one\n");
        int tries = Relay.Requests.Count(request => BlobRelay.IsLease(request));
        while (Relay.Requests.Count(request => BlobRelay.IsLease(request)) < tries + 3) await Task.Yield();
        Assert.False(admitted.IsCompleted);
        Relay.Plan = _ => Strike.None;

        await admitted.WaitAsync(Patience);
        Assert.Equal("one\n", await ReadAsync());
    }

    [AzuriteFact]
    public async Task F224_While_appends_fail_the_lease_is_renewed()
    {
        using IAppendLog log = Open();
        int renewals = Relay.Requests.Count(request => BlobRelay.IsLease(request));
        Relay.Plan = request => BlobRelay.IsAppend(request) ? Strike.Failed500 : Strike.None;
        Task append = Task.Run(() => Append(log, "one\n"));
        while (!Relay.Requests.Any(BlobRelay.IsAppend)) await Task.Yield();
        Time.Freeze(50);

        await log.AdmitAsync(default).WaitAsync(Patience);

        Assert.True(Relay.Requests.Count(request => BlobRelay.IsLease(request)) > renewals);
        Assert.False(append.IsCompleted);
        Relay.Plan = _ => Strike.None;
        await append.WaitAsync(Patience);
    }

    /// <summary>A thousand appends, a quarter of them disturbed: byte for byte what was acknowledged.</summary>
    [AzuriteFact]
    public async Task F225_Disturbed_appends_leave_what_was_acknowledged_and_nothing_twice()
    {
        Strike[] strikes = [Strike.CutBefore, Strike.LoseAnswer, Strike.ArriveLate, Strike.Busy, Strike.Stored500, Strike.Failed500];
        Random random = new(7);
        using IAppendLog log = Open();
        Relay.Plan = request => BlobRelay.IsAppend(request) && random.Next(4) == 0 ? strikes[random.Next(strikes.Length)] : Strike.None;
        StringBuilder acknowledged = new();

        for (int i = 0; i < 200; i++)
        {
            string line = $"line {i}\n";
            Append(log, line);
            acknowledged.Append(line);
        }

        Assert.Equal(acknowledged.ToString(), await ReadAsync());
        Assert.Equal(acknowledged.Length, log.Length);
    }

    [AzuriteTheory]
    [InlineData("one\n", false)]
    [InlineData("xyz\n", true)]
    [InlineData("one\nmore", true)]
    public async Task F226_A_refused_position_is_settled_by_what_stands_there(string there, bool isLost)
    {
        using IAppendLog log = Open();
        await ExpireLeaseAsync();
        await Blob.AppendBlockAsync(new MemoryStream(Encoding.UTF8.GetBytes(there)));

        if (isLost) Assert.Equal(LogFault.Lost, FaultOf(() => Append(log, "one\n")));
        else Append(log, "one\n");

        Assert.Equal(there, await ReadAsync());
    }

    [AzuriteFact]
    public async Task F227_Lost_answers_to_create_acquire_and_release_change_nothing()
    {
        HashSet<string> lost = [];
        Relay.Plan = request =>
        {
            string kind = request["x-ms-lease-action"] ?? (request.Method == "PUT" && !BlobRelay.IsAppend(request) ? "create" : "");
            return kind.Length > 0 && lost.Add(kind) ? Strike.LoseAnswer : Strike.None;
        };
        using (IAppendLog log = Open()) Append(log, "one\n");
        Assert.Equal(["acquire", "create", "release"], lost.Order());

        using IAppendLog again = Open();
        Append(again, "two\n");

        Assert.Equal("one\ntwo\n", await ReadAsync());
    }

    [AzuriteFact]
    public async Task F228_Of_two_that_create_at_once_one_has_it()
    {
        Task<object>[] both = [.. Enumerable.Range(0, 2).Select(_ => Task.Run<object>(() =>
        {
            try
            {
                return Open();
            }
            catch (LogException e)
            {
                return e.Fault;
            }
        }))];

        object[] outcomes = await Task.WhenAll(both);

        using IAppendLog log = Assert.Single(outcomes.OfType<IAppendLog>());
        Assert.Equal(LogFault.Held, Assert.Single(outcomes.OfType<LogFault>()));
        Append(log, "one\n");
        Assert.Equal("one\n", await ReadAsync());
    }

    [AzuriteFact]
    public async Task F231_A_clock_that_is_set_by_an_hour_costs_a_renewal_and_no_more()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        foreach (double jump in (double[])[3600, -7200, 3600])
        {
            Time.SetWall(jump);
            await log.AdmitAsync(default).WaitAsync(Patience);
        }

        Append(log, "two\n");

        Assert.Equal("one\ntwo\n", await ReadAsync());
    }

    /// <summary>A machine that slept: its monotonic clock stood still, the one on the wall did not.</summary>
    [AzuriteFact]
    public async Task F231_The_larger_of_both_clocks_counts()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();
        await Blob.AppendBlockAsync(new MemoryStream("two\n"u8.ToArray()));
        Time.SetWall(90);

        Assert.Equal(LogFault.Lost, (await Assert.ThrowsAsync<LogException>(() => log.AdmitAsync(default).WaitAsync(Patience))).Fault);
    }

    [AzuriteTheory]
    [Each("blob", "container")]
    public async Task F232_What_was_deleted_is_lost_and_not_made_again(string what)
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await ExpireLeaseAsync();
        if (what == "blob") await Blob.DeleteAsync();
        else await Container.DeleteAsync();

        Assert.Equal(LogFault.Lost, FaultOf(() => Append(log, "two\n")));

        if (what == "blob") Assert.False(await Blob.ExistsAsync());
    }

    [AzuriteFact]
    public async Task F232_A_blob_of_another_kind_is_left_alone()
    {
        await Container.UploadBlobAsync("run.jsonl", new BinaryData("a picture"));

        Assert.Equal(LogFault.NotAFile, FaultOf(() => Open()));

        Assert.Equal("a picture", await ReadAsync());
    }

    [AzuriteFact]
    public void F232_A_container_whose_blobs_must_not_change_refuses()
    {
        Relay.Plan = request => BlobRelay.IsAppend(request) ? Strike.Immutable : Strike.None;
        using IAppendLog log = Open();

        Assert.Equal(LogFault.Denied, FaultOf(() => Append(log, "one\n")));
    }

    [AzuriteFact]
    public void F232_A_container_that_is_not_there_is_told_at_once()
    {
        string missing = $"{Relay.Endpoint}/missing/run.jsonl";
        Access.Add(missing, Azurite.Key);

        Assert.Equal(LogFault.NoContainer, FaultOf(() => Store.Open(missing, mayCreate: true)));
    }

    [AzuriteFact]
    public async Task F233_At_49_900_blocks_nothing_new_is_admitted_and_what_is_under_way_is_recorded()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        await log.AdmitAsync(default);
        // So many appends take minutes: that there were is the relay's word
        Relay.Rewrite = answer => Regex.Replace(answer, @"(?<=x-ms-blob-committed-block-count: )\d+", "49900", RegexOptions.IgnoreCase);
        Append(log, "two\n");

        Assert.Equal(LogFault.Full, (await Assert.ThrowsAsync<LogException>(() => log.AdmitAsync(default))).Fault);

        Append(log, "three\n");
        Assert.Equal("one\ntwo\nthree\n", await ReadAsync());
    }

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
}
