using System;
using System.Collections.Generic;
using System.Linq;
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

    /// <summary>Levels of a JSON text, at most.</summary>
    private const int MaxDepth = 64;

    /// <summary>Under these names failed tasks have been seen to say why.</summary>
    private static readonly string[] FailReasons =
        ["fail_reason", "failReason", "failure_reason", "fail_msg", "fail_message", "reason", "error_message", "error_msg", "err_msg"];

    private string? _message;
    private string? _errorMessage;
    private string? _failReason;
    private string? _status;
    private string? _path;
    private bool _isRefused; // "success": false
    private bool _isModeratedEnd;

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
        try
        {
            using JsonDocument document = JsonDocument.Parse(body.ToArray());
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                ServiceReply reply = new() { HttpStatus = httpStatus, IsJson = true };
                reply.Read(document.RootElement);
                reply.Complete(document.RootElement);
                return reply;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: a text with bytes that are no UTF-8
        {
            if (IsTooDeep(body)) throw new CogVideoException(ErrorReason.ResponseTooLarge, MessageKey.ResponseTooDeep) { HttpStatus = httpStatus };
        }
        // What a reader of the page would see of it, for the message
        return new ServiceReply { HttpStatus = httpStatus, Message = PageText.From(Encoding.UTF8.GetString(body.ToArray())) };
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

    /// <summary>Whether it has more levels than any reply of a service, and than are read.</summary>
    private static bool IsTooDeep(ReadOnlySpan<byte> body)
    {
        try
        {
            Utf8JsonReader json = new(body, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
            while (json.Read() && json.CurrentDepth < MaxDepth)
            {
            }
            return json.CurrentDepth >= MaxDepth;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Read(JsonElement said)
    {
        Id = WellFormed(Text(said, "id"));
        RequestId = WellFormed(Text(said, "request_id"));
        Model = Text(said, "model");
        if (said.TryGetProperty("task_status", out JsonElement status)) SetStatus(Text(status));
        if (said.TryGetProperty("video_result", out JsonElement videos)) ReadVideos(videos);
        if (said.TryGetProperty("error", out JsonElement error)) (Code, _errorMessage) = ReadError(error);
        Code ??= NonZero(Text(said, "code"));
        _message = NonEmpty(Text(said, "message")) ?? NonEmpty(Text(said, "msg"));
        foreach (string name in FailReasons)
        {
            if (!said.TryGetProperty(name, out JsonElement reason)) continue;
            (string? code, string? words) = ReadError(reason);
            Code ??= code;
            _failReason ??= words;
        }
        _isRefused = Text(said, "success") is "false";
        _status = Text(said, "status");
        _path = Text(said, "path");
        IsModerated = said.TryGetProperty("contentFilter", out JsonElement filter) && filter.ValueKind == JsonValueKind.Array;
    }

    /// <summary>What can be said only when all of it was read.</summary>
    private void Complete(JsonElement said)
    {
        if (said.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object)
        {
            // Some replies have all that the reference page shows one level deeper
            ServiceReply inner = new();
            inner.Read(data);
            Adopt(inner);
        }
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
        ReplySurvey survey = new(said);
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

    private static (string? Code, string? Message) ReadError(JsonElement error) => error.ValueKind == JsonValueKind.Object
        ? (NonZero(Text(error, "code")), NonEmpty(Text(error, "message")) ?? NonEmpty(Text(error, "msg")))
        : (null, NonEmpty(Text(error)));

    private void ReadVideos(JsonElement videos)
    {
        foreach (JsonElement video in videos.ValueKind == JsonValueKind.Array ? videos.EnumerateArray().ToArray() : [videos])
        {
            if (video.ValueKind != JsonValueKind.Object) continue;
            if (Text(video, "url") is { } url && IsWeb(url)) (Urls ??= []).Add(url);
            if (Text(video, "cover_image_url") is { } cover && IsWeb(cover)) (CoverUrls ??= []).Add(cover);
        }
    }

    /// <summary>What cannot be an id is as good as none: the task is then found by its request_id.</summary>
    private static string? WellFormed(string? id) => id is not null && TaskId.IsWellFormed(id) ? id : null;

    internal static bool IsWeb(string link) =>
        Address.TryParse(link, out Uri uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    private static string? Text(JsonElement said, string name) => said.TryGetProperty(name, out JsonElement value) ? Text(value) : null;

    /// <summary>A value as text, numbers as they were written: ids are larger than any number type.</summary>
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>A flat reply writes 0 or 200 for "no error".</summary>
    private static string? NonZero(string? code) => code is "0" or "200" or "" or "ok" or "OK" or "success" or "SUCCESS" ? null : code;

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
