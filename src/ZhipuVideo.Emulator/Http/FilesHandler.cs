using System;
using System.Collections.Generic;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ZhipuVideo.Emulator.Files;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The second origin: videos with strong ETag, Range and If-Range, and their covers. It asks for no key.</summary>
internal sealed class FilesHandler(EmulatorState state)
{
    private const string VideoFolder = "/video/";
    private const string CoverFolder = "/cover/";

    public static RequestPhase PhaseOf(string path) =>
        path.StartsWith(VideoFolder, StringComparison.Ordinal) ? RequestPhase.Download
        : path.StartsWith(CoverFolder, StringComparison.Ordinal) ? RequestPhase.Cover
        : RequestPhase.Other;

    /// <summary>Finds the file that a request asks for, unless a fault forbids it.</summary>
    public Reply Answer(HttpContext context, ReceivedRequest request)
    {
        string path = context.Request.Path.Value!;
        string name = path[(path.LastIndexOf('/') + 1)..];
        int end = name.IndexOf('_', StringComparison.Ordinal);
        VideoTask? task = end < 0 ? null : state.TaskOfLink(name[..end]);
        request.TaskId = task?.Id;
        if (state.Strike(request, task?.Prompt) is { } refusal) return refusal;
        if (task is null || request.Phase == RequestPhase.Other) return Reply.Bare(StatusCodes.Status404NotFound);
        if (request.Method is not ("GET" or "HEAD")) return Reply.Bare(StatusCodes.Status405MethodNotAllowed);
        if (request.Phase == RequestPhase.Cover) return new Reply(StatusCodes.Status200OK, VideoFile.Cover) { ContentType = "image/png" };
        if (request.Struck.Has(FaultKind.ChangeFile)) task.FileVersion++;
        return Video(context.Request, request, task, new VideoFile($"{name}#{task.FileVersion}", state.Settings.FileSize, task.Clip.ToFile()));
    }

    private static Reply Video(HttpRequest http, ReceivedRequest request, VideoTask task, VideoFile file)
    {
        string etag = $"\"{task.Id}-{task.FileVersion}-{file.Length:x}\"";
        string modified = task.Ends.AddSeconds(task.FileVersion).ToString("R", CultureInfo.InvariantCulture);
        Dictionary<string, string> headers = new Dictionary<string, string> { ["Accept-Ranges"] = "bytes", ["ETag"] = etag, ["Last-Modified"] = modified };

        ByteRange range = request.Struck.Has(FaultKind.IgnoreRange)
            ? ByteRange.Whole(file.Length)
            : ByteRange.Read(http, file.Length, etag, modified);
        if (range.Status == StatusCodes.Status416RangeNotSatisfiable)
        {
            headers["Content-Range"] = $"bytes */{file.Length}";
            return Reply.Bare(range.Status) with { Headers = headers };
        }
        if (range.Status == StatusCodes.Status206PartialContent)
        {
            if (request.Struck.Has(FaultKind.WrongRange)) range = range with { Start = range.Start + 1, Count = range.Count - 1 };
            headers["Content-Range"] = $"bytes {range.Start}-{range.Start + range.Count - 1}/{file.Length}";
        }
        return new Reply(range.Status, file.Read(range.Start, range.Count), range.Count) { ContentType = "video/mp4", Headers = headers };
    }
}
