using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace ZhipuVideo.Emulator.Http;

/// <summary>
/// The endpoints below <c>/_control/</c>: what a hosting test reads from <see cref="EmulatorState"/> and does to it, for other
/// processes. GET requests, tasks, stats, settings, faults; POST faults (one, a list, or one in the command line's words), settings (the fields to be changed),
/// end ({id, fail_reason}), reset; DELETE faults. A mistake is answered with 400 and its reason.
/// </summary>
internal sealed class ControlHandler(EmulatorState state)
{
    public const string Folder = "/_control/";

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value![Folder.Length..];
        try
        {
            await (context.Request.Method switch
            {
                "GET" => ShowAsync(context, path),
                "POST" => DoAsync(context, path),
                "DELETE" when path == "faults" => ClearFaultsAsync(context),
                _ => UnknownAsync(context),
            });
        }
        catch (Exception e) when (e is JsonException or ArgumentException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(e.Message);
        }
    }

    private Task ShowAsync(HttpContext context, string path) => path switch
    {
        "requests" => SendAsync(context, state.Requests, ControlJson.Default.IReadOnlyListReceivedRequest),
        "tasks" => SendAsync(context, state.Tasks, ControlJson.Default.IReadOnlyListVideoTask),
        "stats" => SendAsync(context, state.Stats, ControlJson.Default.EmulatorStats),
        "settings" => SendAsync(context, state.Settings, ControlJson.Default.EmulatorSettings),
        "faults" => SendAsync(context, state.Faults, ControlJson.Default.IReadOnlyListFault),
        _ => UnknownAsync(context),
    };

    private async Task DoAsync(HttpContext context, string path)
    {
        using RequestBody body = await RequestBody.ReadAsync(context.Request);
        switch (path)
        {
            case "faults":
                foreach (Fault fault in body.Root.ValueKind switch
                {
                    JsonValueKind.Array => body.Root.Deserialize(ControlJson.Default.IReadOnlyListFault)!,
                    JsonValueKind.String => [Fault.Parse(body.Root.GetString()!)], // in the command line's words
                    _ => [body.Root.Deserialize(ControlJson.Default.Fault)!],
                })
                    state.Add(fault);
                break;
            case "settings":
                state.Settings = state.Settings.With(JsonObject.Create(body.Root)!);
                break;
            case "end":
                string? reason = body.Root.TryGetProperty("fail_reason", out JsonElement text) ? text.GetString() : null;
                state.End(body.Root.GetProperty("id").GetString()!, reason);
                break;
            case "reset":
                state.Reset();
                break;
            default:
                await UnknownAsync(context);
                return;
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private Task ClearFaultsAsync(HttpContext context)
    {
        state.ClearFaults();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task UnknownAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task SendAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }
}
