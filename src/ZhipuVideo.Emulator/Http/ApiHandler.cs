using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Emulator.Log;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The two endpoints of the service, below whatever base path a client uses.</summary>
internal sealed class ApiHandler(EmulatorState state, TimeProvider time, Uri files)
{
    private const string CreatePath = "/videos/generations";
    private const string PollPath = "/async-result/";

    public static RequestPhase PhaseOf(string path)
    {
        if (path.EndsWith(CreatePath, StringComparison.Ordinal)) return RequestPhase.Create;
        int folder = path.LastIndexOf(PollPath, StringComparison.Ordinal);
        int id = folder + PollPath.Length;
        return folder >= 0 && id < path.Length && path.IndexOf('/', id) < 0 ? RequestPhase.Poll : RequestPhase.Other;
    }

    /// <summary>Does what a request asks for, unless a fault forbids it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">Its entry in the log.</param>
    /// <param name="account">The account that it speaks for.</param>
    /// <param name="keyError">Why it is refused; null when its key is good.</param>
    public async Task<Reply> AnswerAsync(HttpContext context, ReceivedRequest request, string account, ServiceError? keyError)
    {
        try
        {
            switch (request.Phase, request.Method)
            {
                case (RequestPhase.Create, "POST"):
                    using (RequestBody body = await RequestBody.ReadAsync(context.Request))
                    {
                        if (state.Logging) request.Body = Abridged.Copy(body.Root);
                        return state.Strike(request, body.Prompt) ?? Create(request, body, account, keyError);
                    }
                case (RequestPhase.Poll, "GET"):
                    string path = context.Request.Path.Value!;
                    request.RequestId = path[(path.LastIndexOf('/') + 1)..];
                    VideoTask? task = state.Find(account, request.RequestId);
                    return state.Strike(request, task?.Prompt) ?? Poll(request, task, keyError);
                default:
                    return state.Strike(request, null) ?? Reply.UnknownPath(context.Request.Path.Value!, time.GetUtcNow());
            }
        }
        catch (RefusedException refused)
        {
            return Refuse(request, refused.Error);
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json throws for a text that is no Unicode: half of a surrogate pair, a broken UTF-8 sequence
            return Refuse(request, ServiceError.BadRequest);
        }
    }

    private static Reply Refuse(ReceivedRequest request, ServiceError error)
    {
        request.Code = error.Code;
        return Reply.Refusal(error);
    }

    private Reply Create(ReceivedRequest request, RequestBody body, string account, ServiceError? keyError)
    {
        if (keyError is not null) throw new RefusedException(keyError);
        VideoRequest video = VideoRequest.Read(body.Root, state.Settings.ExtraModels);
        request.RequestId = video.RequestId;
        VideoTask task = state.Accept(account, video, request.Struck);
        request.TaskId = task.Id;
        string id = request.Struck.Has(FaultKind.DuplicateId) ? state.IdBefore(task) : task.Id;
        return Reply.Accepted(task, id, request.Struck);
    }

    private Reply Poll(ReceivedRequest request, VideoTask? task, ServiceError? keyError)
    {
        if (keyError is not null) throw new RefusedException(keyError);
        if (task is null) throw new RefusedException(ServiceError.NoSuchTask(request.RequestId!, state.Settings.NotFoundStatus));
        request.TaskId = task.Id;
        task.CountPoll();
        string status = task.Status;
        return Reply.Result(task, status, status == "SUCCESS" ? state.LinksOf(task) : null, files, state.Settings, request.Struck);
    }
}
