using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.IO;
using System.Management.Automation;
using System.Text;

namespace ZhipuVideo.Console.Commands;

/// <summary>Import-Csv where the shell's own is absent: rows of a CSV file as objects, one after the other.</summary>
[Cmdlet(VerbsData.Import, "Csv", DefaultParameterSetName = nameof(Path))]
[OutputType(typeof(PSObject))]
public sealed class ImportCsvCommand : PSCmdlet
{
    /// <summary>The files; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, by names in which nothing is a wildcard.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What separates cells, an ASCII character; a comma if not given.</summary>
    [Parameter(Position = 1)]
    [ValidateRange('\x01', '\x7F')]
    public char Delimiter { get; set; } = ',';

    /// <summary>Names of the columns; the first line is then a row.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The encoding of a file that has no byte order mark; UTF-8 if not given.</summary>
    [Parameter]
    [EncodingName]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = Encoding.UTF8;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string file in ResolveFiles())
            WriteRows(file);
    }

    private IEnumerable<string> ResolveFiles()
    {
        foreach (string path in LiteralPath)
            yield return GetUnresolvedProviderPathFromPSPath(path);
        foreach (string path in Path)
        {
            Collection<string> found = GetResolvedProviderPathFromPSPath(path, out _);
            foreach (string file in found)
                yield return file;
        }
    }

    private void WriteRows(string file)
    {
        using var rows = new CsvRows(Open(file), Delimiter, Header, WriteWarning);
        try
        {
            foreach (PSObject row in rows.Read())
                WriteObject(row);
        }
        catch (ExtendedTypeSystemException exception)
        {
            ThrowTerminatingError(
                new ErrorRecord(exception, "AlreadyPresentPSMemberInfoInternalCollectionAdd", ErrorCategory.InvalidData, file));
        }
    }

    private StreamReader Open(string file)
    {
        try
        {
            // A spreadsheet that has the file open holds it for writing
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new StreamReader(stream, Encoding, detectEncodingFromByteOrderMarks: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(new ErrorRecord(exception, "FileOpenFailure", ErrorCategory.OpenError, file));
            throw; // not reached: the line above always throws
        }
    }
}
