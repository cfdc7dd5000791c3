using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace ZhipuVideo.Emulator.Http;

/// <summary>The endpoints below <c>/_control/</c>: what a hosting test reads from <see cref="EmulatorState"/>, for other processes.</summary>
internal sealed class ControlHandler(EmulatorState state)
{
    public const string Folder = "/_control/";

    public Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value![Folder.Length..];
        switch (context.Request.Method, path)
        {
            case ("GET", "requests"): return SendAsync(context, state.Requests, Json.Default.IReadOnlyListReceivedRequest);
            case ("GET", "tasks"): return SendAsync(context, state.Tasks, Json.Default.IReadOnlyListVideoTask);
            case ("GET", "stats"): return SendAsync(context, state.Stats, Json.Default.EmulatorStats);
            case ("GET", "settings"): return SendAsync(context, state.Settings, Json.Default.EmulatorSettings);
            case ("POST", "reset"):
                state.Reset();
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static Task SendAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }
}
