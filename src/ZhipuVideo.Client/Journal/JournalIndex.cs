using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ZhipuVideo.Journaling;

/// <summary>What a journal's lines amount to: the rows and how far they came, and the lines that say nothing. Not thread-safe.</summary>
internal sealed class JournalIndex
{
    /// <summary>A header line is shorter than so many bytes, whatever the names of host and address.</summary>
    private const int MaxHeader = 4096;

    private readonly string _path;
    private readonly List<JournalEntry> _entries = []; // all submissions, the superseded ones included
    private readonly Dictionary<string, JournalEntry> _byRequestId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JournalEntry> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JournalEntry> _byRow = new(StringComparer.Ordinal);
    private readonly List<CogVideoException> _unreadableLines = [];
    private readonly HashSet<string> _keyTags = new(StringComparer.Ordinal);
    private long _firstUnreadable;

    internal JournalIndex(string path) => _path = path;

    /// <summary>Lines in the middle that are not records, or tell the end of a job that no line tells of; an error for each.</summary>
    internal IReadOnlyList<CogVideoException> UnreadableLines => _unreadableLines;

    /// <summary>The newest line in which a process says that it opened the journal.</summary>
    internal (int Pid, string Host)? Holder { get; private set; }

    /// <summary>The service's address as the journal has it; null when it has none.</summary>
    internal string? Address { get; private set; }

    /// <summary>Whether the journal says whose key it was.</summary>
    internal bool HasKey => _keyTags.Count > 0;

    /// <summary>How many submissions there are, the superseded ones included.</summary>
    internal int Count => _entries.Count;

    /// <summary>The newest submission of each row, in the order in which they were first written.</summary>
    internal IEnumerable<JournalEntry> Rows => _entries.Where(entry => _byRow[CreateRowKey(entry.Hash, entry.Occurrence)] == entry);

    /// <summary>The request_ids of all submissions that were billed or may have been.</summary>
    internal IEnumerable<string> Billed =>
        _byRequestId.Where(entry => entry.Value is { IsBilled: true, State: not JournalState.NotAccepted }).Select(entry => entry.Key);

    /// <summary>The id of the newest task; null when there is none.</summary>
    internal string? NewestId => _entries.LastOrDefault(entry => entry.State >= JournalState.Accepted && entry.Job.Id.Length > 0)?.Job.Id;

    /// <summary>What the lines that were replayed say of how long tasks took, by model.</summary>
    internal IReadOnlyList<WarmStart> WarmStarts { get; private set; } = [];

    /// <summary>
    /// Reads a whole journal. Returns where the next line belongs: behind the last complete record; what follows there is a torn line.
    /// </summary>
    internal long Replay(Stream stream)
    {
        using LineReader reader = new(stream);
        WarmStartReader warmStart = new();
        long end = 0;
        List<(JournalRecord Record, long Line)> early = []; // where lines were sorted, what comes before what it tells of
        for (long number = 1; reader.TryRead(out ReadOnlySpan<byte> line); number++)
        {
            bool isTorn = !reader.IsTerminated && !reader.IsTooLong && (number > 1 ? IsTornRecord(line) : IsTornHeader(line));
            if (number == 1 && line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
            if (number > 1 && !reader.IsTooLong && IsBlank(line))
            {
                end = reader.NextOffset;
                continue;
            }
            JournalRecord? record = number == 1 ? null : JournalSerializer.Read(line);
            JournalHeader? header = record is null ? JournalSerializer.ReadHeader(line) : null;
            if (record is null && header is null)
            {
                if (isTorn) break;
                if (number == 1) throw JournalErrors.CreateNotOne(_path);
                AddUnreadable(number, isOrphan: false);
            }
            else if (header is not null)
            {
                Add(header, number);
                warmStart.BeginOpening();
            }
            else if (!TryReplay(record!, number, warmStart))
            {
                early.Add((record!, number));
            }
            end = reader.NextOffset;
        }
        foreach ((JournalRecord record, long line) in early)
        {
            // A refusal of which nothing else is known costs nobody anything
            if (TryReplay(record, line, warmStart) || record.Kind == RecordKind.NotAccepted) continue;
            AddUnreadable(line, isOrphan: true);
        }
        WarmStarts = warmStart.Read();
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
        byte[] start = new byte[MaxHeader];
        int length = 0;
        for (int read; length < start.Length && (read = stream.Read(start, length, start.Length - length)) > 0;) length += read;
        ReadOnlySpan<byte> line = start.AsSpan(0, length);
        if (line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
        int end = line.IndexOf((byte)'\n');
        return JournalSerializer.ReadHeader(end < 0 ? line : line.Slice(0, end)) is not null;
    }

    /// <summary>
    /// Takes in that a record is on its way to the disk, or was read from there. Records of one submission may come twice and, where a line was
    /// lost, without those before them; nothing that comes later takes back what was known. False when no record has told of the submission yet.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="changed">What is to take it in once it is on disk; null when it changes nothing more.</param>
    internal bool TryExpect(JournalRecord record, out JournalEntry? changed)
    {
        changed = null;
        JournalEntry? entry = record.Kind is RecordKind.Ended or RecordKind.Saved ? FindById(record.Id) : null;
        entry ??= FindByRequestId(record.RequestId); // also where the line with the id was lost
        if (record.Kind == RecordKind.Intent)
        {
            if (entry is null || entry.Hash != record.Hash || entry.Occurrence != record.Occurrence) entry = Add(record);
            entry.Intend(record);
            return true;
        }
        // Where the intent's line was lost, only the acceptance names the row too, so that it is not sent again
        if (entry is null && record.Kind == RecordKind.Accepted) entry = Add(record);
        if (entry is null) return false;
        if (record.Id is not null && !_byId.ContainsKey(record.Id)) _byId.Add(record.Id, entry); // of two jobs with one id, the first
        if (entry.Expect(record)) changed = entry;
        return true;
    }

    internal JournalEntry? FindById(string? id) => Find(_byId, id);

    internal JournalEntry? FindByRequestId(string? requestId) => Find(_byRequestId, requestId);

    /// <summary>
    /// The row that is the n-th with a hash; <see cref="JournalState.New"/> when there is none. Throws <see cref="ErrorReason.JournalUnreadable"/>
    /// when it may be the row of a line that cannot be read.
    /// </summary>
    internal JournalEntry GetRow(string hash, int occurrence)
    {
        if (Find(_byRow, CreateRowKey(hash, occurrence)) is { } row) return row.Copy(FindById(row.Job.Id));
        if (_unreadableLines.Count > 0)
            throw new CogVideoException(ErrorReason.JournalUnreadable, MessageKey.JournalRowUncertain, _path, _firstUnreadable);
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
    /// Anything else was written by somebody else and is not ours to cut.
    /// </summary>
    private static bool IsTornRecord(ReadOnlySpan<byte> line) => Begins(line, "{\"record\":\""u8) || IsTornHeader(line) || IsZero(line);

    /// <summary>The same of a journal's first line, which is never long.</summary>
    private static bool IsTornHeader(ReadOnlySpan<byte> line) =>
        line.Length <= MaxHeader && (Begins(line, "{\"journal\":\"ZhipuVideo\","u8) || IsZero(line));

    private static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start) =>
        line.StartsWith(start) || (line.Length > 0 && start.StartsWith(line));

    private static bool IsZero(ReadOnlySpan<byte> line)
    {
        foreach (byte b in line)
            if (b != 0) return false;
        return line.Length > 0;
    }

    private void Add(JournalHeader header, long line)
    {
        if (header.Schema > Journal.Schema)
            throw new CogVideoException(ErrorReason.JournalTooNew, MessageKey.JournalTooNew, _path, line, header.Schema, Journal.Schema);
        if (header is { Pid: int pid, Host: string host }) Holder = (pid, host);
        Address ??= header.Address;
        if (header.KeyTag is not null) _keyTags.Add(header.KeyTag);
    }

    private void AddUnreadable(long line, bool isOrphan)
    {
        if (_unreadableLines.Count == 0) _firstUnreadable = line;
        _unreadableLines.Add(JournalErrors.CreateUnreadable(_path, line, isOrphan));
    }

    private bool TryReplay(JournalRecord record, long line, WarmStartReader warmStart)
    {
        if (!TryExpect(record, out JournalEntry? changed)) return false;
        if (changed is null) return true;
        changed.Take(record);
        warmStart.Add(changed, record, line);
        return true;
    }

    private JournalEntry Add(JournalRecord record)
    {
        JournalEntry entry = new(_path, record.Hash!, record.Occurrence, record.RequestId);
        _entries.Add(entry);
        return _byRequestId[record.RequestId!] = _byRow[CreateRowKey(entry.Hash, entry.Occurrence)] = entry;
    }

    private static JournalEntry? Find(Dictionary<string, JournalEntry> entries, string? key) =>
        key is not null && entries.TryGetValue(key, out JournalEntry? entry) ? entry : null;

    private static string CreateRowKey(string hash, int occurrence) => occurrence == 1 ? hash : FormattableString.Invariant($"{hash}\n{occurrence}");

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];
}
