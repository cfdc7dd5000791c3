using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;

namespace ZhipuVideo.Console.Host;

/// <summary>
/// All activities of a run as one line on standard error. On a terminal the line is written over and over; in a log a new line
/// appears every ten seconds and when the last activity ends: always if it says how it ended, else not within a second of the line before.
/// </summary>
internal sealed class ProgressLine
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastLineInterval = TimeSpan.FromSeconds(1);

    private readonly TextWriter _writer;
    private readonly bool _isTerminal;
    private readonly TimeProvider _clock;
    private readonly SortedDictionary<(int Activity, long Source), string> _activities = [];
    private long? _lastWritten;
    private string _shown = "";

    /// <summary>Creates the line.</summary>
    /// <param name="writer">Standard error.</param>
    /// <param name="isTerminal">Whether the line can be written over.</param>
    /// <param name="clock">Keeps the distance between two lines.</param>
    public ProgressLine(TextWriter writer, bool isTerminal, TimeProvider clock)
    {
        _writer = writer;
        _isTerminal = isTerminal;
        _clock = clock;
    }

    /// <summary>Takes note of a record, and shows it if it is time.</summary>
    /// <param name="source">The command that reports; activities of two commands may have the same number.</param>
    /// <param name="record">What it reports.</param>
    public void Update(long source, ProgressRecord record)
    {
        var key = (record.ActivityId, source);
        bool isOver = record.RecordType == ProgressRecordType.Completed;
        bool saysHow = isOver && _activities.ContainsKey(key) && !string.IsNullOrWhiteSpace(record.StatusDescription);
        if (!isOver || saysHow)
            _activities[key] = Describe(record);
        string before = string.Join(" | ", _activities.Values);
        if (isOver)
            _activities.Remove(key);

        bool allEnded = _activities.Count == 0;
        if (_isTerminal && allEnded)
            Erase();
        else if (_isTerminal && IsDue(RedrawInterval))
            Redraw(string.Join(" | ", _activities.Values));
        else if (!_isTerminal && ((allEnded && saysHow) || IsDue(allEnded ? LastLineInterval : LogInterval)))
            Log(allEnded ? before : string.Join(" | ", _activities.Values));
    }

    /// <summary>Clears the line from the terminal, so that something else can be written there.</summary>
    public void Erase()
    {
        if (!_isTerminal || _shown.Length == 0)
            return;

        _writer.Write($"\r{new string(' ', CellWidth.Of(_shown))}\r");
        _shown = "";
        _lastWritten = null;
    }

    /// <summary>Forgets all activities: the pipeline is over, whether they said that they are or not.</summary>
    public void End()
    {
        _activities.Clear();
        Erase();
    }

    private static string Describe(ProgressRecord record)
    {
        string text = record.Activity;
        if (!string.IsNullOrWhiteSpace(record.StatusDescription))
            text += ": " + record.StatusDescription;
        if (record.PercentComplete >= 0)
            text += $" {record.PercentComplete}%";
        if (record.SecondsRemaining >= 0)
            text += $" ({TimeSpan.FromSeconds(record.SecondsRemaining):c} left)";
        if (!string.IsNullOrWhiteSpace(record.CurrentOperation))
            text += " " + record.CurrentOperation;

        return text.ReplaceLineEndings(" ");
    }

    private bool IsDue(TimeSpan interval) => _lastWritten is not { } last || _clock.GetElapsedTime(last) >= interval;

    private void Redraw(string text)
    {
        // One column stays free: a full line would wrap, and could not be written over
        string line = CellWidth.Fit(text, Terminal.Width - 1);
        int rest = Math.Max(0, CellWidth.Of(_shown) - CellWidth.Of(line));
        _writer.Write($"\r{line}{new string(' ', rest)}");
        _shown = line;
        _lastWritten = _clock.GetTimestamp();
    }

    private void Log(string text)
    {
        if (text == _shown)
            return;

        _writer.WriteLine(text);
        _shown = text;
        _lastWritten = _clock.GetTimestamp();
    }
}
