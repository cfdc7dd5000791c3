using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace ZhipuVideo.Protocol;

/// <summary>
/// A reply of the service, read with the tolerance its history asks for: extra and missing fields, ids as numbers,
/// and the five shapes of errors that its gateways have been seen to use.
/// </summary>
internal sealed class ServiceReply
{
    /// <summary>What a message shows of a page, in characters.</summary>
    private const int MaxExcerpt = 200;

    private string? _message;
    private string? _errorMessage;
    private string? _failReason;
    private string? _status;
    private string? _path;
    private bool _isRefused; // "success": false
    private bool _isModeratedEnd;
    private ServiceReply? _data;

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

    /// <summary>The service's gateway says that there is nothing under this path; it does so in two forms.</summary>
    internal bool IsNoSuchPath { get; private set; }

    /// <summary>The status that a flat refusal <c>{"code":401,"msg":..,"success":false}</c> gives, whatever that of HTTP is; else null.</summary>
    internal int? StatusInBody { get; private set; }

    /// <summary>The names of its fields, of a reply in which something was missed; else null.</summary>
    internal string? Fields { get; private set; }

    /// <summary>The base address that was asked.</summary>
    internal string? BaseUri { get; set; }

    /// <summary>Whether the content type said JSON; an acceptance or a refusal is the service's only then.</summary>
    internal bool IsJsonType { get; set; } = true;

    /// <summary>The links of the videos, as far as they are of http or https; null when there is none.</summary>
    internal List<string>? Urls { get; private set; }

    internal List<string>? CoverUrls { get; private set; }

    /// <summary>Retry-After in seconds, when there was one that makes sense.</summary>
    internal double? RetryAfter { get; set; }

    /// <summary>
    /// The service's word on a task: that it runs, or how it ended (a failed one has an error too). Whatever type it comes as: nothing else
    /// knows of task_status.
    /// </summary>
    internal bool IsTask => HasStatus && (IsSuccess || _isModeratedEnd);

    /// <summary>
    /// The service's word that it has accepted a submission. An id alone is not: whatever stands in between numbers its errors too.
    /// </summary>
    internal bool IsAcceptance => IsSuccess && IsJsonType && !string.IsNullOrEmpty(Id) && (HasStatus || (Code is null && (RequestId ?? Model) is not null));

    private bool IsSuccess => HttpStatus is >= 200 and < 300 && IsJson;

    /// <summary>Reads a body.</summary>
    internal static ServiceReply Parse(int httpStatus, ReadOnlySpan<byte> body)
    {
        if (body.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) body = body.Slice(3);
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
            reply.Complete(body);
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
    /// In reply to a look, the service's word on the content (1300, 1301) is how the task ended: in place of its status, often minutes after it
    /// was accepted.
    /// </summary>
    internal void ReadAsEndIfModerated()
    {
        if (IsTask || ErrorTable.Classify(this) is not { IsKnown: true, Reason: ErrorReason.ContentRejected }) return;
        _isModeratedEnd = HasStatus = true;
        Status = CogVideoStatus.Fail;
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
        Fields = key.Mask(Fields);
        if (!IsJson && Message?.Length > MaxExcerpt) Message = Message.Substring(0, MaxExcerpt);
        for (int i = 0; i < Urls?.Count; i++) Urls[i] = key.Mask(Urls[i]);
        for (int i = 0; i < CoverUrls?.Count; i++) CoverUrls[i] = key.Mask(CoverUrls[i]);
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
            else if (json.ValueTextEquals("data"u8)) ReadData(ref json);
            else if (json.ValueTextEquals("error"u8)) ReadError(ref json);
            else if (json.ValueTextEquals("code"u8)) Code ??= NonZero(NextText(ref json));
            else if (json.ValueTextEquals("message"u8) || json.ValueTextEquals("msg"u8)) _message ??= NonEmpty(NextText(ref json));
            else if (IsFailReason(ref json)) ReadFailReason(ref json);
            else if (json.ValueTextEquals("success"u8)) _isRefused = NextText(ref json) is "false";
            else if (json.ValueTextEquals("status"u8)) _status = NextText(ref json);
            else if (json.ValueTextEquals("path"u8)) _path = NextText(ref json);
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

    /// <summary>Some replies have all that the reference page shows one level deeper.</summary>
    private void ReadData(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }
        _data = new ServiceReply();
        _data.ReadObject(ref json);
    }

    private static bool IsFailReason(ref Utf8JsonReader json) =>
        json.ValueTextEquals("fail_reason"u8) || json.ValueTextEquals("failReason"u8) || json.ValueTextEquals("failure_reason"u8)
        || json.ValueTextEquals("fail_msg"u8) || json.ValueTextEquals("fail_message"u8) || json.ValueTextEquals("reason"u8)
        || json.ValueTextEquals("error_message"u8) || json.ValueTextEquals("error_msg"u8) || json.ValueTextEquals("err_msg"u8);

    private void ReadFailReason(ref Utf8JsonReader json)
    {
        ServiceReply reason = new();
        reason.ReadError(ref json);
        _failReason ??= reason._errorMessage;
        Code ??= reason.Code;
    }

    /// <summary>What can be said only when all of it was read.</summary>
    private void Complete(ReadOnlySpan<byte> body)
    {
        if (_data is { } data) Adopt(data);
        bool isFail = Status == CogVideoStatus.Fail;
        Message = _errorMessage ?? (isFail ? _failReason ?? _message : _message ?? _failReason);
        bool isFlat = _isRefused && Code is not null;
        if (isFlat && Code is { Length: 3 } && int.TryParse(Code, out int status)) StatusInBody = status;
        // 200 {"code":500,"msg":"404 NOT_FOUND","success":false} was recorded at both bases; {"timestamp":..,"status":404,"error":"Not Found",
        // "path":..} is the older form
        bool saysNotFound = Message is { } words
            && (words.TrimStart().StartsWith("404", StringComparison.Ordinal) || words.IndexOf("NOT_FOUND", StringComparison.OrdinalIgnoreCase) >= 0);
        IsNoSuchPath = (isFlat && (StatusInBody == 404 || saysNotFound)) || (_path is not null && _status is "404" or "405" && HttpStatus is 404 or 405);
        bool isLinkMissed = Status == CogVideoStatus.Success && Urls is null;
        if (!isLinkMissed && (HasStatus || Message is not null || !string.IsNullOrEmpty(Id))) return;
        ReplySurvey survey = ReplySurvey.From(body);
        Fields = survey.Fields;
        if (!isLinkMissed) return;
        Urls = survey.Videos;
        CoverUrls ??= survey.Covers;
    }

    private void Adopt(ServiceReply data)
    {
        if (data.HasStatus && !HasStatus)
        {
            SetStatus(data.RawStatus);
            Id = data.Id ?? Id;
        }
        Id ??= data.Id;
        RequestId ??= data.RequestId;
        Model ??= data.Model;
        Urls ??= data.Urls;
        CoverUrls ??= data.CoverUrls;
        _failReason ??= data._failReason;
        // The outer ones only tell of the call: "200", "ok"
        Code = data.Code ?? Code;
        _errorMessage ??= data._errorMessage;
        _message = data._message ?? _message;
        IsModerated |= data.IsModerated;
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
                else if (json.ValueTextEquals("message"u8) || json.ValueTextEquals("msg"u8)) _errorMessage = NonEmpty(NextText(ref json));
                else
                {
                    json.Read();
                    json.Skip();
                }
            }
        }
        else _errorMessage = NonEmpty(Text(ref json));
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

    internal static bool IsWeb(string? link) =>
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
    private static string? NonZero(string? code) => code is "0" or "200" or "" or "ok" or "OK" or "success" or "SUCCESS" ? null : code;

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>A body that is no JSON: what a reader of the page would see of it, for the message.</summary>
    private ServiceReply AsText(ReadOnlySpan<byte> body)
    {
        Message = PageText.From(Encoding.UTF8.GetString(body.ToArray()));
        return this;
    }
}
