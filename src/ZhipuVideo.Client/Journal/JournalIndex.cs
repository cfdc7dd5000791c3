using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Journaling;

/// <summary>What a journal's lines amount to: the rows and how far they came, and the lines that say nothing. Not thread-safe.</summary>
internal sealed class JournalIndex
{
    /// <summary>A header line is shorter than so many bytes, whatever the names of host and address.</summary>
    private const int MaxHeader = 4096;

    private readonly string _path;
    private readonly List<JournalRow> _rows = []; // all submissions, the superseded ones included
    private readonly RowIndex<PackedText> _byRequestId;
    private readonly RowIndex<(PackedText Hash, int Occurrence)> _byRow;
    private readonly Dictionary<PackedText, JournalRow> _byId = []; // a few have two ids
    private readonly Dictionary<(PackedText Hash, int Occurrence), long> _damaged = []; // rows, and a line that names each and cannot be read
    private readonly List<CogVideoException> _unreadableLines = [];
    private readonly List<string> _unclearBilled = []; // of those lines, the submissions that each may be the only one to tell of
    private readonly HashSet<string> _keyTags = new(StringComparer.Ordinal);
    private Stream _reader = Stream.Null;
    private long _firstUnreadable; // of those that may be of any row

    internal JournalIndex(string path)
    {
        _path = path;
        _byRequestId = new(_rows, static row => row.RequestId);
        _byRow = new(_rows, static row => (row.Hash, row.Occurrence));
    }

    /// <summary>Lines in the middle that are not records, or tell the end of a job that no line tells of; an error for each.</summary>
    internal IReadOnlyList<CogVideoException> UnreadableLines => _unreadableLines;

    /// <summary>The newest line in which a process says that it opened the journal.</summary>
    internal (int Pid, string Host)? Holder { get; private set; }

    /// <summary>The service's address as the journal has it; null when it has none.</summary>
    internal string? Address { get; private set; }

    /// <summary>Whether the journal says whose key it was.</summary>
    internal bool HasKey => _keyTags.Count > 0;

    /// <summary>How many submissions there are, the superseded ones included.</summary>
    internal int Count => _rows.Count;

    /// <summary>The newest submission of each row, in the order in which they were first written.</summary>
    internal IEnumerable<JournalEntry> Rows => _rows.Where(row => _byRow.Find((row.Hash, row.Occurrence)) == row).Select(row => Tell(row));

    /// <summary>The request_ids of all submissions that were billed or may have been; of what cannot be read, whatever is left to tell it by.</summary>
    internal IEnumerable<string> Billed => _rows.Where(static row => row is { IsBilled: true, State: not JournalState.NotAccepted })
        .Select(static row => row.RequestId.ToString()).Concat(_unclearBilled).Distinct();

    /// <summary>The id of the newest task; null when there is none.</summary>
    internal string? NewestId => _rows.FindLast(static row => row.State >= JournalState.Accepted && !row.Id.IsNull)?.Id.ToString();

    /// <summary>Whether what was replayed can be appended to as it is.</summary>
    internal bool EndsInLineFeed { get; private set; } = true;

    /// <summary>What the lines that were replayed say of how long tasks took, by model.</summary>
    internal IReadOnlyList<WarmStart> WarmStarts { get; private set; } = [];

    /// <summary>
    /// Reads a whole journal. Returns where the next line belongs: behind the last complete record; what follows there is a torn line.
    /// </summary>
    /// <param name="stream">The journal; what is told of a row later is read from it too.</param>
    internal long Replay(Stream stream)
    {
        _reader = stream;
        using LineReader reader = new(stream);
        WarmStartReader warmStart = new();
        long end = 0;
        List<(JournalRecord? Record, long Start, long Number)> unclear = [];
        for (long number = 1; reader.TryRead(out ReadOnlySpan<byte> line); number++)
        {
            bool isTorn = !reader.IsTerminated && !reader.IsTooLong && (number > 1 ? IsTornRecord(line) : IsTornHeader(line));
            if (number == 1 && line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
            if (number == 1 || reader.IsTooLong || !IsBlank(line))
            {
                JournalRecord? record = JournalSerializer.Read(line);
                bool isHeader = record?.IsHeader == true, isRecord = number > 1 && record?.IsRecord == true;
                if (!isHeader && !isRecord)
                {
                    if (isTorn) break;
                    if (number == 1) throw JournalErrors.CreateNotOne(_path);
                }
                if (isHeader)
                {
                    Add(record!, number);
                    warmStart.BeginOpening();
                }
                // Where lines were sorted, what comes before what it tells of is taken in at the end
                else if (!isRecord || !TryReplay(record!, end, number, warmStart)) unclear.Add((record, end, number));
            }
            end = reader.NextOffset;
            EndsInLineFeed = reader.IsTerminated;
        }
        foreach ((JournalRecord? record, long start, long number) in unclear)
        {
            // A refusal of which nothing else is known costs nobody anything
            bool isRecord = record?.IsRecord == true;
            if (isRecord && (TryReplay(record!, start, number, warmStart) || record!.State == JournalState.NotAccepted)) continue;
            AddUnreadable(record, number, isOrphan: isRecord);
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
        ReadOnlySpan<byte> line = start.AsSpan(0, stream.Fill(start, MaxHeader));
        if (line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
        int end = line.IndexOf((byte)'\n');
        return JournalSerializer.Read(end < 0 ? line : line.Slice(0, end))?.IsHeader == true;
    }

    /// <summary>
    /// Takes in that a record is on its way to the disk, or was read from there. Records of one submission may come twice and, where a line was
    /// lost, without those before them; nothing that comes later takes back what was known. False when no record has told of the submission yet.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="changed">What is to take it in once it is on disk; null when it changes nothing more.</param>
    internal bool TryExpect(JournalRecord record, out JournalRow? changed)
    {
        changed = null;
        PackedText id = record.Id is null ? default : new PackedText(record.Id);
        JournalRow? withId = id.IsNull || !_byId.TryGetValue(id, out JournalRow? known) ? null : known;
        JournalRow? row = record.State >= JournalState.Ended ? withId : null;
        PackedText requestId = row is null && record.RequestId is not null ? new PackedText(record.RequestId) : default;
        if (!requestId.IsNull) row = _byRequestId.Find(requestId); // also where the line with the id was lost
        bool isOther = record.State == JournalState.Intent && row is not null && !(row.Hash.Equals(new PackedText(record.Hash!)) && row.Occurrence == record.Occurrence);
        // Where the intent's line was lost, only the acceptance names the row too, so that it is not sent again
        if (isOther || (row is null && record.State is JournalState.Intent or JournalState.Accepted)) row = Add(record, requestId);
        if (row is null) return false;
        if (!id.IsNull && withId is null) _byId.Add(id, row); // of two jobs with one id, the first
        if (row.Expect(record, id)) changed = row;
        return true;
    }

    internal JournalRow? FindById(string? id) => id is not null && _byId.TryGetValue(new PackedText(id), out JournalRow? row) ? row : null;

    internal JournalRow? FindByRequestId(string? requestId) => requestId is null ? null : _byRequestId.Find(new PackedText(requestId));

    /// <summary>
    /// The row that is the n-th with a hash; <see cref="JournalState.New"/> when there is none. Throws <see cref="ErrorReason.JournalUnreadable"/>
    /// where it would be sent and a line that cannot be read is about it, or may be.
    /// </summary>
    internal JournalEntry GetRow(PackedText hash, int occurrence)
    {
        JournalRow? row = _byRow.Find((hash, occurrence));
        if (row is not { State: >= JournalState.Accepted })
        {
            if (!_damaged.TryGetValue((hash, occurrence), out long line) && row is null) line = _firstUnreadable;
            if (line > 0) throw new CogVideoException(ErrorReason.JournalUnreadable, MessageKey.JournalRowUncertain, _path, line);
        }
        return Tell(row ?? new JournalRow(hash, occurrence));
    }

    /// <summary>The key of the row that has it, if one has: it is then held once.</summary>
    internal PackedText Share(PackedText hash) => _byRow.Find((hash, 1))?.Hash ?? hash;

    /// <summary>What is known of a row now; its lines are read when they are wanted.</summary>
    internal JournalEntry Tell(JournalRow row)
    {
        JournalRow? owner = row.Id.IsNull ? null : _byId[row.Id];
        return new JournalEntry(row.Copy(), _path, ReadLine, owner is null || owner == row ? null : new JournalEntry(owner.Copy(), _path, ReadLine, null));
    }

    private JournalRecord ReadLine(long start) => JournalErrors.Translate(_path, FileLogStore.Instance, () =>
    {
        lock (_reader)
        {
            using LineReader reader = new(_reader, start, 1 << 12);
            return reader.TryRead(out ReadOnlySpan<byte> line) && JournalSerializer.Read(line) is { IsRecord: true } record ? record : throw JournalErrors.CreateLost(_path);
        }
    }, isRead: true);

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

    private static bool IsZero(ReadOnlySpan<byte> line) => line.Length > 0 && HasOnly(line, "\0");

    /// <summary>Empty but for what editors put between lines. Zeros are not blank: a line was lost there.</summary>
    private static bool IsBlank(ReadOnlySpan<byte> line) => HasOnly(line, " \t\r");

    private static bool HasOnly(ReadOnlySpan<byte> line, string characters)
    {
        foreach (byte b in line)
            if (characters.IndexOf((char)b) < 0) return false;
        return true;
    }

    private void Add(JournalRecord header, long line)
    {
        if (header.Schema > Journal.Schema)
            throw new CogVideoException(ErrorReason.JournalTooNew, MessageKey.JournalTooNew, _path, line, header.Schema, Journal.Schema);
        if (header is { Pid: int pid, Host: string host }) Holder = (pid, host);
        Address ??= header.Address;
        if (header.KeyTag is not null) _keyTags.Add(header.KeyTag);
    }

    /// <summary>A line that still names its row, or the job of a known one, is about that row alone.</summary>
    private void AddUnreadable(JournalRecord? rest, long line, bool isOrphan)
    {
        _unreadableLines.Add(JournalErrors.CreateUnreadable(_path, line, isOrphan));
        JournalRow? known = FindById(rest?.Id) ?? FindByRequestId(rest?.RequestId);
        if (rest?.Billed != false && known?.IsBilled != false)
            _unclearBilled.Add(rest?.RequestId ?? known?.RequestId.ToString() ?? rest?.Id ?? $"line {line}");
        if (rest?.NamesRow == true) _damaged[(new PackedText(rest.Hash!), rest.Occurrence)] = line;
        else if (known is not null) _damaged[(known.Hash, known.Occurrence)] = line;
        else if (_firstUnreadable == 0) _firstUnreadable = line;
    }

    private bool TryReplay(JournalRecord record, long start, long number, WarmStartReader warmStart)
    {
        if (!TryExpect(record, out JournalRow? changed)) return false;
        if (changed is null) return true;
        changed.Take(record, start);
        warmStart.Add(changed, record, number);
        return true;
    }

    private JournalRow Add(JournalRecord record, PackedText requestId)
    {
        JournalRow row = new(Share(new PackedText(record.Hash!)), record.Occurrence, requestId);
        _rows.Add(row);
        _byRequestId.AddLast();
        _byRow.AddLast();
        return row;
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];
}
