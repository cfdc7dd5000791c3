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
    private readonly string _path;
    private readonly List<Submission> _submissions = [];
    private readonly Dictionary<ulong, int> _byKey = [];
    private readonly List<long> _unreadableLines = [];

    internal JournalIndex(string path) => _path = path;

    /// <summary>Lines in the middle that are no records; the first is line 1.</summary>
    internal IReadOnlyList<long> UnreadableLines => _unreadableLines;

    /// <summary>The newest line in which a process says that it opened the journal.</summary>
    internal (int Pid, string Host)? Holder { get; private set; }

    /// <summary>How many submissions there are, the superseded ones included.</summary>
    internal int Count => _submissions.Count;

    /// <summary>
    /// Reads a whole journal. Returns where the next line belongs: behind the last complete record; what follows there is a torn line.
    /// </summary>
    internal long Replay(Stream stream)
    {
        using LineReader reader = new(stream);
        long end = 0;
        for (long number = 1; reader.TryRead(out ReadOnlySpan<byte> line); number++)
        {
            if (reader.Offset == 0 && line.StartsWith(ByteOrderMark)) line = line.Slice(ByteOrderMark.Length);
            bool readable = JournalRecord.TryParse(line, out JournalRecord record);
            if (!reader.IsTerminated && !readable && (number > 1 || IsStartOfHeader(line))) break;
            if (number == 1 && !(readable && record.Kind == RecordKind.Opened))
                throw new CogVideoException(ErrorReason.JournalUnreadable, MessageKey.JournalNotOne, _path);
            if (!readable)
            {
                if (reader.IsTooLong || !IsBlank(line)) _unreadableLines.Add(number);
            }
            else if (record.Kind != RecordKind.Opened)
            {
                Apply(record, reader.Offset);
            }
            else
            {
                if (record.Schema > Journal.Schema)
                    throw new CogVideoException(ErrorReason.JournalTooNew, MessageKey.JournalTooNew, _path, number, record.Schema, Journal.Schema);
                Holder = JournalLine.ReadHolder(line);
            }
            end = reader.NextOffset;
        }
        return end;
    }

    /// <summary>
    /// Takes in one record. Records of one submission may come twice and, where a line was lost, without those before them;
    /// nothing that comes later takes back what was known.
    /// </summary>
    internal void Apply(in JournalRecord record, long offset)
    {
        int index = record.Kind is RecordKind.Ended or RecordKind.Saved ? Find(record.IdKey) : -1;
        if (index < 0) index = Find(record.RequestKey); // also where the line with the id was lost
        if (record.Kind == RecordKind.Intent)
        {
            ApplyIntent(record, index, offset);
            return;
        }
        if (index < 0)
        {
            // The intent's line was lost. Only the acceptance names the row too, so that it is not sent again.
            if (record.Kind != RecordKind.Accepted) return;
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
            case RecordKind.Ended: // a saved row's link, looked up again
                _submissions[index] = known with { Ended = offset };
                break;
            case RecordKind.Saved:
                _submissions[index] = known with { State = JournalState.Saved, Saved = offset };
                break;
        }
        if (record.IdKey != 0 && !_byKey.ContainsKey(record.IdKey)) _byKey.Add(record.IdKey, index); // of two jobs with one id, the first
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

    private static bool IsBlank(ReadOnlySpan<byte> line)
    {
        foreach (byte b in line)
            if (b > ' ') return false;
        return true;
    }

    /// <summary>A file that a power cut left empty but for zeros, or with the beginning of its first line, is a new journal.</summary>
    private static bool IsStartOfHeader(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> start = "{\"journal\":\"ZhipuVideo\","u8;
        return IsBlank(line) || line.StartsWith(start) || start.StartsWith(line);
    }

    private void ApplyIntent(in JournalRecord record, int index, long offset)
    {
        if (index < 0 || _submissions[index].RowKey != record.RowKey)
        {
            Add(record, new Submission { State = JournalState.Intent, Intent = offset });
            return;
        }
        Submission known = _submissions[index];
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
