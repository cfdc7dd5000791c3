using System;
using System.Buffers;
using System.Text.Json;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Emulator.Files;

namespace ZhipuVideo.Emulator.Http;

/// <summary>A reply of the API before it is sent.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The bytes of the body.</param>
internal sealed record Reply(int Status, ReadOnlyMemory<byte> Body)
{
    public string? ContentType { get; init; } = "application/json; charset=UTF-8";

    public static Reply Refusal(ServiceError error) => new(error.HttpStatus, Write(error, static (json, error) =>
    {
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
        if (error != ServiceError.Sensitive) return;
        // Level 0 is the gravest; the role says whose words were refused.
        json.WriteStartArray("contentFilter"u8);
        json.WriteStartObject();
        json.WriteNumber("level"u8, 1);
        json.WriteString("role"u8, "user"u8);
        json.WriteEndObject();
        json.WriteEndArray();
    }));

    public static Reply Accepted(VideoTask task) => new(200, Write(task, static (json, task) =>
    {
        json.WriteString("id"u8, task.Id);
        json.WriteString("model"u8, task.Model);
        json.WriteString("request_id"u8, task.RequestId);
        json.WriteString("task_status"u8, "PROCESSING"u8);
    }));

    public static Reply Result(VideoTask task, string status, TaskLinks? links, Uri files, EmulatorSettings settings) =>
        new(200, Write((task, status, links, files, settings), static (json, it) =>
        {
            if (it.settings.ResultForm != ResultForm.Reference) json.WriteString("id"u8, it.task.Id);
            json.WriteString("model"u8, it.task.Model);
            json.WriteString("request_id"u8, it.task.RequestId);
            json.WriteString("task_status"u8, it.status);
            if (it.links is not null)
            {
                json.WriteStartArray("video_result"u8);
                for (int i = 0; i < it.settings.Videos; i++)
                {
                    json.WriteStartObject();
                    json.WriteString("url"u8, $"{it.files}{TaskLinks.VideoPath(it.links.Token, i)}");
                    json.WriteString("cover_image_url"u8, $"{it.files}{TaskLinks.CoverPath(it.links.Token, i)}");
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            else if (it.status == "FAIL")
            {
                WriteReason(json, it.task.FailReason!, it.settings.FailForm);
            }
        }));

    /// <summary>What the service's gateway says of a path it does not know: not the form of the API's own errors.</summary>
    public static Reply UnknownPath(string path, DateTimeOffset now) => new(404, Write((path, now), static (json, it) =>
    {
        json.WriteString("timestamp"u8, it.now);
        json.WriteNumber("status"u8, 404);
        json.WriteString("error"u8, "Not Found"u8);
        json.WriteString("path"u8, it.path);
    }));

    private static void WriteReason(Utf8JsonWriter json, string reason, FailForm form)
    {
        if (form == FailForm.Message) json.WriteString("message"u8, reason);
        if (form != FailForm.Error) return;
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, "1230"u8);
        json.WriteString("message"u8, reason);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write<T>(T value, Action<Utf8JsonWriter, T> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Json.Writing);
        json.WriteStartObject();
        fields(json, value);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
