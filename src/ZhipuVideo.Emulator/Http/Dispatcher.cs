using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using ZhipuVideo.Emulator.Accounts;
using ZhipuVideo.Emulator.Contract;

namespace ZhipuVideo.Emulator.Http;

/// <summary>
/// Where every request arrives: enters it into the log and gives it to the part that answers it. Written out and not routed, because
/// the API lies below any base path and a benchmark should measure its client, not this.
/// </summary>
internal sealed class Dispatcher(EmulatorState state, KeyCheck keys, TimeProvider time, Uri filesUri)
{
    private readonly ControlHandler _control = new(state);
    private readonly ApiHandler _api = new(state, time, filesUri);
    private readonly FilesHandler _files = new(state);
    private readonly ReplySender _sender = new(state, time);

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Origin origin = context.Connection.LocalPort == filesUri.Port ? Origin.Files : Origin.Api;
        if (origin == Origin.Api && path.StartsWith(ControlHandler.Folder, StringComparison.Ordinal))
        {
            await _control.HandleAsync(context);
            return;
        }
        ServiceError? keyError = keys.Check(context.Request.Headers.Authorization, out string account);
        ReceivedRequest request = Enter(context, origin, path, keyError);
        state.Begin(request);
        try
        {
            Reply reply =
                state.Settings.Outage != Outage.None ? Reply.HtmlPage(StatusCodes.Status503ServiceUnavailable)
                : state.StrikeBeforeReading(request) ? Reply.Bare(StatusCodes.Status200OK)
                : origin == Origin.Files ? _files.Answer(context, request)
                : await _api.AnswerAsync(context, request, account, keyError);
            await _sender.SendAsync(context, request, reply);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone
        }
        finally
        {
            state.Finish(request);
        }
    }

    private ReceivedRequest Enter(HttpContext context, Origin origin, string path, ServiceError? keyError) => new()
    {
        At = time.GetUtcNow(),
        Origin = origin,
        Phase = origin == Origin.Files ? FilesHandler.PhaseOf(path) : ApiHandler.PhaseOf(path),
        Method = context.Request.Method,
        Path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
        Headers = state.Logging ? HeadersOf(context.Request) : [],
        Authorization = keyError is null ? AuthorizationSeen.Valid
            : keyError == ServiceError.NoAuthorization ? AuthorizationSeen.None
            : AuthorizationSeen.Invalid,
    };

    private static Dictionary<string, string> HeadersOf(HttpRequest request)
    {
        Dictionary<string, string> headers = new Dictionary<string, string>();
        foreach ((string name, StringValues value) in request.Headers)
            if (!name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) headers[name.ToLowerInvariant()] = value.ToString();
        return headers;
    }
}
