using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalReadingTests : IDisposable
{
    private readonly JournalRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task F53_A_journal_cut_at_any_byte_is_what_its_whole_lines_say()
    {
        await WriteSampleAsync();
        byte[] whole = File.ReadAllBytes(_rig.FilePath);
        int[] ends = Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').ToArray(); // a line is whole without its line feed
        for (int length = 0; length <= whole.Length; length++)
        {
            string[] expected = States(whole[..(ends.LastOrDefault(end => end <= length, -1) + 1)]);
            Assert.Equal(expected, States(whole[..length]));

            // Opened for writing, the rest of the torn line goes, and what is added starts a line of its own
            string path = Path.Combine(_rig.Folder, "cut.jsonl");
            File.WriteAllBytes(path, whole[..length]);
            if (length % 31 != 0) continue; // each of these flushes
            using (JournalLease lease = Journal.Open(path))
            {
                Assert.Empty(lease.Journal.UnreadableLines);
                using JournalRun run = lease.Journal.BeginRun();
                await JournalRig.AdvanceAsync(lease.Journal, run, "added", JournalState.Intent);
            }
            Assert.EndsWith("\n", File.ReadAllText(path), StringComparison.Ordinal);
            Assert.Equal([.. expected, "added/1 Intent request-added-1 "], States(File.ReadAllBytes(path)));
        }
    }

    [Fact]
    public async Task F53_A_line_that_is_there_twice_counts_once()
    {
        await WriteSampleAsync();
        string[] expected = States(File.ReadAllBytes(_rig.FilePath));
        string[] lines = _rig.Lines;
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
        await WriteSampleAsync();
        string[] expected = States(File.ReadAllBytes(_rig.FilePath));
        List<string> lines = [.. _rig.Lines];
        lines.Insert(3, bad);
        File.WriteAllBytes(_rig.FilePath, Join(lines));
        List<CogVideoException> reported = [];

        Assert.Equal(expected, _rig.Read(reported.Add).Select(Describe));

        CogVideoException report = Assert.Single(reported);
        Assert.Equal("CogVideo.JournalUnreadable", report.ErrorId);
        Assert.Contains("Line 4 ", report.Message, StringComparison.Ordinal);
        Assert.Contains(_rig.FilePath, report.Message, StringComparison.Ordinal);
        Assert.NotEqual("", report.RecommendedAction);
    }

    [Fact]
    public async Task F53_While_a_line_is_unreadable_known_rows_go_on_and_unknown_ones_are_not_paid()
    {
        await WriteSampleAsync();
        File.WriteAllBytes(_rig.FilePath, Join([.. _rig.Lines, "garbage", .. _rig.Lines[^1..]]));
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();

        Assert.Single(lease.Journal.UnreadableLines);
        Assert.Equal(JournalState.Saved, run.Claim("saved").State);
        CogVideoException refused = Assert.Throws<CogVideoException>(() => run.Claim("new"));
        Assert.Equal(ErrorReason.JournalUnreadable, refused.Reason);
        Assert.Contains($"Line {Array.IndexOf(_rig.Lines, "garbage") + 1} ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F53_A_lost_line_never_makes_a_row_look_unpaid()
    {
        await WriteSampleAsync();
        string[] lines = _rig.Lines;
        for (int lost = 1; lost < lines.Length; lost++)
        {
            List<string> damaged = [.. lines];
            damaged[lost] = "?";
            File.WriteAllBytes(_rig.FilePath, Join(damaged));
            using JournalLease lease = _rig.Open();
            using JournalRun run = lease.Journal.BeginRun();
            foreach (string hash in (string[])["accepted", "ended", "saved"])
            {
                JournalState state = JournalState.Intent;
                try
                {
                    state = run.Claim(hash).State;
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
        string[] lines = _rig.Lines;
        int line = Array.FindIndex(lines, l => l.Contains($"\"record\":\"{lost}\"", StringComparison.Ordinal)
            && l.Contains("request-accepted-1", StringComparison.Ordinal));
        lines[line] = "?";
        File.WriteAllBytes(_rig.FilePath, Join(lines));
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();

        JournalEntry row = run.Claim("accepted");

        Assert.Equal(((JournalState)state, id), (row.State, row.Job.Id));
    }

    /// <summary>In an alphabet's order the acceptance comes before the intent, and ends before both where ids are sorted.</summary>
    [Theory]
    [Each("the alphabet", "its reverse, below the header", "the newest first, below the header")]
    public async Task F77_A_sorted_journal_is_the_same_journal(string order)
    {
        await WriteSampleAsync();
        string[] expected = [.. States(File.ReadAllBytes(_rig.FilePath)).Order(StringComparer.Ordinal)];
        IEnumerable<string> rest = _rig.Lines.Skip(1);
        rest = order switch
        {
            "the alphabet" => rest.Order(StringComparer.Ordinal),
            "its reverse, below the header" => rest.OrderDescending(StringComparer.Ordinal),
            _ => rest.Reverse(),
        };
        File.WriteAllBytes(_rig.FilePath, Join([_rig.Lines[0], .. rest]));

        string[] states = [.. _rig.Read().Select(Describe).Order(StringComparer.Ordinal)];

        // A refusal says nothing any more where it cannot be told which attempt it followed; an acceptance always does
        Assert.Equal(expected.Where(state => !state.StartsWith("refused", StringComparison.Ordinal)), states.Where(state => !state.StartsWith("refused", StringComparison.Ordinal)));
        Assert.Equal(expected.Length, states.Length);
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        Assert.Equal(("一只猫", "cogvideox-flash"), (run.Claim("accepted").Job.Prompt, lease.Journal.Find("task-saved-1")!.Job.Model));
    }

    [Theory]
    [Each("ended", "saved")]
    public async Task F77_The_end_of_a_job_of_which_nothing_else_is_left_keeps_unknown_rows_from_being_paid(string kind)
    {
        await WriteSampleAsync();
        string orphan = _rig.Lines.Last(line => line.Contains($"\"record\":\"{kind}\"", StringComparison.Ordinal));
        File.WriteAllBytes(_rig.FilePath, Join([_rig.Lines[0], orphan]));
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();

        CogVideoException told = Assert.Single(lease.Journal.UnreadableLines);

        Assert.Equal(ErrorReason.JournalUnreadable, told.Reason);
        Assert.Contains("Line 2 ", told.Message, StringComparison.Ordinal);
        Assert.Contains("missing", told.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(() => run.Claim(kind)).Reason);
    }

    [Fact]
    public void F53_An_empty_file_is_a_new_journal()
    {
        File.WriteAllBytes(_rig.FilePath, []);
        Assert.Empty(_rig.Read());
        using JournalLease lease = _rig.Open();
        Assert.Contains("\"schema\":1", Assert.Single(_rig.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"journal":"ZhipuVideo","schema":2,"at":"2030-01-01T00:00:00Z","something":"new"}""", 1)]
    [InlineData("{\"journal\":\"ZhipuVideo\",\"schema\":1}\n{\"journal\":\"ZhipuVideo\",\"schema\":7}", 2)]
    public void F53_A_newer_schema_is_refused_and_not_touched(string text, int line)
    {
        File.WriteAllText(_rig.FilePath, text + "\n{\"record\":\"unheard of\"}\n");
        byte[] before = File.ReadAllBytes(_rig.FilePath);
        foreach (Action open in (Action[])[() => _rig.Open(), () => _rig.Read()])
        {
            CogVideoException refused = Assert.Throws<CogVideoException>(open);
            Assert.Equal("CogVideo.JournalTooNew", refused.ErrorId);
            Assert.StartsWith($"Line {line} ", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllBytes(_rig.FilePath));
    }

    [Theory]
    [Each("\"pid\":\"x\",\"host\":5", "\"pid\":1e99,\"host\":null", "\"pid\":null")]
    public void A_header_that_names_nobody_is_a_header(string fields)
    {
        File.WriteAllText(_rig.FilePath, $"{{\"journal\":\"ZhipuVideo\",\"schema\":1,{fields}}}\n");
        Assert.Empty(_rig.Read());
        using JournalLease lease = _rig.Open();
        Assert.Empty(lease.Journal.UnreadableLines);
    }

    [Theory]
    [Each("Prompt,Name\n一只猫,cat\n", "Prompt,Name without a line feed", "{\"journal\":\"somebody else's\",\"schema\":1}\n", "{}\n", "\n")]
    public void A_file_that_is_no_journal_is_refused_and_not_touched(string text)
    {
        File.WriteAllText(_rig.FilePath, text);
        foreach (Action open in (Action[])[() => _rig.Open(), () => _rig.Read()])
            Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(open).Reason);
        Assert.Equal(text, File.ReadAllText(_rig.FilePath));
    }

    [Fact]
    public async Task The_properties_of_a_line_may_come_in_any_order_and_among_others()
    {
        await WriteSampleAsync();
        string[] expected = States(File.ReadAllBytes(_rig.FilePath));
        string Reverse(string line)
        {
            JsonObject reversed = new() { ["links"] = "c2VhbGVk", ["later"] = new JsonArray(1, new JsonObject { ["id"] = 5 }) };
            foreach (KeyValuePair<string, JsonNode?> property in JsonNode.Parse(line)!.AsObject().Reverse()) reversed[property.Key] = property.Value!.DeepClone();
            return reversed.ToJsonString();
        }

        Assert.Equal(expected, States(Join(_rig.Lines.Select(Reverse))));
    }

    [Fact]
    public async Task A_journal_that_an_editor_has_rewritten_is_still_one()
    {
        await WriteSampleAsync();
        string[] expected = States(File.ReadAllBytes(_rig.FilePath));
        string edited = "\uFEFF" + string.Join("\r\n\r\n", _rig.Lines.Select(line => line.Replace("\":", "\" : ", StringComparison.Ordinal))) + "\r\n";
        Assert.Equal(expected, States(Encoding.UTF8.GetBytes(edited)));
        Assert.Equal(expected, States(Encoding.UTF8.GetBytes(edited.TrimEnd())));
    }

    /// <summary>Only the texts of the rows are kept, and those of lines that say nothing new are not.</summary>
    [Fact]
    public void F53_A_journal_of_one_gigabyte_is_streamed()
    {
        using GeneratedJournal stream = new(totalLength: 1L << 30, promptLength: 1 << 20, rows: 4);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        JournalIndex index = new("generated");

        index.Replay(stream);

        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(4, index.Count);
        Assert.InRange(held, 0, 16 << 20);
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
        string path = Path.Combine(_rig.Folder, "flipped.jsonl");
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

    private Task WriteSampleAsync() => WriteSampleAsync(_rig);

    /// <summary>A row in each state; the last one, unconfirmed at first, was sent a second time.</summary>
    private static async Task WriteSampleAsync(JournalRig rig)
    {
        using JournalLease lease = rig.Open();
        using (JournalRun run = lease.Journal.BeginRun())
            foreach ((string hash, JournalState state) in SampleRows.Zip([JournalState.Intent, JournalState.NotAccepted, JournalState.Accepted, JournalState.Ended, JournalState.Intent]))
                await JournalRig.AdvanceAsync(lease.Journal, run, hash, state);
        using JournalRun again = lease.Journal.BeginRun();
        await JournalRig.AdvanceAsync(lease.Journal, again, "saved", JournalState.Saved);
    }

    private static byte[] Join(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private string[] States(byte[] journal)
    {
        string path = Path.Combine(_rig.Folder, "states.jsonl");
        File.WriteAllBytes(path, journal);
        return Journal.Read(path, e => Assert.Fail(e.Message)).Select(Describe).ToArray();
    }

    private static string Describe(JournalEntry entry) =>
        FormattableString.Invariant($"{entry.Hash}/{entry.Occurrence} {entry.State} {entry.RequestId} {entry.Job.Id}{entry.SavedPath}");

    /// <summary>Intents of some rows, again and again, with long prompts; made while they are read.</summary>
    private sealed class GeneratedJournal : Stream
    {
        private readonly long _totalLength;
        private readonly int _promptLength;
        private readonly int _rows;
        private byte[] _line = "{\"journal\":\"ZhipuVideo\",\"schema\":1}\n"u8.ToArray();
        private int _sent;
        private long _made;

        internal GeneratedJournal(long totalLength, int promptLength, int rows) =>
            (_totalLength, _promptLength, _rows) = (totalLength, promptLength, rows);

        internal int Lines { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => Assert.Equal(0, value); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_sent == _line.Length)
            {
                if (_made >= _totalLength) return 0;
                NextLine();
            }
            int length = Math.Min(count, _line.Length - _sent);
            Array.Copy(_line, _sent, buffer, offset, length);
            _sent += length;
            return length;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private void NextLine()
        {
            int row = Lines % _rows;
            string start = FormattableString.Invariant(
                $"{{\"record\":\"intent\",\"requestId\":\"{row:d9}\",\"hash\":\"{row:d9}\",\"occurrence\":1,\"prompt\":\"");
            if (Lines++ == 0)
            {
                _line = new byte[start.Length + _promptLength + 3];
                Array.Fill(_line, (byte)'x');
                "\"}\n"u8.CopyTo(_line.AsSpan(_line.Length - 3));
            }
            Encoding.ASCII.GetBytes(start, _line);
            _sent = 0;
            _made += _line.Length;
        }
    }
}
