using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using CsvHelper;

namespace ZhipuVideo.Console.Commands;

/// <summary>
/// The rows of a CSV text as objects, with the rules of PowerShell's own Import-Csv: cells are strings, an empty cell is empty, a
/// missing one at the end of a row is null, further ones than the header has are dropped, empty lines and lines with # above the
/// header are skipped, blanks before a cell do not count. One row is in memory at a time.
/// </summary>
internal sealed class CsvRows : IDisposable
{
    private const string FieldsMark = "#Fields: ";

    private readonly CsvReader _reader;
    private readonly string[]? _header;
    private readonly Action<string> _warn;

    /// <summary>Prepares to read.</summary>
    /// <param name="text">The text; it is closed with this object.</param>
    /// <param name="delimiter">What separates cells, an ASCII character.</param>
    /// <param name="header">Names of the columns; null: the first line has them.</param>
    /// <param name="warn">Takes warnings.</param>
    public CsvRows(TextReader text, char delimiter, string[]? header, Action<string> warn)
    {
        _reader = CsvReader.Create(text, new CsvReaderOptions { Separator = delimiter, HasHeader = false, TrimWhitespace = true }, false);
        _header = header;
        _warn = warn;
    }

    /// <summary>Reads row after row.</summary>
    /// <exception cref="ExtendedTypeSystemException">Two columns have one name.</exception>
    public IEnumerable<PSObject> Read()
    {
        string[] names = NameColumns(_header ?? ReadHeader());
        while (_reader.Read())
        {
            if (_reader.FieldCount == 1 && _reader.IsEmpty(0))
                continue;

            var row = new PSObject();
            for (int i = 0; i < names.Length; i++)
                row.Properties.Add(new PSNoteProperty(names[i], i < _reader.FieldCount ? ReadCell(i) : null), preValidated: true);

            yield return row;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    // Import-Csv keeps the blanks behind a cell that has no quotes; the reader would trim them
    private string ReadCell(int index)
    {
        ReadOnlySpan<byte> raw = _reader.GetRawSpan(index).TrimStart(" \t"u8);
        return raw is [(byte)'"', ..] ? _reader.GetString(index) : Encoding.UTF8.GetString(raw);
    }

    private string[] ReadHeader()
    {
        while (_reader.Read())
        {
            string[] cells = Enumerable.Range(0, _reader.FieldCount).Select(ReadCell).ToArray();
            if (cells[0].StartsWith(FieldsMark, StringComparison.Ordinal))
                cells[0] = cells[0][FieldsMark.Length..]; // a W3C extended log file
            else if (cells[0].StartsWith('#'))
                continue;

            int count = Array.FindLastIndex(cells, cell => cell.Length > 0) + 1;
            return cells[..Math.Max(1, count)];
        }

        return [];
    }

    // Columns without a name are called H1, H2, ...
    private string[] NameColumns(string[] header)
    {
        int unnamed = 0;
        string[] names = header.Select(name => string.IsNullOrEmpty(name) ? $"H{++unnamed}" : name).ToArray();
        if (unnamed > 0)
            _warn("One or more headers were not specified. Names that start with 'H' stand in their place.");

        string? repeated = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        return repeated is null ? names : throw new ExtendedTypeSystemException($"The column '{repeated}' is there more than once.");
    }
}
