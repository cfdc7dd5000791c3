using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace ZhipuVideo.Journaling;

/// <summary>
/// What a journal's lines amount to. Of every submission it keeps only how far it came and where in the file the lines are that say so
/// (some 140 bytes, however long the prompt); the rest is read when it is asked for. Not thread-safe.
/// </summary>
internal sealed class JournalIndex
{
    /// <summary>A header line is shorter than so many bytes, whatever the names of host and address.</summary>
    private const int LongestHeader = 4096;

    private readonly string _path;
    private readonly List<Submission> _submissions = [];
    private readonly Dictionary<ulong, int> _byKey = [];
    private readonly List<long> _unreadableLines = [];
    private readonly HashSet<long> _orphans = [];
    private readonly HashSet<string> _keyTags = new(StringComparer.Ordinal);

    internal JournalIndex(string path) => _path = path;

    /// <summary>Lines in the middle that are no records, or tell the end of a job that no line tells of; the first is line 1.</summary>
    internal IReadOnlyList<long> UnreadableLines => _unreadableLines;

    /// <summary>Whether an unreadable line is a record, but those before it are missing.</summary>
    internal bool IsOrphan(long line) => _orphans.Contains(line);

    /// <summary>The newest line in which a process says that it opened the journal.</summary>
    internal (int Pid, string Host)? Holder { get; private set; }

    /// <summary>The service's address as the journal has it; null when it has none.</summary>
    internal string? Address { get; private set; }

    /// <summary>Whether the journal says whose key it was.</summary>
    internal bool HasKey => _keyTags.Count > 0;

    /// <summary>How many submissions there are, the superseded ones included.</summary>
    internal int Count => _submissions.Count;

    /// <summary>The error of a file that is no journal: there is no line in it to repair.</summary>
    internal static CogVideoException CreateNotOne(string path) => new(ErrorReason.JournalUnreadable, MessageKey.JournalNotOne, path)
    {
        AdviceKey = MessageKey.AdviceJournalNotOne,
    };

    /// <summary>
    /// Reads a whole journal. Returns where the next line belongs: behind the last complete record; what follows there is a torn line.
    /// </summary>
    internal long Replay(Stream stream)
    {
        using LineReader reader = new(stream);
        long end = 0;
        List<(JournalRecord Record, long Offset, long Line)> early = []; // where lines were sorted, what comes before what it tells of
        for (long number = 1; reader.TryRead(out ReadOnlySpan<byte> line); number++)
        {
            bool isTorn = !reader.IsTerminated && !reader.IsTooLong && (number > 1 ? IsTornRecord(line) : IsTornHeader(line));
            if (reader.Offset == 0 && line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
            bool readable = JournalRecord.TryParse(line, out JournalRecord record);
            if (isTorn && !readable) break;
            if (number == 1 && !(readable && record.Kind == RecordKind.Opened))
                throw CreateNotOne(_path);
            if (!readable)
            {
                if (reader.IsTooLong || !IsBlank(line)) _unreadableLines.Add(number);
            }
            else if (record.Kind != RecordKind.Opened)
            {
                if (!Apply(record, reader.Offset)) early.Add((record, reader.Offset, number));
            }
            else
            {
                if (record.Schema > Journal.Schema)
                    throw new CogVideoException(ErrorReason.JournalTooNew, MessageKey.JournalTooNew, _path, number, record.Schema, Journal.Schema);
                JournalHeader header = JournalLine.ReadOpened(line);
                if (header is { Pid: int pid, Host: string host }) Holder = (pid, host);
                Address ??= header.Address;
                if (header.KeyTag is not null) _keyTags.Add(header.KeyTag);
            }
            end = reader.NextOffset;
        }
        foreach ((JournalRecord record, long offset, long line) in early)
        {
            // A refusal of which nothing else is known costs nobody anything
            if (Apply(record, offset) || record.Kind == RecordKind.NotAccepted) continue;
            _unreadableLines.Add(line);
            _orphans.Add(line);
        }
        return end;
    }

    /// <summary>Whether the rows are of this address, as far as the journal knows.</summary>
    internal bool KnowsAddress(JournalOwner owner) => Address is null || Address == owner.Address;

    /// <summary>Whether the key is one that the rows were paid with.</summary>
    internal bool KnowsKey(JournalOwner owner) => Address is not null && _keyTags.Contains(owner.KeyTag);

    internal void Add(JournalOwner owner)
    {
        Address = owner.Address;
        _keyTags.Add(owner.KeyTag);
    }

    /// <summary>Whether a file's first line is a journal's; no more of it is read than such a line can have.</summary>
    internal static bool BeginsLikeOne(Stream stream)
    {
        byte[] start = new byte[LongestHeader];
        int length = 0;
        for (int read; length < start.Length && (read = stream.Read(start, length, start.Length - length)) > 0;) length += read;
        ReadOnlySpan<byte> line = start.AsSpan(0, length);
        if (line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
        int end = line.IndexOf((byte)'\n');
        return JournalRecord.TryParse(end < 0 ? line : line.Slice(0, end), out JournalRecord record) && record.Kind == RecordKind.Opened;
    }

    /// <summary>
    /// Takes in one record. Records of one submission may come twice and, where a line was lost, without those before them;
    /// nothing that comes later takes back what was known. False when no record has told of the submission yet.
    /// </summary>
    internal bool Apply(in JournalRecord record, long offset)
    {
        int index = record.Kind is RecordKind.Ended or RecordKind.Saved ? Find(record.IdKey) : -1;
        if (index < 0) index = Find(record.RequestKey); // also where the line with the id was lost
        if (record.Kind == RecordKind.Intent)
        {
            ApplyIntent(record, index, offset);
            return true;
        }
        if (index < 0)
        {
            // The intent's line was lost. Only the acceptance names the row too, so that it is not sent again.
            if (record.Kind != RecordKind.Accepted) return false;
            index = Add(record, new Submission { State = JournalState.Intent });
        }
        Submission known = _submissions[index];
        switch (record.Kind)
        {
            case RecordKind.NotAccepted when known.State == JournalState.Intent && known.Attempt == record.Attempt && !known.IsResent:
                _submissions[index] = known with { State = JournalState.NotAccepted, Outcome = offset };
                break;
            case RecordKind.Accepted when known.State < JournalState.Accepted:
                _submissions[index] = known with { State = JournalState.Accepted, Outcome = offset };
                break;
            case RecordKind.Ended when known.State < JournalState.Saved:
                _submissions[index] = known with { State = JournalState.Ended, Ended = offset };
                break;
            case RecordKind.Ended: // earlier versions wrote it again with a new link
                _submissions[index] = known with { Ended = offset };
                break;
            case RecordKind.Saved:
                _submissions[index] = known with { State = JournalState.Saved, Saved = offset };
                break;
        }
        if (record.IdKey != 0 && !_byKey.ContainsKey(record.IdKey)) _byKey.Add(record.IdKey, index); // of two jobs with one id, the first
        return true;
    }

    /// <summary>The submission with a request id or a task id, or a row's newest; -1 when there is none.</summary>
    internal int Find(ulong key) => _byKey.TryGetValue(key, out int index) ? index : -1;

    /// <summary>How far a submission came, how often it was sent, and whose it is.</summary>
    internal (JournalState State, int Attempt, ulong RowKey) this[int index] =>
        (_submissions[index].State, _submissions[index].Attempt, _submissions[index].RowKey);

    /// <summary>Whether no newer submission of the same row took a submission's place.</summary>
    internal bool IsNewest(int index) => _byKey[_submissions[index].RowKey] == index;

    /// <summary>Reads the lines of a submission, as far as they are in the file's first so many bytes.</summary>
    internal JournalEntry Load(Stream stream, int index, long length)
    {
        Submission submission = _submissions[index];
        JournalState state = submission.State;
        if (state == JournalState.Saved && submission.Saved >= length) state = JournalState.Ended;
        if (state == JournalState.Ended && submission.Ended >= length) state = JournalState.Accepted;
        if (state is JournalState.Accepted or JournalState.NotAccepted && submission.Outcome >= length) state = JournalState.Intent;
        JournalEntry entry = new(_path, "", 0) { Attempt = submission.Attempt, State = state };
        foreach (long offset in (ReadOnlySpan<long>)[submission.Intent, submission.Outcome, submission.Ended, submission.Saved])
            if (offset > 0 && offset < length) ReadLine(stream, offset, entry);
        entry.Job.Status = entry.State switch
        {
            JournalState.Intent => CogVideoStatus.Unconfirmed,
            JournalState.Accepted => CogVideoStatus.Processing,
            JournalState.NotAccepted => CogVideoStatus.Unknown,
            JournalState.Saved => CogVideoStatus.Success, // also where its end was not recorded
            _ => entry.Job.Status,
        };
        return entry;
    }

    /// <summary>
    /// The row that is the n-th with a hash; <see cref="JournalState.New"/> when there is none. Throws <see cref="ErrorReason.JournalUnreadable"/>
    /// when it may be the row of a line that cannot be read.
    /// </summary>
    internal JournalEntry LoadRow(Stream stream, long length, string hash, int occurrence)
    {
        int index = Find(JournalRecord.CreateRowKey(hash, occurrence));
        if (index >= 0)
        {
            JournalEntry row = Load(stream, index, length);
            int owner = Find(ItemKey.Create(row.Job.Id, KeyKind.Id));
            if (owner >= 0 && owner != index) row.EarlierTwin = Load(stream, owner, length).Job;
            return row;
        }
        if (_unreadableLines.Count > 0)
            throw new CogVideoException(ErrorReason.JournalUnreadable, MessageKey.JournalRowUncertain, _path, _unreadableLines[0]);
        return new JournalEntry(_path, hash, occurrence);
    }

    /// <summary>Empty but for what editors put between lines. Zeros are not blank: a line was lost there.</summary>
    private static bool IsBlank(ReadOnlySpan<byte> line)
    {
        foreach (byte b in line)
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r')) return false;
        return true;
    }

    /// <summary>
    /// Whether an unfinished line is what a crash has left of one of ours: it begins like a record, or a power cut has left nothing but zeros.
    /// Whatever else stands there, somebody else has written it, and it is not ours to cut.
    /// </summary>
    private static bool IsTornRecord(ReadOnlySpan<byte> line) => Begins(line, "{\"record\":\""u8) || IsTornHeader(line) || IsZero(line);

    /// <summary>The same of a journal's first line, which is never long.</summary>
    private static bool IsTornHeader(ReadOnlySpan<byte> line) =>
        line.Length <= LongestHeader && (Begins(line, "{\"journal\":\"ZhipuVideo\","u8) || IsZero(line));

    private static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start) =>
        line.StartsWith(start) || (line.Length > 0 && start.StartsWith(line));

    private static bool IsZero(ReadOnlySpan<byte> line)
    {
        foreach (byte b in line)
            if (b != 0) return false;
        return line.Length > 0;
    }

    private void ApplyIntent(in JournalRecord record, int index, long offset)
    {
        if (index < 0 || _submissions[index].RowKey != record.RowKey)
        {
            Add(record, new Submission { State = JournalState.Intent, Intent = offset });
            return;
        }
        Submission known = _submissions[index];
        if (known.Intent == 0) _submissions[index] = known = known with { Intent = offset }; // the acceptance stands before it
        if (record.Attempt > known.Attempt && known.State <= JournalState.NotAccepted)
            _submissions[index] = known with
            {
                State = JournalState.Intent,
                Attempt = record.Attempt,
                Intent = offset,
                Outcome = 0,
                IsResent = known.IsResent || known.State == JournalState.Intent,
            };
    }

    private int Add(in JournalRecord record, Submission submission)
    {
        _submissions.Add(submission with { RowKey = record.RowKey, Attempt = record.Attempt });
        return _byKey[record.RequestKey] = _byKey[record.RowKey] = _submissions.Count - 1;
    }

    private void ReadLine(Stream stream, long offset, JournalEntry entry)
    {
        using LineReader reader = new(stream, offset, 2048);
        reader.TryRead(out ReadOnlySpan<byte> line);
        try
        {
            JournalLine.ReadInto(line, entry);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new CogVideoException(ErrorReason.JournalUnreadable, MessageKey.JournalUnreadable, _path, CountLines(stream, offset));
        }
    }

    private static long CountLines(Stream stream, long offset)
    {
        using LineReader reader = new(stream);
        long number = 1;
        while (reader.NextOffset < offset && reader.TryRead(out _)) number++;
        return number;
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>One submission; offsets of lines, 0 where there is none (a journal's first line is its header).</summary>
    private readonly record struct Submission
    {
        internal ulong RowKey { get; init; }
        internal long Intent { get; init; }
        internal long Outcome { get; init; }
        internal long Ended { get; init; }
        internal long Saved { get; init; }
        internal int Attempt { get; init; }
        internal JournalState State { get; init; }

        /// <summary>
        /// It was sent again while nobody knew what had become of the first time. A refusal of the second says nothing of the first:
        /// the service may find the account empty, or all slots taken, before it finds the request known.
        /// </summary>
        internal bool IsResent { get; init; }
    }
}
