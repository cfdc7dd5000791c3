using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalTests : IDisposable
{
    private readonly JournalRig _rig = new();

    public void Dispose() => _rig.Dispose();

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
        using (JournalLease lease = _rig.Open())
        {
            using JournalRun run = lease.Journal.BeginRun();
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", (JournalState)state);
            crashed = _rig.Crash();
        }
        using JournalLease again = Journal.Open(crashed);
        using JournalRun secondRun = again.Journal.BeginRun();

        JournalEntry row = secondRun.Claim("a");

        Assert.Equal((JournalState)state, row.State);
        Assert.Equal(status, row.Job.Status);
        Assert.Equal(crashed, row.Job.JournalPath);
        if (row.State == JournalState.New) return;
        Assert.Equal(("request-a-1", "cat", "一只猫", "cogvideox-flash"), (row.RequestId, row.Job.Name, row.Job.Prompt, row.Job.Model));
        if (row.State == JournalState.NotAccepted) Assert.Equal(("InvalidRequest", "1214", "size 不合法"), (row.Reason, row.Code, row.Message));
        if (row.State >= JournalState.Accepted)
            Assert.Equal(("task-a-1", new DateTime(2025, 3, 1, 12, 0, 0, DateTimeKind.Utc)), (row.Job.Id, row.Job.SubmittedAt));
        if (row.State >= JournalState.Ended) Assert.Equal((40.5, 40), (row.Result!.ElapsedSec, row.Result.EndedAt!.Value.Second));
        if (row.State >= JournalState.Saved)
            Assert.Equal(("/videos/a.mp4", 12345L, "/videos/a.jpg", 678L), (row.SavedPath, row.SavedLength, row.CoverPath, row.CoverLength));
    }

    [Fact]
    public async Task All_fields_of_a_request_come_back()
    {
        CogVideoJob job = new()
        {
            RequestId = "r",
            Model = "cogvideox-3",
            Name = "emoji 🐈 \"quoted\" \u2028 \\",
            Prompt = "第一行\n第二行\t\u0001",
            Image = "/pictures/first.png|/pictures/last.png",
            Quality = "quality",
            WithAudio = true,
            Size = "1920x1080",
            Fps = 60,
            Duration = 10,
            UserId = "user-1",
            AdditionalBody = """{"style":"anime"}""",
        };
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        await run.IntentAsync(run.Claim("a"), job, CancellationToken.None);

        CogVideoJob found = lease.Journal.Find("r")!.Job;

        job.JournalPath = _rig.FilePath;
        job.Status = CogVideoStatus.Unconfirmed;
        Assert.Equal(JsonSerializer.Serialize(job), JsonSerializer.Serialize(found));
    }

    [Fact]
    public async Task Rows_are_matched_by_hash_and_occurrence_in_any_order()
    {
        using (JournalLease lease = _rig.Open())
        {
            using JournalRun run = lease.Journal.BeginRun();
            foreach (string hash in (string[])["a", "b", "a", "removed"])
                await JournalRig.AdvanceAsync(lease.Journal, run, hash, JournalState.Accepted);
        }
        using JournalLease again = _rig.Open();
        using JournalRun secondRun = again.Journal.BeginRun();

        string[] rows = ["b", "a", "added", "a", "a"];
        string[] ids = rows.Select(hash => secondRun.Claim(hash).Job.Id).ToArray();

        Assert.Equal(["task-b-1", "task-a-1", "", "task-a-2", ""], ids);
    }

    [Fact]
    public async Task A_new_submission_of_a_row_takes_the_place_of_the_old_one()
    {
        using JournalLease lease = _rig.Open();
        using (JournalRun run = lease.Journal.BeginRun())
        {
            CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
            await lease.Journal.EndedAsync(JournalRig.NewEnd(job, CogVideoStatus.Fail));
        }
        using JournalRun retry = lease.Journal.BeginRun();
        JournalEntry failed = retry.Claim("a");
        Assert.Equal((CogVideoStatus.Fail, "1301"), (failed.Result!.Status, failed.Result.ErrorCode));

        await retry.IntentAsync(failed, JournalRig.NewJob("second"), CancellationToken.None);

        JournalEntry row = Assert.Single(_rig.Read());
        Assert.Equal((JournalState.Intent, "second", 1), (row.State, row.RequestId, row.Occurrence));
        Assert.Equal(JournalState.Ended, lease.Journal.Find("task-a-1")!.State);
    }

    [Fact]
    public async Task A_row_that_was_not_accepted_may_be_sent_again_under_its_request_id()
    {
        using JournalLease lease = _rig.Open();
        using (JournalRun run = lease.Journal.BeginRun())
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.NotAccepted, "own");
        using (JournalRun run = lease.Journal.BeginRun())
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Intent, "own");

        Assert.Equal(JournalState.Intent, Assert.Single(_rig.Read()).State);

        // The refusal of the first attempt, written twice, is not that of the second
        File.AppendAllLines(_rig.FilePath, [_rig.Lines.Single(l => l.Contains("notAccepted", StringComparison.Ordinal))]);
        Assert.Equal(JournalState.Intent, Assert.Single(_rig.Read()).State);
    }

    [Fact]
    public async Task A_refusal_of_the_second_attempt_says_nothing_of_the_first()
    {
        using JournalLease lease = _rig.Open();
        using (JournalRun run = lease.Journal.BeginRun())
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Intent, "own");
        using (JournalRun run = lease.Journal.BeginRun())
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.NotAccepted, "own");

        JournalEntry row = Assert.Single(_rig.Read());

        Assert.Equal((JournalState.Intent, CogVideoStatus.Unconfirmed, 2), (row.State, row.Job.Status, row.Attempt));
    }

    [Theory]
    [Each(JournalState.Intent, JournalState.Accepted, JournalState.Saved)]
    public async Task A_request_id_that_may_be_paid_for_is_not_used_for_another_row(object state)
    {
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        await JournalRig.AdvanceAsync(lease.Journal, run, "a", (JournalState)state, "own");
        byte[] before = _rig.ReadBytes();

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(
            () => run.IntentAsync(run.Claim("edited"), JournalRig.NewJob("own"), CancellationToken.None));

        Assert.Equal(ErrorReason.InvalidInput, refused.Reason);
        Assert.Contains("'own'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, _rig.ReadBytes());
    }

    /// <summary>Whatever the wall clock says of their age: who has a link has the video, and a journal is mailed around and kept.</summary>
    [Fact]
    [Trait("Phase", "process")]
    public async Task F27_Links_that_an_earlier_version_has_written_are_ignored()
    {
        using (JournalLease lease = _rig.Open())
        using (JournalRun run = lease.Journal.BeginRun())
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Ended);
        string text = File.ReadAllText(_rig.FilePath);
        File.WriteAllText(_rig.FilePath, text.Replace("\"status\":\"Success\"", "\"links\":\"c2VhbGVk\",\"status\":\"Success\"", StringComparison.Ordinal));

        CogVideoResult result = Assert.Single(_rig.Read()).Result!;

        Assert.Equal((CogVideoStatus.Success, null), (result.Status, result.Url));
        Assert.Empty(result.VideoUrls);
    }

    [Fact]
    public async Task An_end_is_written_once_whoever_reports_it()
    {
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => lease.Journal.EndedAsync(JournalRig.NewEnd(job)))));
        await lease.Journal.AcceptedAsync(job);

        string[] lines = File.ReadAllLines(_rig.FilePath);
        Assert.Single(lines, line => line.Contains("\"record\":\"ended\"", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("\"record\":\"accepted\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_is_written_down_once_and_again_only_where_it_is_another()
    {
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
        for (int i = 0; i < 2; i++) await lease.Journal.SavedAsync(job.Id, "/v.mp4", 1, null, null);
        for (int i = 0; i < 2; i++) await lease.Journal.SavedAsync(job.Id, "/v.mp4", 1, "/v.png", 2);

        Assert.Equal([null, "/v.png"], _rig.Records("saved").Select(saved => saved.TryGetProperty("coverPath", out JsonElement cover) ? cover.GetString() : null));
        Assert.Equal("/v.png", lease.Journal.Find(job.Id)!.CoverPath);
    }

    [Fact]
    public async Task What_is_saved_has_succeeded_also_when_nobody_waited_for_it()
    {
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
        await lease.Journal.SavedAsync(job.Id, "/v.mp4", 1, null, null);

        CogVideoResult result = Assert.Single(_rig.Read()).Result!;

        Assert.Equal((CogVideoStatus.Success, "/v.mp4", null), (result.Status, result.SavedPath, result.CoverPath));
    }

    [Fact]
    public void A_journal_that_is_not_here_is_not_made()
    {
        Assert.Null(Journal.OpenExisting(_rig.FilePath));
        Assert.Equal([], Directory.GetFileSystemEntries(_rig.Folder));
        _rig.Open().Dispose();
        using JournalLease? lease = Journal.OpenExisting(_rig.FilePath);
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task F62_Neither_key_nor_link_stands_in_the_file()
    {
        using (JournalLease lease = _rig.Open())
        {
            using JournalRun run = lease.Journal.BeginRun();
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Saved);
        }
        string text = File.ReadAllText(_rig.FilePath);
        string[] secrets = ["0123456789abcdef", "SECRETSECRET", JournalRig.Link, JournalRig.Cover, "files.example"];
        foreach (string secret in secrets.SelectMany(s => (string[])[s, Convert.ToBase64String(Encoding.UTF8.GetBytes(s)).TrimEnd('=')[..^1]]))
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Theory]
    [Each("tr-TR", "fa-IR", "zh-CN")]
    public async Task F55_What_is_written_is_the_same_in_every_culture(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            FakeTimeProvider time = new(new DateTimeOffset(2025, 3, 1, 12, 0, 0, 250, TimeSpan.Zero));
            using JournalLease lease = _rig.Open(time);
            using JournalRun run = lease.Journal.BeginRun();
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Saved);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Equal(
            """
            {"record":"intent","at":"2025-03-01T12:00:00.25Z","requestId":"request-a-1","hash":"a","occurrence":1,"billed":false,"model":"cogvideox-flash","name":"cat","prompt":"一只猫"}
            {"record":"accepted","at":"2025-03-01T12:00:00.25Z","id":"task-a-1","requestId":"request-a-1","hash":"a","occurrence":1,"submittedAt":"2025-03-01T12:00:00Z"}
            """.ReplaceLineEndings(),
            string.Join(Environment.NewLine, _rig.Lines[1..3]));
        JsonElement ended = Assert.Single(_rig.Records("ended"));
        Assert.Equal("2025-03-01T12:00:40Z", ended.GetProperty("endedAt").GetString());
        Assert.Equal(40.5, ended.GetProperty("elapsedSec").GetDouble());
    }

    [Fact]
    public void Files_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return; // there it is an access list
        using JournalLease lease = _rig.Open();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_rig.FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_rig.FilePath + ".lock"));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named()
    {
        string path = Path.Combine(_rig.Folder, "missing", "run.jsonl");
        CogVideoException refused = Assert.Throws<CogVideoException>(() => Journal.Open(path));
        Assert.Equal(ErrorReason.DestinationUnusable, refused.Reason);
        Assert.Contains(Path.GetDirectoryName(path)!, refused.Message, StringComparison.Ordinal);
        Assert.Equal([], Directory.GetFileSystemEntries(_rig.Folder));
    }

    [Fact]
    public void A_folder_in_the_journals_place_is_refused()
    {
        Directory.CreateDirectory(_rig.FilePath);
        Assert.Equal(ErrorReason.DestinationUnusable, Assert.Throws<CogVideoException>(() => _rig.Open()).Reason);
    }

    [Fact]
    public void Reading_what_does_not_exist_is_an_error_and_creates_nothing()
    {
        Assert.Equal(ErrorReason.NotFound, Assert.Throws<CogVideoException>(() => _rig.Read()).Reason);
        Assert.Equal([], Directory.GetFileSystemEntries(_rig.Folder));
    }

    [Fact]
    public async Task Nothing_is_recorded_of_a_job_that_is_not_in_the_journal()
    {
        using JournalLease lease = _rig.Open();
        byte[] before = _rig.ReadBytes();
        CogVideoJob stranger = JournalRig.NewJob("stranger");
        stranger.Id = "stranger";

        await lease.Journal.AcceptedAsync(stranger);
        await lease.Journal.NotAcceptedAsync("stranger", "reason", null, null);
        await lease.Journal.EndedAsync(JournalRig.NewEnd(stranger));
        await lease.Journal.SavedAsync("stranger", "/x.mp4", 1, null, null);

        Assert.Equal(before, _rig.ReadBytes());
        Assert.Null(lease.Journal.Find("stranger"));
    }
}
