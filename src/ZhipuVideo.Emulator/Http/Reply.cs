using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Emulator.Faults;
using ZhipuVideo.Emulator.Files;

namespace ZhipuVideo.Emulator.Http;

/// <summary>A reply before it is sent. Its body comes in pieces, since a video may be larger than memory.</summary>
internal sealed record Reply(int Status, IEnumerable<ReadOnlyMemory<byte>> Pieces, long Length)
{
    public Reply(int status, ReadOnlyMemory<byte> body)
        : this(status, [body], body.Length)
    {
    }

    public string? ContentType { get; init; } = "application/json; charset=UTF-8";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Status and headers alone.</summary>
    public static Reply Bare(int status) => new(status, ReadOnlyMemory<byte>.Empty) { ContentType = null };

    public static Reply Refusal(ServiceError error, RefusalForm form = RefusalForm.Nested) => Json(error.HttpStatus, json =>
    {
        bool isNested = form is RefusalForm.Nested or RefusalForm.Number;
        if (isNested) json.WriteStartObject("error"u8);
        json.WritePropertyName("code"u8);
        if (form is RefusalForm.Number or RefusalForm.Gateway && error.Code.All(char.IsAsciiDigit)) json.WriteRawValue(error.Code);
        else json.WriteStringValue(error.Code);
        json.WriteString(form == RefusalForm.Gateway ? "msg"u8 : "message"u8, error.Message);
        if (form == RefusalForm.Gateway) json.WriteBoolean("success"u8, false);
        if (isNested) json.WriteEndObject();
        if (error != ServiceError.Sensitive) return;
        // Level 0 is the gravest of four; the role says whose words were refused.
        json.WriteStartArray("contentFilter"u8);
        json.WriteStartObject();
        json.WriteNumber("level"u8, 1);
        json.WriteString("role"u8, "user"u8);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>What the service's gateway says of a path it does not know: not the form of the API's own errors.</summary>
    public static Reply UnknownPath(string path, DateTimeOffset now) => Json(404, json =>
    {
        json.WriteString("timestamp"u8, now);
        json.WriteNumber("status"u8, 404);
        json.WriteString("error"u8, "Not Found"u8);
        json.WriteString("path"u8, path);
    });

    /// <summary>What it says since: a status of 200, and the real one in words.</summary>
    public static Reply NoSuchPath() => Json(200, json =>
    {
        json.WriteNumber("code"u8, 500);
        json.WriteString("msg"u8, "404 NOT_FOUND"u8);
        json.WriteBoolean("success"u8, false);
    });

    /// <summary>A page as gateways and proxies send it.</summary>
    public static Reply HtmlPage(int status) =>
        new(status, Encoding.UTF8.GetBytes($"<html><head><title>{status}</title></head>\r\n<body><h1>{status}</h1></body></html>\r\n"))
        {
            ContentType = "text/html",
        };

    /// <summary>A submission was accepted.</summary>
    /// <param name="task">The task.</param>
    /// <param name="id">The id to be given: the task's own but for a fault.</param>
    /// <param name="faults">What is to be wrong with the reply.</param>
    public static Reply Accepted(VideoTask task, string id, Struck faults) => Json(200, json =>
    {
        if (!faults.Has(FaultKind.MissingId))
        {
            json.WritePropertyName("id"u8);
            if (faults.Has(FaultKind.NumericId)) json.WriteRawValue(id);
            else json.WriteStringValue(id);
        }
        json.WriteString("model"u8, task.Model);
        json.WriteString("request_id"u8, task.RequestId);
        WriteStatus(json, faults.Has(FaultKind.FailAtOnce) ? "FAIL" : "PROCESSING", faults);
    });

    /// <summary>What a look at a task shows.</summary>
    /// <param name="task">The task.</param>
    /// <param name="status">Its status now.</param>
    /// <param name="links">Its links when it has succeeded.</param>
    /// <param name="files">The origin that the links point to.</param>
    /// <param name="settings">The form of the reply.</param>
    /// <param name="faults">What is to be wrong with the reply.</param>
    public static Reply Result(VideoTask task, string status, TaskLinks? links, Uri files, EmulatorSettings settings, Struck faults) =>
        Json(200, json =>
        {
            bool extended = settings.ResultForm == ResultForm.Extended;
            if (settings.ResultForm != ResultForm.Reference) json.WriteString("id"u8, task.Id);
            json.WriteString("model"u8, extended ? DisplayName(task.Model) : task.Model);
            json.WriteString("request_id"u8, task.RequestId);
            WriteStatus(json, status, faults);
            if (status == "FAIL") WriteReason(json, task.FailReason!, settings.FailForm);
            if (links is null) return;
            if (faults.Of(FaultKind.NoUrl) is { } noUrl)
            {
                WriteNoUrl(json, noUrl.Value);
                return;
            }
            json.WriteStartArray("video_result"u8);
            for (int i = 0; i < settings.Videos; i++)
            {
                json.WriteStartObject();
                json.WriteString("url"u8, $"{files}{TaskLinks.VideoPath(links.Token, i)}");
                json.WriteString("cover_image_url"u8, $"{files}{TaskLinks.CoverPath(links.Token, i)}");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (!extended) return;
            json.WriteStartObject("usage"u8);
            json.WriteNumber("total_tokens"u8, 0);
            json.WriteEndObject();
        });

    /// <summary>A JSON object whose fields a function writes.</summary>
    public static Reply Json(int status, Action<Utf8JsonWriter> fields)
    {
        ArrayBufferWriter<byte> buffer = new ArrayBufferWriter<byte>(512);
        using Utf8JsonWriter json = new Utf8JsonWriter(buffer, ControlJson.Writing);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
        json.Flush();
        return new Reply(status, buffer.WrittenMemory);
    }

    /// <summary>The whole body in memory.</summary>
    public byte[] Bytes()
    {
        ArrayBufferWriter<byte> all = new ArrayBufferWriter<byte>();
        foreach (ReadOnlyMemory<byte> piece in Pieces) all.Write(piece.Span);
        return all.WrittenSpan.ToArray();
    }

    private static void WriteStatus(Utf8JsonWriter json, string status, Struck faults)
    {
        json.WritePropertyName("task_status"u8);
        string? given = faults.Of(FaultKind.TaskStatus) is { } fault ? fault.Value : status;
        if (given is null or "null") json.WriteNullValue();
        else if (given.All(char.IsAsciiDigit)) json.WriteRawValue(given);
        else json.WriteStringValue(given);
    }

    private static void WriteReason(Utf8JsonWriter json, string reason, FailForm form)
    {
        if (form == FailForm.Message) json.WriteString("message"u8, reason);
        if (form == FailForm.FailReason) json.WriteString("fail_reason"u8, reason);
        if (form != FailForm.Error) return;
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, "1230"u8);
        json.WriteString("message"u8, reason);
        json.WriteEndObject();
    }

    private static void WriteNoUrl(Utf8JsonWriter json, string? how)
    {
        if (how is null) return;
        json.WritePropertyName("video_result"u8);
        if (how == "null")
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartArray();
        if (how != "empty")
        {
            json.WriteStartObject();
            if (how != "no-url") json.WriteString("url"u8, how);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The name that replies of 2026 give instead of the code: <c>CogVideoX-Flash</c>, <c>CogVideoX-2</c>.</summary>
    private static string DisplayName(string model) => model.StartsWith("cogvideox-", StringComparison.Ordinal)
        ? "CogVideoX-" + CultureInfo.InvariantCulture.TextInfo.ToTitleCase(model["cogvideox-".Length..])
        : model;
}
