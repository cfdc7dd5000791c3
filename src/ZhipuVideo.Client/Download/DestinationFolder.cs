using System;
using System.IO;

namespace ZhipuVideo.Download;

/// <summary>The folder that videos are saved to.</summary>
internal static class DestinationFolder
{
    /// <summary>
    /// Makes sure, before anything is paid for, that files can be written to a folder: by writing one and removing it.
    /// </summary>
    /// <param name="fullPath">The folder's full path.</param>
    /// <param name="create">Whether a missing folder is created; if not (<c>-WhatIf</c>), nothing at all is written.</param>
    /// <returns>The full path without a separator at its end.</returns>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DestinationUnusable"/>: it is no folder, cannot be created or cannot be
    /// written.</exception>
    internal static string Prepare(string fullPath, bool create)
    {
        try
        {
            string folder = Trim(fullPath);
            if (File.Exists(folder))
            {
                throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.SaveDestinationIsFile, folder);
            }

            if (!create)
            {
                return folder;
            }

            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, ".zhipuvideo." + Path.GetRandomFileName());
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.SaveDestinationNotWritable, fullPath, e.Message);
        }
    }

    /// <summary>The one way to write a folder's full path: without a separator at its end.</summary>
    internal static string Trim(string path)
    {
        string folder = Path.GetFullPath(path);
        string trimmed = folder.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return trimmed.Length > (Path.GetPathRoot(folder)?.Length ?? 0) ? trimmed : folder;
    }
}
