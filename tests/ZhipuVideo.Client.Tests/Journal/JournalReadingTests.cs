using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalReadingTests : JournalTest
{
    [Fact]
    public async Task F53_A_journal_cut_at_any_byte_is_what_its_whole_lines_say()
    {
        await WriteSampleAsync();
        byte[] whole = File.ReadAllBytes(Rig.FilePath);
        int[] ends = Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').ToArray(); // a line is whole without its line feed
        for (int length = 0; length <= whole.Length; length++)
        {
            string[] expected = States(whole[..(ends.LastOrDefault(end => end <= length, -1) + 1)]);
            Assert.Equal(expected, States(whole[..length]));

            // Opened for writing, the rest of the torn line goes, and what is added starts a line of its own
            string path = Path.Combine(Rig.Folder, "cut.jsonl");
            File.WriteAllBytes(path, whole[..length]);
            if (length % 31 != 0) continue; // each of these flushes
            using (OpenJournal open = Rig.Begin(Journal.Open(path)))
            {
                Assert.Empty(open.Journal.UnreadableLines);
                await open.AdvanceAsync("added", JournalState.Intent);
            }
            Assert.EndsWith("\n", File.ReadAllText(path), StringComparison.Ordinal);
            Assert.Equal([.. expected, "added/1 Intent request-added-1 "], States(File.ReadAllBytes(path)));
        }
    }

    [Fact]
    public async Task F53_A_line_that_is_there_twice_counts_once()
    {
        string[] expected = await WriteSampleAsync();
        string[] lines = Rig.Lines;
        for (int line = 1; line < lines.Length; line++)
        {
            for (int again = line + 1; again <= lines.Length; again++)
            {
                List<string> twice = [.. lines];
                twice.Insert(again, lines[line]);
                Assert.Equal(expected, States(Join(twice)));
            }
        }
    }

    [Theory]
    [Each("not JSON at all", "{\"record\":\"intent\",\"requestId\":\"cut", "{\"record\":\"intent\"}",
        "{\"record\":\"intent\",\"requestId\":\"r\",\"hash\":5,\"occurrence\":1}", "{\"record\":\"from a later version\",\"id\":\"t\"}",
        "{\"requestId\":\"r\"}", "[1,2,3]", "\"text\"", "{\"record\":\"saved\",\"id\":\"x\"} trailing", "{\"record\":\"saved\",\"id\":\"=1+1\"}",
        "{\"record\":\"ended\",\"id\":\"task-saved-1\",\"elapsedSec\":1e999}", "{\"record\":\"ended\",\"id\":\"task-saved-1\",\"endedAt\":\"yesterday\"}")]
    public async Task F53_An_unreadable_line_in_the_middle_is_reported_with_its_number(string bad)
    {
        string[] expected = await WriteSampleAsync();
        List<string> lines = [.. Rig.Lines];
        lines.Insert(3, bad);
        File.WriteAllBytes(Rig.FilePath, Join(lines));
        List<CogVideoException> reported = [];

        Assert.Equal(expected, Rig.Read(reported.Add).Select(Describe));

        CogVideoException report = Assert.Single(reported);
        Assert.Equal("CogVideo.JournalUnreadable", report.ErrorId);
        Assert.Contains("Line 4 ", report.Message, StringComparison.Ordinal);
        Assert.Contains(Rig.FilePath, report.Message, StringComparison.Ordinal);
        Assert.NotEqual("", report.RecommendedAction);
    }

    [Fact]
    public async Task F53_While_a_line_is_unreadable_known_rows_go_on_and_unknown_ones_are_not_paid()
    {
        await WriteSampleAsync();
        File.WriteAllBytes(Rig.FilePath, Join([.. Rig.Lines, "garbage", .. Rig.Lines[^1..]]));
        using OpenJournal open = Rig.Begin();

        Assert.Single(open.Journal.UnreadableLines);
        Assert.Equal(JournalState.Saved, open.Claim("saved").State);
        CogVideoException refused = Assert.Throws<CogVideoException>(() => open.Claim("new"));
        Assert.Equal(ErrorReason.JournalUnreadable, refused.Reason);
        Assert.Contains($"Line {Array.IndexOf(Rig.Lines, "garbage") + 1} ", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A value of a wrong type is no reason to refuse rows that the line is not about.</summary>
    [Theory]
    [InlineData("intent", """{"record":"intent","requestId":"request-intent-1","hash":"intent","occurrence":1,"attempt":2,"fps":"x"}""", false)]
    [InlineData("lost", """{"record":"intent","requestId":5,"hash":"lost","occurrence":1}""", false)]
    [InlineData("lost", """{"record":"accepted","id":"t","requestId":"r","hash":"lost","occurrence":1,"submittedAt":"yesterday"}""", false)]
    [InlineData("refused", """{"record":"notAccepted","requestId":"request-refused-1","code":1214}""", false)]
    [InlineData("accepted", """{"record":"ended","id":"task-accepted-1","elapsedSec":1e999}""", true)]
    [InlineData("saved", """{"record":"saved","id":"task-saved-1","path":["/v.mp4"],"length":1}""", true)]
    public async Task F77_A_damaged_line_that_names_its_row_refuses_that_row_alone_and_only_where_it_could_be_paid_again(string row, string bad, bool goesOn)
    {
        await WriteSampleAsync();
        File.AppendAllLines(Rig.FilePath, [bad]);
        int line = Rig.Lines.Length;
        using OpenJournal open = Rig.Begin();

        Assert.Contains($"Line {line} ", Assert.Single(open.Journal.UnreadableLines).Message, StringComparison.Ordinal);
        Assert.Equal(JournalState.New, open.Claim("new").State);
        Assert.Equal(JournalState.Ended, open.Claim("ended").State);
        if (goesOn) Assert.Equal(row == "saved" ? JournalState.Saved : JournalState.Accepted, open.Claim(row).State);
        else Assert.Contains($"line {line} ", Assert.Throws<CogVideoException>(() => open.Claim(row)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task F53_A_lost_line_never_makes_a_row_look_unpaid()
    {
        await WriteSampleAsync();
        string[] lines = Rig.Lines;
        for (int lost = 1; lost < lines.Length; lost++)
        {
            List<string> damaged = [.. lines];
            damaged[lost] = "?";
            File.WriteAllBytes(Rig.FilePath, Join(damaged));
            using OpenJournal open = Rig.Begin();
            foreach (string hash in (string[])["accepted", "ended", "saved"])
            {
                JournalState state = JournalState.Intent;
                try
                {
                    state = open.Claim(hash).State;
                }
                catch (CogVideoException e) when (e.Reason == ErrorReason.JournalUnreadable)
                {
                    // Not submitted either
                }
                Assert.True(state is not (JournalState.New or JournalState.NotAccepted), $"{hash} without line {lost + 1}: {state}");
            }
        }
    }

    [Theory]
    [InlineData("intent", JournalState.Accepted, "task-accepted-1")]
    [InlineData("accepted", JournalState.Intent, "")]
    public async Task F53_Either_line_of_an_accepted_row_is_enough_to_know_it(string lost, object state, string id)
    {
        await WriteSampleAsync();
        string[] lines = Rig.Lines;
        int line = Array.FindIndex(lines, l => l.Contains($"\"record\":\"{lost}\"", StringComparison.Ordinal)
            && l.Contains("request-accepted-1", StringComparison.Ordinal));
        lines[line] = "?";
        File.WriteAllBytes(Rig.FilePath, Join(lines));
        using OpenJournal open = Rig.Begin();

        JournalEntry row = open.Claim("accepted");

        Assert.Equal(((JournalState)state, id), (row.State, row.Job.Id));
    }

    /// <summary>In an alphabet's order the acceptance comes before the intent, and ends before both where ids are sorted.</summary>
    [Theory]
    [Each("the alphabet", "its reverse, below the header", "the newest first, below the header")]
    public async Task F77_A_sorted_journal_is_the_same_journal(string order)
    {
        await WriteSampleAsync();
        string[] expected = [.. States(File.ReadAllBytes(Rig.FilePath)).Order(StringComparer.Ordinal)];
        IEnumerable<string> rest = Rig.Lines.Skip(1);
        rest = order switch
        {
            "the alphabet" => rest.Order(StringComparer.Ordinal),
            "its reverse, below the header" => rest.OrderDescending(StringComparer.Ordinal),
            _ => rest.Reverse(),
        };
        File.WriteAllBytes(Rig.FilePath, Join([Rig.Lines[0], .. rest]));

        string[] states = [.. Rig.Read().Select(Describe).Order(StringComparer.Ordinal)];

        // A refusal says nothing any more where it cannot be told which attempt it followed; an acceptance always does
        Assert.Equal(expected.Where(state => !state.StartsWith("refused", StringComparison.Ordinal)), states.Where(state => !state.StartsWith("refused", StringComparison.Ordinal)));
        Assert.Equal(expected.Length, states.Length);
        using OpenJournal open = Rig.Begin();
        Assert.Equal(("一只猫", "cogvideox-flash"), (open.Claim("accepted").Job.Prompt, open.Journal.Find("task-saved-1")!.Job.Model));
    }

    [Theory]
    [Each("ended", "saved")]
    public async Task F77_The_end_of_a_job_of_which_nothing_else_is_left_keeps_unknown_rows_from_being_paid(string kind)
    {
        await WriteSampleAsync();
        string orphan = Rig.Lines.Last(line => line.Contains($"\"record\":\"{kind}\"", StringComparison.Ordinal));
        File.WriteAllBytes(Rig.FilePath, Join([Rig.Lines[0], orphan]));
        using OpenJournal open = Rig.Begin();

        CogVideoException told = Assert.Single(open.Journal.UnreadableLines);

        Assert.Equal(ErrorReason.JournalUnreadable, told.Reason);
        Assert.Contains("Line 2 ", told.Message, StringComparison.Ordinal);
        Assert.Contains("missing", told.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(() => open.Claim(kind)).Reason);
    }

    [Theory]
    [InlineData("""{"journal":"ZhipuVideo","schema":2,"at":"2030-01-01T00:00:00Z","something":"new"}""", 1)]
    [InlineData("{\"journal\":\"ZhipuVideo\",\"schema\":1}\n{\"journal\":\"ZhipuVideo\",\"schema\":7}", 2)]
    public void F53_A_newer_schema_is_refused_and_not_touched(string text, int line)
    {
        File.WriteAllText(Rig.FilePath, text + "\n{\"record\":\"unheard of\"}\n");
        byte[] before = File.ReadAllBytes(Rig.FilePath);
        foreach (Action open in (Action[])[() => Rig.Open(), () => Rig.Read()])
        {
            CogVideoException refused = Assert.Throws<CogVideoException>(open);
            Assert.Equal("CogVideo.JournalTooNew", refused.ErrorId);
            Assert.StartsWith($"Line {line} ", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllBytes(Rig.FilePath));
    }

    [Theory]
    [Each("\"pid\":\"x\",\"host\":5", "\"pid\":1e99,\"host\":null", "\"pid\":null")]
    public void A_header_that_names_nobody_is_a_header(string fields)
    {
        File.WriteAllText(Rig.FilePath, $"{{\"journal\":\"ZhipuVideo\",\"schema\":1,{fields}}}\n");
        Assert.Empty(Rig.Read());
        using JournalLease lease = Rig.Open();
        Assert.Empty(lease.Journal.UnreadableLines);
    }

    [Fact]
    public async Task The_properties_of_a_line_may_come_in_any_order_and_among_others()
    {
        string[] expected = await WriteSampleAsync();
        string Reverse(string line)
        {
            JsonObject reversed = new() { ["links"] = "c2VhbGVk", ["later"] = new JsonArray(1, new JsonObject { ["id"] = 5 }) };
            foreach (KeyValuePair<string, JsonNode?> property in JsonNode.Parse(line)!.AsObject().Reverse()) reversed[property.Key] = property.Value!.DeepClone();
            return reversed.ToJsonString();
        }

        Assert.Equal(expected, States(Join(Rig.Lines.Select(Reverse))));
    }

    [Fact]
    public async Task A_journal_that_an_editor_has_rewritten_is_still_one()
    {
        string[] expected = await WriteSampleAsync();
        string edited = "\uFEFF" + string.Join("\r\n\r\n", Rig.Lines.Select(line => line.Replace("\":", "\" : ", StringComparison.Ordinal))) + "\r\n";
        Assert.Equal(expected, States(Encoding.UTF8.GetBytes(edited)));
        Assert.Equal(expected, States(Encoding.UTF8.GetBytes(edited.TrimEnd())));
    }

    /// <summary>Of each row its keys are held, and where its lines are: its texts stay in the file.</summary>
    [Fact]
    public void F53_A_journal_of_one_gigabyte_is_streamed()
    {
        using GeneratedJournal stream = new(totalLength: 1L << 30, promptLength: 1 << 20, rows: 512);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        JournalIndex index = new("generated");

        index.Replay(stream);

        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(512, index.Count);
        Assert.InRange(held, long.MinValue, 16 << 20);
        GC.KeepAlive(index);
    }

    [Fact]
    public void F53_A_line_without_end_is_passed_over_in_bounded_memory()
    {
        using GeneratedJournal stream = new(totalLength: 300L << 20, promptLength: 100 << 20, rows: int.MaxValue);
        JournalIndex index = new("generated");
        index.Replay(stream);
        Assert.Equal(stream.Lines, index.UnreadableLines.Count);
        Assert.Equal(0, index.Count);
    }

    [Property(MaxTest = 300)]
    public void F53_Random_bytes_are_an_error_or_no_records(byte[] bytes, bool withHeader)
    {
        byte[] header = withHeader ? "{\"journal\":\"ZhipuVideo\",\"schema\":1}\n"u8.ToArray() : [];
        try
        {
            JournalIndex index = new("random");
            using MemoryStream stream = new([.. header, .. bytes]);
            index.Replay(stream);
            Assert.Equal(0, index.Count);
        }
        catch (CogVideoException e)
        {
            Assert.Equal(ErrorReason.JournalUnreadable, e.Reason);
        }
    }

    [Property(MaxTest = 300)]
    public Property F53_Flipped_bytes_never_crash(int seed) => Prop.ForAll(Gen.Choose(1, 6).ToArbitrary(), flips =>
    {
        Random random = new(seed);
        byte[] bytes = Sample.Value.ToArray();
        for (int i = 0; i < flips; i++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        string path = Path.Combine(Rig.Folder, "flipped.jsonl");
        File.WriteAllBytes(path, bytes);
        try
        {
            foreach (JournalEntry entry in Journal.Read(path, e => Assert.Equal(ErrorReason.JournalUnreadable, e.Reason))) _ = entry.Result;
        }
        catch (CogVideoException e)
        {
            Assert.True(e.Reason is ErrorReason.JournalUnreadable or ErrorReason.JournalTooNew);
        }
    });

    /// <summary>The lines of different rows may come in any order, and any line again later: the states stay the same.</summary>
    [Property(MaxTest = 300)]
    public void F53_The_order_of_different_rows_does_not_matter(int seed)
    {
        Random random = new(seed);
        string[] lines = Encoding.UTF8.GetString(Sample.Value).TrimEnd('\n').Split('\n');
        string[] expected = [.. States(Sample.Value).Order(StringComparer.Ordinal)];
        List<Queue<string>> rows = lines.Skip(1)
            .GroupBy(line => SampleRows.Single(row => line.Contains(row + "-1", StringComparison.Ordinal)))
            .Select(group => new Queue<string>(group))
            .ToList();
        List<string> shuffled = [lines[0]];
        while (rows.Count > 0)
        {
            Queue<string> row = rows[random.Next(rows.Count)];
            shuffled.Add(row.Dequeue());
            if (row.Count == 0) rows.Remove(row);
            if (random.Next(3) == 0) shuffled.Add(shuffled[random.Next(shuffled.Count)]);
        }
        Assert.Equal(expected, States(Join(shuffled)).Order(StringComparer.Ordinal));
    }

    private static readonly string[] SampleRows = ["intent", "refused", "accepted", "ended", "saved"];

    private static readonly Lazy<byte[]> Sample = new(() =>
    {
        using JournalRig rig = new();
        WriteSampleAsync(rig).GetAwaiter().GetResult();
        return File.ReadAllBytes(rig.FilePath);
    });

    /// <summary>Writes the sample; gives what its rows are.</summary>
    private async Task<string[]> WriteSampleAsync()
    {
        await WriteSampleAsync(Rig);
        return States(File.ReadAllBytes(Rig.FilePath));
    }

    /// <summary>A row in each state; the last one, unconfirmed at first, was sent a second time.</summary>
    private static async Task WriteSampleAsync(JournalRig rig)
    {
        using JournalLease lease = rig.Open();
        using (OpenJournal open = rig.Begin())
            foreach ((string hash, JournalState state) in SampleRows.Zip([JournalState.Intent, JournalState.NotAccepted, JournalState.Accepted, JournalState.Ended, JournalState.Intent]))
                await open.AdvanceAsync(hash, state);
        using OpenJournal again = rig.Begin();
        await again.AdvanceAsync("saved", JournalState.Saved);
    }

    private static byte[] Join(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private string[] States(byte[] journal)
    {
        string path = Path.Combine(Rig.Folder, "states.jsonl");
        File.WriteAllBytes(path, journal);
        return Journal.Read(path, e => Assert.Fail(e.Message)).Select(Describe).ToArray();
    }

    private static string Describe(JournalEntry entry) =>
        FormattableString.Invariant($"{entry.Hash}/{entry.Occurrence} {entry.State} {entry.RequestId} {entry.Job.Id}{entry.File?.Result?.SavedPath}");

    /// <summary>Intents of some rows, again and again, with long prompts; made while they are read.</summary>
    private sealed class GeneratedJournal(long totalLength, int promptLength, int rows) : MemoryStream
    {
        private byte[] _line = "{\"journal\":\"ZhipuVideo\",\"schema\":1}\n"u8.ToArray();
        private int _sent;
        private long _made;

        internal int Lines { get; private set; }

        public override long Position { get => 0; set => Assert.Equal(0, value); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_sent == _line.Length)
            {
                if (_made >= totalLength) return 0;
                NextLine();
            }
            int length = Math.Min(count, _line.Length - _sent);
            Array.Copy(_line, _sent, buffer, offset, length);
            _sent += length;
            return length;
        }

        private void NextLine()
        {
            int row = Lines % rows;
            string start = FormattableString.Invariant(
                $"{{\"record\":\"intent\",\"requestId\":\"{row:d9}\",\"hash\":\"{row:d9}\",\"occurrence\":1,\"prompt\":\"");
            if (Lines++ == 0)
            {
                _line = new byte[start.Length + promptLength + 3];
                Array.Fill(_line, (byte)'x');
                "\"}\n"u8.CopyTo(_line.AsSpan(_line.Length - 3));
            }
            Encoding.ASCII.GetBytes(start, _line);
            _sent = 0;
            _made += _line.Length;
        }
    }
}
