using System;
using System.Buffers;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ZhipuVideo.Emulator.Accounts;
using ZhipuVideo.Emulator.Contract;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The two endpoints of the service, below whatever base path a client uses.</summary>
internal sealed class ApiHandler(EmulatorState state, KeyCheck keys, TimeProvider time, Uri files)
{
    private const string CreatePath = "/videos/generations";
    private const string PollPath = "/async-result/";

    public static RequestPhase PhaseOf(string path) =>
        path.EndsWith(CreatePath, StringComparison.Ordinal) ? RequestPhase.Create
        : path.LastIndexOf(PollPath, StringComparison.Ordinal) is var at and >= 0 && path.IndexOf('/', at + PollPath.Length) < 0
            && path.Length > at + PollPath.Length ? RequestPhase.Poll
        : RequestPhase.Other;

    public async Task HandleAsync(HttpContext context, ReceivedRequest request)
    {
        Reply reply;
        try
        {
            reply = await AnswerAsync(context, request);
        }
        catch (RefusedException refused)
        {
            request.Code = refused.Error.Code;
            reply = Reply.Refusal(refused.Error);
        }
        if (state.Settings.Latency > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(state.Settings.Latency), time, context.RequestAborted);
        await SendAsync(context, reply);
    }

    private async Task<Reply> AnswerAsync(HttpContext context, ReceivedRequest request)
    {
        string account;
        try
        {
            account = keys.AccountOf(context.Request.Headers.Authorization);
            request.Authorization = AuthorizationSeen.Valid;
        }
        catch (RefusedException refused)
        {
            request.Authorization = refused.Error == ServiceError.NoAuthorization ? AuthorizationSeen.None : AuthorizationSeen.Invalid;
            throw;
        }
        return (request.Phase, request.Method) switch
        {
            (RequestPhase.Create, "POST") => await CreateAsync(context.Request, account, request),
            (RequestPhase.Poll, "GET") => Poll(context.Request.Path.Value!, account, request),
            _ => Reply.UnknownPath(context.Request.Path.Value!, time.GetUtcNow()),
        };
    }

    private async Task<Reply> CreateAsync(HttpRequest http, string account, ReceivedRequest request)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)(http.ContentLength ?? 16 * 1024) + 1);
        try
        {
            int length = 0;
            for (int read; (read = await http.Body.ReadAsync(buffer.AsMemory(length))) > 0;)
            {
                length += read;
                if (length < buffer.Length) continue;
                byte[] larger = ArrayPool<byte>.Shared.Rent(2 * length);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
            using JsonDocument body = Parse(buffer.AsMemory(0, length));
            if (state.Logging) request.Body = Abridged.Copy(body.RootElement);
            VideoRequest video = VideoRequest.Read(body.RootElement, state.Settings.ExtraModels);
            request.RequestId = video.RequestId;
            VideoTask task = state.Accept(account, video);
            request.TaskId = task.Id;
            return Reply.Accepted(task);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Reply Poll(string path, string account, ReceivedRequest request)
    {
        string id = path[(path.LastIndexOf('/') + 1)..];
        request.RequestId = id;
        VideoTask task = state.Find(account, id) ?? throw new RefusedException(ServiceError.NoSuchTask(id, state.Settings.NotFoundStatus));
        request.TaskId = task.Id;
        task.CountPoll();
        string status = task.StatusAt(time.GetUtcNow());
        return Reply.Result(task, status, status == "SUCCESS" ? state.LinksOf(task) : null, files, state.Settings);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new RefusedException(ServiceError.BadRequest);
        }
    }

    private static async Task SendAsync(HttpContext context, Reply reply)
    {
        HttpResponse response = context.Response;
        response.StatusCode = reply.Status;
        response.ContentType = reply.ContentType;
        response.ContentLength = reply.Body.Length;
        await response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }
}
