using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using ZhipuVideo.Http;

namespace ZhipuVideo;

/// <summary>
/// A reply of the service, read with the tolerance its history asks for: extra and missing fields, ids as numbers,
/// and the five shapes of errors that its gateways have been seen to use.
/// </summary>
internal sealed class ServiceReply
{
    /// <summary>The one reply that most polls get; shared, so that polling allocates little.</summary>
    internal static readonly ServiceReply StillRunning = new() { HttpStatus = 200, IsJson = true, Status = CogVideoStatus.Processing };

    /// <summary>What a message shows of a page, in characters.</summary>
    private const int LongestExcerpt = 200;

    internal int HttpStatus { get; set; }

    /// <summary>Whether the body was a complete JSON object.</summary>
    internal bool IsJson { get; private set; }

    internal string? Id { get; private set; }

    internal string? RequestId { get; private set; }

    internal string? Model { get; private set; }

    /// <summary>One of <see cref="CogVideoStatus"/>; null when the reply has none.</summary>
    internal string? Status { get; private set; }

    /// <summary>The status as the service wrote it.</summary>
    internal string? RawStatus { get; private set; }

    internal bool HasStatus { get; private set; }

    internal string? Code { get; private set; }

    internal string? Message { get; private set; }

    internal bool IsModerated { get; private set; }

    /// <summary>Whether the content type said JSON; a submission is believed only then.</summary>
    internal bool IsJsonType { get; set; } = true;

    /// <summary>The links of the videos, as far as they are of http or https; null when there is none.</summary>
    internal List<string>? Urls { get; private set; }

    internal List<string>? CoverUrls { get; private set; }

    /// <summary>Retry-After in seconds, when there was one that makes sense.</summary>
    internal double? RetryAfter { get; set; }

    /// <summary>Whether this is the success of its call: 2xx, JSON, and no error in place of a status (a failed task has both).</summary>
    internal bool IsSuccess => HttpStatus is >= 200 and < 300 && IsJson && (HasStatus || (Code is null && Message is null));

    /// <summary>Reads a body. With <paramref name="statusOnly"/> a task that still runs costs no allocation.</summary>
    internal static ServiceReply Parse(int httpStatus, ReadOnlySpan<byte> body, bool statusOnly = false)
    {
        if (body.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) body = body.Slice(3);
        if (statusOnly && httpStatus == 200 && IsStillRunning(body)) return StillRunning;
        ServiceReply reply = new() { HttpStatus = httpStatus };
        Utf8JsonReader json = new(body);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return reply.AsText(body);
            reply.ReadObject(ref json);
            while (json.Read())
            {
            }
            reply.IsJson = true;
            return reply;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with bytes that are no UTF-8.
            if (json.CurrentDepth >= 63) throw new CogVideoException(ErrorReason.ResponseTooLarge, MessageKey.ResponseTooDeep) { HttpStatus = httpStatus };
            return new ServiceReply { HttpStatus = httpStatus }.AsText(body);
        }
    }

    /// <summary>
    /// Takes the key out of all its texts; in a link it would go to another host besides. Only then is a page cut to an excerpt: a cut
    /// within the key would leave a piece of it that nobody knows for one.
    /// </summary>
    internal void Mask(ApiKey key)
    {
        Id = key.Mask(Id);
        RequestId = key.Mask(RequestId);
        Model = key.Mask(Model);
        RawStatus = key.Mask(RawStatus);
        Code = key.Mask(Code);
        Message = key.Mask(Message);
        if (!IsJson && Message?.Length > LongestExcerpt) Message = Message.Substring(0, LongestExcerpt);
        for (int i = 0; i < Urls?.Count; i++) Urls[i] = key.Mask(Urls[i]);
        for (int i = 0; i < CoverUrls?.Count; i++) CoverUrls[i] = key.Mask(CoverUrls[i]);
    }

    /// <summary>A first pass over the usual body: nothing but a status of the kind that means "running".</summary>
    private static bool IsStillRunning(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader json = new(body);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            bool isRunning = false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("error"u8) || json.ValueTextEquals("code"u8)) return false;
                bool isStatus = json.ValueTextEquals("task_status"u8);
                if (!json.Read()) return false;
                if (isStatus) isRunning = json.TokenType == JsonTokenType.String && json.ValueTextEquals("PROCESSING"u8);
                else json.Skip();
            }
            return isRunning && json.TokenType == JsonTokenType.EndObject && !json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // as below
        {
            return false;
        }
    }

    private void ReadObject(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) Id = WellFormed(NextText(ref json));
            else if (json.ValueTextEquals("request_id"u8)) RequestId = WellFormed(NextText(ref json));
            else if (json.ValueTextEquals("model"u8)) Model = NextText(ref json);
            else if (json.ValueTextEquals("task_status"u8)) SetStatus(NextText(ref json));
            else if (json.ValueTextEquals("video_result"u8)) ReadVideos(ref json);
            else if (json.ValueTextEquals("error"u8)) ReadError(ref json);
            else if (json.ValueTextEquals("code"u8)) Code ??= NonZero(NextText(ref json));
            else if (json.ValueTextEquals("message"u8) || json.ValueTextEquals("msg"u8)) Message ??= NextText(ref json);
            else if (json.ValueTextEquals("contentFilter"u8))
            {
                json.Read();
                IsModerated = json.TokenType == JsonTokenType.StartArray;
                json.Skip();
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }
    }

    private void SetStatus(string? raw)
    {
        HasStatus = true;
        RawStatus = raw;
        Status = raw?.ToUpperInvariant() switch
        {
            "PROCESSING" or "SUBMITTED" => CogVideoStatus.Processing,
            "SUCCESS" => CogVideoStatus.Success,
            "FAIL" => CogVideoStatus.Fail,
            _ => CogVideoStatus.Unknown,
        };
    }

    private void ReadError(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("code"u8)) Code = NonZero(NextText(ref json));
                else if (json.ValueTextEquals("message"u8)) Message = NextText(ref json);
                else
                {
                    json.Read();
                    json.Skip();
                }
            }
        }
        else Message = Text(ref json);
    }

    private void ReadVideos(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.StartObject)
        {
            ReadVideo(ref json);
            return;
        }
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject) ReadVideo(ref json);
            else json.Skip();
        }
    }

    /// <summary>What cannot be an id is as good as none: the task is then found by its request_id.</summary>
    private static string? WellFormed(string? id) => id is not null && TaskId.IsWellFormed(id) ? id : null;

    private static bool IsWeb(string? link) =>
        link is not null && Address.TryParse(link, out Uri uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    private void ReadVideo(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isUrl = json.ValueTextEquals("url"u8);
            bool isCover = json.ValueTextEquals("cover_image_url"u8);
            string? link = NextText(ref json);
            if (isUrl && IsWeb(link)) (Urls ??= []).Add(link!);
            else if (isCover && IsWeb(link)) (CoverUrls ??= []).Add(link!);
        }
    }

    /// <summary>A value as text, numbers as they were written: ids are larger than any number type.</summary>
    private static string? NextText(ref Utf8JsonReader json)
    {
        json.Read();
        return Text(ref json);
    }

    private static string? Text(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return json.GetString();
            case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                return Encoding.UTF8.GetString(json.ValueSpan.ToArray());
            default:
                json.Skip();
                return null;
        }
    }

    /// <summary>A flat reply writes 0 or 200 for "no error".</summary>
    private static string? NonZero(string? code) => code is "0" or "200" or "" ? null : code;

    /// <summary>A body that is no JSON: its text without markup, for the message.</summary>
    private ServiceReply AsText(ReadOnlySpan<byte> body)
    {
        string text = Encoding.UTF8.GetString(body.ToArray());
        StringBuilder plain = new();
        bool inTag = false;
        foreach (char c in text)
        {
            if (c == '<') inTag = true;
            else if (c == '>') inTag = false;
            else if (!inTag && !(char.IsWhiteSpace(c) && (plain.Length == 0 || plain[plain.Length - 1] == ' ')))
                plain.Append(char.IsControl(c) || char.IsWhiteSpace(c) ? ' ' : c);
        }
        Message = plain.ToString().Trim();
        return this;
    }
}
