using System;
using System.Collections.Generic;

namespace ZhipuVideo;

/// <summary>What a field of a request holds: text, a whole number, true or false, images, or the text of a JSON object.</summary>
internal enum FieldKind
{
    Text,
    Number,
    Boolean,
    Images,
    Json,
}

/// <summary>
/// A field of a request. <see cref="All"/> is the one list of them: rows, requests, journals and copies loop over it. A further field of the
/// service is a further row here, a property of <see cref="VideoRequest"/>, <see cref="CogVideoItem"/> and its two kinds, a parameter of
/// New-CogVideo, and its help.
/// </summary>
internal sealed class RequestField
{
    internal static readonly RequestField
        Model = new("Model", FieldKind.Text, "model"),
        Name = new("Name", FieldKind.Text, null),
        Prompt = new("Prompt", FieldKind.Text, "prompt"),
        Image = new("Image", FieldKind.Images, "image_url", "ImageUrl", "ImagePath", "FullName"),
        RequestId = new("RequestId", FieldKind.Text, "request_id"),
        UserId = new("UserId", FieldKind.Text, "user_id"),
        AdditionalBody = new("AdditionalBody", FieldKind.Json, null, "additional_body");

    private readonly PropertyAccess<VideoRequest> _ofRequest;
    private readonly PropertyAccess<CogVideoItem> _ofItem;

    private RequestField(string property, FieldKind kind, string? wireName, params string[] aliases)
    {
        Property = property;
        Kind = kind;
        WireName = wireName;
        JournalName = InCamelCase(property);
        Columns = wireName is null ? [property, .. aliases] : [property, wireName, .. aliases];
        _ofRequest = new PropertyAccess<VideoRequest>(kind == FieldKind.Images ? nameof(VideoRequest.Images) : property);
        _ofItem = new PropertyAccess<CogVideoItem>(property);
    }

    /// <summary>All of them, in the order in which they are sent, hashed and recorded: it never changes, and a new one comes last.</summary>
    internal static IReadOnlyList<RequestField> All { get; } =
    [
        Model,
        Name,
        Prompt,
        Image,
        new("Quality", FieldKind.Text, "quality"),
        new("WithAudio", FieldKind.Boolean, "with_audio"),
        new("Size", FieldKind.Text, "size"),
        new("Fps", FieldKind.Number, "fps"),
        new("Duration", FieldKind.Number, "duration"),
        RequestId,
        UserId,
        AdditionalBody,
    ];

    /// <summary>What it is called as a property, as a parameter, and in messages.</summary>
    internal string Property { get; }

    internal FieldKind Kind { get; }

    /// <summary>The service's name; null for the label, which is never sent, and for further fields, which bring their own names.</summary>
    internal string? WireName { get; }

    /// <summary>The name in a journal's line.</summary>
    internal string JournalName { get; }

    /// <summary>The type of its value in a job and in a journal.</summary>
    internal Type ValueType => _ofItem.ValueType;

    /// <summary>What the column of a row may be called, in any case.</summary>
    internal IReadOnlyList<string> Columns { get; }

    internal static string InCamelCase(string property) => char.ToLowerInvariant(property[0]) + property.Substring(1);

    internal object? Get(VideoRequest request) => _ofRequest.Get(request);

    internal object? Get(CogVideoItem item) => _ofItem.Get(item);

    internal void Set(VideoRequest request, object? value) => _ofRequest.Set(request, value);

    internal void Set(CogVideoItem item, object? value) => _ofItem.Set(item, value);
}
