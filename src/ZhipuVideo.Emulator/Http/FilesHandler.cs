using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading.Tasks;
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

    public async Task HandleAsync(HttpContext context, ReceivedRequest request)
    {
        string path = context.Request.Path.Value!;
        string name = path[(path.LastIndexOf('/') + 1)..];
        int end = name.IndexOf('_', StringComparison.Ordinal);
        VideoTask? task = end < 0 ? null : state.TaskOfLink(name[..end]);
        request.TaskId = task?.Id;
        if (task is null || request.Phase == RequestPhase.Other)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (request.Method is not ("GET" or "HEAD"))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
        else if (request.Phase == RequestPhase.Cover)
        {
            context.Response.ContentType = "image/png";
            await SendAsync(context, [VideoFile.Cover], VideoFile.Cover.Length);
        }
        else
        {
            await SendVideoAsync(context, task, new VideoFile(name, state.Settings.FileSize));
        }
    }

    private async Task SendVideoAsync(HttpContext context, VideoTask task, VideoFile file)
    {
        HttpResponse response = context.Response;
        string etag = $"\"{task.Id}-{file.Length:x}\"";
        string modified = task.Ends.ToString("R", CultureInfo.InvariantCulture);
        response.ContentType = "video/mp4";
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = etag;
        response.Headers.LastModified = modified;

        ByteRange range = ByteRange.Read(context.Request, file.Length, etag, modified);
        response.StatusCode = range.Status;
        if (range.Status == StatusCodes.Status416RangeNotSatisfiable)
        {
            response.Headers.ContentRange = $"bytes */{file.Length}";
            return;
        }
        if (range.Status == StatusCodes.Status206PartialContent)
            response.Headers.ContentRange = $"bytes {range.Start}-{range.Start + range.Count - 1}/{file.Length}";
        await SendAsync(context, file.Read(range.Start, range.Count), range.Count);
    }

    private async Task SendAsync(HttpContext context, IEnumerable<ReadOnlyMemory<byte>> pieces, long length)
    {
        context.Response.ContentLength = length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            state.CountBytes(piece.Length);
        }
    }
}
