using System.Text.Json;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalTests : JournalTest
{
    [Theory]
    [InlineData(JournalState.New, CogVideoStatus.Unknown)]
    [InlineData(JournalState.Intent, CogVideoStatus.Unconfirmed)]
    [InlineData(JournalState.NotAccepted, CogVideoStatus.Unknown)]
    [InlineData(JournalState.Accepted, CogVideoStatus.Processing)]
    [InlineData(JournalState.Ended, CogVideoStatus.Success)]
    [InlineData(JournalState.Saved, CogVideoStatus.Success)]
    public async Task F49_A_crash_at_any_point_leaves_what_was_known(object state, string status)
    {
        string crashed;
        using (OpenJournal open = Rig.Begin())
        {
            await open.AdvanceAsync("a", (JournalState)state);
            crashed = Rig.Crash();
        }
        using OpenJournal again = Rig.Begin(Journal.Open(crashed));

        JournalEntry row = again.Claim("a");

        Assert.Equal((JournalState)state, row.State);
        Assert.Equal(status, row.Job.Status);
        Assert.Equal(crashed, row.Job.JournalPath);
        if (row.State == JournalState.New) return;
        Assert.Equal(("request-a-1", "cat", "一只猫", "cogvideox-flash"), (row.RequestId, row.Job.Name, row.Job.Prompt, row.Job.Model));
        if (row.State == JournalState.NotAccepted) Assert.Equal(("InvalidRequest", "1214", "size 不合法"), (row.Outcome!.Reason, row.Outcome.Code, row.Outcome.Message));
        if (row.State >= JournalState.Accepted)
            Assert.Equal(("task-a-1", new DateTime(2025, 3, 1, 12, 0, 0, DateTimeKind.Utc)), (row.Job.Id, row.Job.SubmittedAt));
        if (row.State >= JournalState.Ended) Assert.Equal((40.5, 40), (row.Result!.ElapsedSec, row.Result.EndedAt!.Value.Second));
        if (row.State >= JournalState.Saved)
            Assert.Equal(("/videos/a.mp4", 12345L, "/videos/a.jpg", 678L), (row.Result!.SavedPath, row.Result.FileLength, row.Result.CoverPath, row.File!.CoverLength));
    }

    [Fact]
    public async Task All_fields_of_a_request_come_back()
    {
        CogVideoJob job = JournalRig.NewFullJob();
        using OpenJournal open = Rig.Begin();
        await open.IntentAsync("a", job);

        CogVideoJob found = open.Journal.Find("r-1")!.Job;

        job.JournalPath = Rig.FilePath;
        job.Status = CogVideoStatus.Unconfirmed;
        Assert.Equal(JsonSerializer.Serialize(job), JsonSerializer.Serialize(found));
    }

    [Fact]
    public async Task Rows_are_matched_by_hash_and_occurrence_in_any_order()
    {
        using (OpenJournal open = Rig.Begin())
            foreach (string hash in (string[])["a", "b", "a", "removed"]) await open.AdvanceAsync(hash, JournalState.Accepted);
        using OpenJournal again = Rig.Begin();

        string[] rows = ["b", "a", "added", "a", "a"];
        string[] ids = rows.Select(hash => again.Claim(hash).Job.Id).ToArray();

        Assert.Equal(["task-b-1", "task-a-1", "", "task-a-2", ""], ids);
    }

    [Fact]
    public async Task A_new_submission_of_a_row_takes_the_place_of_the_old_one()
    {
        using (OpenJournal open = Rig.Begin())
            await open.Journal.EndedAsync(JournalRig.NewEnd(await open.AdvanceAsync("a", JournalState.Accepted), CogVideoStatus.Fail));
        using OpenJournal retry = Rig.Begin();
        JournalEntry failed = retry.Claim("a");
        Assert.Equal((CogVideoStatus.Fail, "1301"), (failed.Result!.Status, failed.Result.ErrorCode));

        await retry.Journal.IntentAsync(failed, JournalRig.NewJob("second"), "a");

        JournalEntry row = Assert.Single(Rig.Read());
        Assert.Equal((JournalState.Intent, "second", 1), (row.State, row.RequestId, row.Occurrence));
        Assert.Equal(JournalState.Ended, retry.Journal.Find("task-a-1")!.State);
    }

    [Fact]
    public async Task A_row_that_was_not_accepted_may_be_sent_again_under_its_request_id()
    {
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.NotAccepted, "own");
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.Intent, "own");

        Assert.Equal(JournalState.Intent, Assert.Single(Rig.Read()).State);

        // The refusal of the first attempt, written twice, is not that of the second
        string refusal = Rig.Lines.Single(l => l.Contains("notAccepted", StringComparison.Ordinal));
        File.AppendAllText(Rig.FilePath, refusal + "\n");
        Assert.Equal(JournalState.Intent, Assert.Single(Rig.Read()).State);
    }

    [Fact]
    public async Task A_refusal_of_the_second_attempt_says_nothing_of_the_first()
    {
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.Intent, "own");
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.NotAccepted, "own");

        JournalEntry row = Assert.Single(Rig.Read());

        Assert.Equal((JournalState.Intent, CogVideoStatus.Unconfirmed, 2), (row.State, row.Job.Status, row.Attempt));
    }

    [Theory]
    [Each(JournalState.Intent, JournalState.Accepted, JournalState.Saved)]
    public async Task A_request_id_that_may_be_paid_for_is_not_used_for_another_row(object state)
    {
        using OpenJournal open = Rig.Begin();
        await open.AdvanceAsync("a", (JournalState)state, "own");
        byte[] before = Rig.ReadBytes();

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(
            () => open.IntentAsync("edited", JournalRig.NewJob("own")));

        Assert.Equal(ErrorReason.InvalidInput, refused.Reason);
        Assert.Contains("'own'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Rig.ReadBytes());
    }

    /// <summary>Whatever the wall clock says of their age: who has a link has the video, and a journal is mailed around and kept.</summary>
    [Fact]
    [Trait("Phase", "process")]
    public async Task F27_Links_that_an_earlier_version_has_written_are_ignored()
    {
        using (OpenJournal open = Rig.Begin())
            await open.AdvanceAsync("a", JournalState.Ended);
        string text = File.ReadAllText(Rig.FilePath);
        File.WriteAllText(Rig.FilePath, text.Replace("\"status\":\"Success\"", "\"links\":\"c2VhbGVk\",\"status\":\"Success\"", StringComparison.Ordinal));

        CogVideoResult result = Assert.Single(Rig.Read()).Result!;

        Assert.Equal((CogVideoStatus.Success, null), (result.Status, result.Url));
        Assert.Empty(result.VideoUrls);
    }

    [Fact]
    public async Task An_end_is_written_once_whoever_reports_it()
    {
        using OpenJournal open = Rig.Begin();
        CogVideoJob job = await open.AdvanceAsync("a", JournalState.Accepted);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => open.Journal.EndedAsync(JournalRig.NewEnd(job)))));
        await open.Journal.AcceptedAsync(job);

        string[] lines = Rig.Lines;
        Assert.Single(lines, line => line.Contains("\"record\":\"ended\"", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("\"record\":\"accepted\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_is_written_down_once_and_again_only_where_it_is_another()
    {
        using OpenJournal open = Rig.Begin();
        CogVideoJob job = await open.AdvanceAsync("a", JournalState.Accepted);
        for (int i = 0; i < 2; i++) await open.SavedAsync(job.Id, "/v.mp4", 1);
        for (int i = 0; i < 2; i++) await open.SavedAsync(job.Id, "/v.mp4", 1, "/v.png", 2);

        Assert.Equal([null, "/v.png"], Rig.Records("saved").Select(saved => saved.TryGetProperty("coverPath", out JsonElement cover) ? cover.GetString() : null));
        Assert.Equal("/v.png", open.Journal.Find(job.Id)!.Result!.CoverPath);
    }

    [Fact]
    public async Task What_is_saved_has_succeeded_also_when_nobody_waited_for_it()
    {
        using OpenJournal open = Rig.Begin();
        CogVideoJob job = await open.AdvanceAsync("a", JournalState.Accepted);
        await open.SavedAsync(job.Id, "/v.mp4", 1);

        CogVideoResult result = Assert.Single(Rig.Read()).Result!;

        Assert.Equal((CogVideoStatus.Success, "/v.mp4", null), (result.Status, result.SavedPath, result.CoverPath));
    }

    [Fact]
    public void A_journal_that_is_not_here_is_not_made()
    {
        Assert.Null(Journal.OpenExisting(Rig.FilePath));
        Assert.Equal(ErrorReason.NotFound, Assert.Throws<CogVideoException>(() => Rig.Read()).Reason);
        Assert.Equal([], Directory.GetFileSystemEntries(Rig.Folder));
        Rig.Open().Dispose();
        using JournalLease? lease = Journal.OpenExisting(Rig.FilePath);
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task F62_Neither_key_nor_link_stands_in_the_file()
    {
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.Saved);
        string text = File.ReadAllText(Rig.FilePath);
        string[] secrets = ["0123456789abcdef", "SECRETSECRET", JournalRig.Link, JournalRig.Cover, "files.example"];
        foreach (string secret in secrets.SelectMany(s => (string[])[s, Convert.ToBase64String(Encoding.UTF8.GetBytes(s)).TrimEnd('=')[..^1]]))
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return; // there it is an access list
        using JournalLease lease = Rig.Open();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Rig.FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Rig.FilePath + ".lock"));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named()
    {
        string path = Path.Combine(Rig.Folder, "missing", "run.jsonl");
        CogVideoException refused = Assert.Throws<CogVideoException>(() => Journal.Open(path));
        Assert.Equal(ErrorReason.DestinationUnusable, refused.Reason);
        Assert.Contains(Path.GetDirectoryName(path)!, refused.Message, StringComparison.Ordinal);
        Assert.Equal([], Directory.GetFileSystemEntries(Rig.Folder));
    }

    [Fact]
    public async Task Nothing_is_recorded_of_a_job_that_is_not_in_the_journal()
    {
        using OpenJournal open = Rig.Begin();
        byte[] before = Rig.ReadBytes();
        CogVideoJob stranger = JournalRig.NewJob("stranger");
        stranger.Id = "stranger";

        await open.Journal.AcceptedAsync(stranger);
        await open.Journal.NotAcceptedAsync("stranger", "reason", null, null);
        await open.Journal.EndedAsync(JournalRig.NewEnd(stranger));
        await open.SavedAsync("stranger", "/x.mp4", 1);

        Assert.Equal(before, Rig.ReadBytes());
        Assert.Null(open.Journal.Find("stranger"));
    }
}
