using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using ZhipuVideo.Files;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Rows;

/// <summary>
/// Reads what is piped into a gallery: results, jobs (how they ended and where they were saved stands in their journal), the files that
/// Save-CogVideo emits, and MP4 files of any origin.
/// </summary>
internal sealed class GalleryReader
{
    private readonly Dictionary<string, Dictionary<string, JournalEntry>> _journals = new(StringComparer.Ordinal);
    private readonly Func<string> _currentFolder;
    private readonly string _pageFolder;
    private readonly Action<string> _warn;
    private readonly StorageAccess _storage;

    /// <param name="currentFolder">The shell's current folder, to which relative paths belong.</param>
    /// <param name="pageFolder">The page's folder.</param>
    /// <param name="warn">Writes a warning.</param>
    /// <param name="storage">The containers that may be read.</param>
    internal GalleryReader(Func<string> currentFolder, string pageFolder, Action<string> warn, StorageAccess storage)
    {
        _storage = storage;
        _currentFolder = currentFolder;
        _pageFolder = pageFolder;
        _warn = warn;
    }

    /// <summary>The result that the object means. Throws InvalidInput when it means none.</summary>
    internal CogVideoResult Read(PSObject input)
    {
        try
        {
            return ReadItem(input);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // .NET Framework cannot even take a path apart that another system has, or that somebody has made up
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.GalleryPathInvalid, input, e.Message);
        }
    }

    private CogVideoResult ReadItem(PSObject input)
    {
        if (IsFile(input)) return FromFile(input);
        if (input.BaseObject is not (CogVideoItem or PSCustomObject or System.Collections.IDictionary))
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.GalleryInputInvalid, input);
        CogVideoResult result = ItemReader.Read(input);
        if (result.SavedPath is null) result = FindEntry(result)?.Result ?? result;
        result.SavedPath = FullPath(result.SavedPath);
        result.CoverPath = FullPath(result.CoverPath);
        return result;
    }

    /// <summary>Also after Export-Clixml or from another machine.</summary>
    private static bool IsFile(PSObject input) =>
        input.TypeNames.Any(name => name is "System.IO.FileInfo" or "Deserialized.System.IO.FileInfo" or "ZhipuVideo.CogVideoBlob" or "Deserialized.ZhipuVideo.CogVideoBlob");

    /// <summary>The file is where it is now; of the rest, the notes of Save-CogVideo know more than the file's name.</summary>
    private CogVideoResult FromFile(PSObject input)
    {
        string path = input.Properties["FullName"]?.Value?.ToString() ?? "";
        if (!string.Equals(Path.GetExtension(path), ".mp4", StringComparison.OrdinalIgnoreCase))
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.GalleryNotAVideo, path);
        CogVideoResult result = input.Properties["Result"]?.Value is { } note
            ? ItemReader.Read(PSObject.AsPSObject(note))
            : new CogVideoResult
            {
                Id = Note(input, "JobId") ?? "",
                Name = Note(input, "Label") ?? Path.GetFileNameWithoutExtension(path),
                Prompt = Note(input, "Prompt"),
                CoverPath = Note(input, "CoverPath"),
                Status = CogVideoStatus.Success,
            };
        result.SavedPath = path;
        if (!BlobAddress.Is(path) && RegularFile.MayTouch(path, _pageFolder))
        {
            result.CoverPath ??= Array.Find(
                Array.ConvertAll(Files.FileSignature.ImageExtensions, extension => Path.ChangeExtension(path, extension)), File.Exists);
        }
        return result;
    }

    private static string? Note(PSObject input, string name) => input.Properties[name]?.Value as string;

    private JournalEntry? FindEntry(CogVideoResult job)
    {
        if (job.JournalPath is not { Length: > 0 } path) return null;
        if (!_journals.TryGetValue(path, out Dictionary<string, JournalEntry>? entries)) _journals[path] = entries = Load(path);
        return job.RequestId is not null && entries.TryGetValue(job.RequestId, out JournalEntry? entry) ? entry : null;
    }

    /// <summary>The rows by request_id, which an unconfirmed one has too.</summary>
    private Dictionary<string, JournalEntry> Load(string path)
    {
        Dictionary<string, JournalEntry> entries = new(StringComparer.Ordinal);
        try
        {
            if (!BlobAddress.Is(path) && (!RegularFile.MayTouch(path, _pageFolder) || RegularFile.GetLength(path) is null))
                throw JournalErrors.CreateMissing(path);
            foreach (JournalEntry entry in Journal.Read(path, line => _warn(line.Message), new BlobLogStore(_storage))) entries[entry.RequestId] = entry;
        }
        catch (Exception e) when (e is CogVideoException || Disk.IsFailure(e))
        {
            _warn(Messages.Format(MessageKey.WarnGalleryJournal, path, e.Message));
        }
        return entries;
    }

    private string? FullPath(string? path) => path is null || Path.IsPathRooted(path) || BlobAddress.Is(path) ? path : Path.Combine(_currentFolder(), path);
}
