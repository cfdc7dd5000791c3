using System;
using System.Collections.Generic;
using System.IO;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

internal static class DestinationFolder
{
    private const int MaxTries = 3;
    private const string ProbePrefix = ".zhipuvideo.";

    /// <summary>
    /// Makes sure, before anything is paid for, that files can be written to a folder: by writing one, of a name as long as a video's may have to
    /// be, and removing it.
    /// </summary>
    /// <param name="fullPath">The folder's full path.</param>
    /// <param name="create">Whether a missing folder is created; if not (<c>-WhatIf</c>), nothing at all is written.</param>
    /// <returns>The full path without a separator at its end.</returns>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DestinationUnusable"/>: it is not a folder, cannot be created or cannot be
    /// written.</exception>
    internal static string Prepare(string fullPath, bool create)
    {
        try
        {
            string folder = Trim(fullPath);
            if (File.Exists(folder)) throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.SaveDestinationIsFile, folder);
            for (int tries = 1; create; tries++)
            {
                try
                {
                    Directory.CreateDirectory(folder);
                    RemoveProbes(folder);
                    string probe = Path.Combine(folder, (ProbePrefix + Path.GetRandomFileName()).PadRight(FileNames.MinLongestName, '_'));
                    new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
                    break;
                }
                catch (DirectoryNotFoundException) when (tries < MaxTries)
                {
                    // Another run that checked the same folder has removed it again
                }
            }
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.SaveDestinationNotWritable, fullPath, e.Message);
        }
    }

    /// <summary>
    /// As <see cref="Prepare"/>, but removes again what it had to create: a folder should not exist before there is a video for it.
    /// </summary>
    /// <param name="fullPath">The folder's full path.</param>
    internal static void Check(string fullPath)
    {
        List<string> missing = [];
        try
        {
            for (string? folder = Trim(fullPath); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) missing.Add(folder);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            // Prepare says what is wrong with it
        }

        try
        {
            Prepare(fullPath, create: true);
        }
        finally
        {
            TryAll(missing, Directory.Delete); // the innermost first, as far as they are empty
        }
    }

    /// <summary>The one way to write a folder's full path: without a separator at its end.</summary>
    internal static string Trim(string path)
    {
        string folder = Path.GetFullPath(path);
        string trimmed = folder.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return trimmed.Length > (Path.GetPathRoot(folder)?.Length ?? 0) ? trimmed : folder;
    }

    /// <summary>What a run that was killed in that very moment has left: an empty file of that name.</summary>
    private static void RemoveProbes(string folder)
    {
        const int EarlierLength = 24; // earlier versions wrote nothing behind the random part
        TryAll(Directory.GetFiles(folder), probe =>
        {
            string name = Path.GetFileName(probe);
            bool isProbe = name.StartsWith(ProbePrefix, StringComparison.Ordinal) && name.Length is FileNames.MinLongestName or EarlierLength;
            if (isProbe && RegularFile.GetLength(probe, follow: false) == 0) File.Delete(probe);
        });
    }

    private static void TryAll(IEnumerable<string> paths, Action<string> remove)
    {
        foreach (string path in paths)
        {
            try
            {
                remove(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another run uses it, or removes it itself; or it could not be made
            }
        }
    }
}
