using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ZhipuVideo;

/// <summary>
/// One row, ready to be checked and sent. Null means "not given" and is not sent.
/// Limits are those of the service's reference page; what the catalogue does not know passes through.
/// </summary>
public sealed class VideoRequest
{
    /// <summary>Prompts longer than this many characters get a warning; the service decides (code 1261).</summary>
    public const int PromptCharacters = 512;

    private readonly string? _size;

    /// <summary>How the row is called in messages, such as <c>Row 3 (cat)</c>.</summary>
    public string Label { get; init; } = "Request";

    /// <summary>The model's code, in any case; default <see cref="CogVideoModel.Default"/>.</summary>
    public string Model
    {
        get => CogVideoModel.Code(ModelAsWritten);
        init => ModelAsWritten = value;
    }

    /// <summary>The text; it or an image must be given.</summary>
    public string? Prompt { get; init; }

    /// <summary>Images: http(s) URLs, data URIs or full paths of local files.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary><c>speed</c> or <c>quality</c>.</summary>
    public string? Quality { get; init; }

    /// <summary>Whether to make sound.</summary>
    public bool? WithAudio { get; init; }

    /// <summary>Width x height, such as <c>1920x1080</c>; of a model of the catalogue also <c>1920X1080</c>, <c>1920×1080</c> and <c>1920*1080</c>.</summary>
    public string? Size
    {
        get => _size is null ? null : CogVideoModel.Find(ModelAsWritten)?.SizeLike(_size) ?? _size;
        init => _size = value;
    }

    /// <summary>Frames per second.</summary>
    public int? Fps { get; init; }

    /// <summary>Seconds.</summary>
    public int? Duration { get; init; }

    /// <summary>The caller's own <c>request_id</c>; else one is made.</summary>
    public string? RequestId { get; init; }

    /// <summary>The end user's id, 6 to 128 characters.</summary>
    public string? UserId { get; init; }

    /// <summary>A label of the caller; never sent.</summary>
    public string? Name { get; init; }

    /// <summary>Further fields as the text of a JSON object, for what the service learns after this version.</summary>
    public string? AdditionalBody { get; init; }

    /// <summary>The model before its case was mended: what a row's hash is made of.</summary>
    internal string ModelAsWritten { get; private init; } = CogVideoModel.Default;

    /// <summary>
    /// What earlier versions read in the cells of a row where this one reads something else, by field: a row keeps its hash, or it would be
    /// paid again.
    /// </summary>
    internal IReadOnlyDictionary<string, string>? AsFirstRead { get; init; }

    /// <summary>Its images, checked like all else of it; throws <see cref="ErrorReason.InvalidInput"/> naming the row, the value and what is allowed.</summary>
    internal IReadOnlyList<Image> Check()
    {
        CogVideoModel? known = CogVideoModel.Find(Model);
        CheckText();
        if (string.IsNullOrWhiteSpace(Prompt) && Images.Count == 0) throw Invalid(MessageKey.NothingToSubmit, Label);
        if (UserId is { Length: < 6 or > 128 }) throw Invalid(MessageKey.UserIdLength, Label, UserId.Length);
        if (known is not null) CheckAgainst(known);
        return [.. Images.Select(image => Image.Open(image, known, Label))];
    }

    /// <summary>The job as it stands before the service has given it an id.</summary>
    internal CogVideoJob ToJob(string? requestId)
    {
        CogVideoJob job = new() { Status = CogVideoStatus.Unconfirmed };
        foreach (RequestField field in RequestField.All)
        {
            if (field.Kind != FieldKind.Images) field.Set(job, field.Get(this));
        }
        job.Image = Images.Count == 0 ? null : string.Join("|", Images.Select(Image.Display));
        job.RequestId = requestId;
        return job;
    }

    /// <summary>The job of a row that was never sent.</summary>
    internal CogVideoJob ToUnsentJob()
    {
        CogVideoJob job = ToJob(RequestId);
        job.Status = CogVideoStatus.Unknown;
        return job;
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    /// <summary>What is sent must be what was written: half a surrogate pair cannot be sent as UTF-8.</summary>
    private void CheckText()
    {
        foreach (RequestField field in RequestField.All)
        {
            if (field == RequestField.Name || field.Get(this) is not string text) continue;
            for (int i = 0; i < text.Length; i++)
            {
                if (!char.IsSurrogate(text[i])) continue;
                if (!char.IsSurrogatePair(text, i)) throw Invalid(MessageKey.LoneSurrogate, Label, field.Property, i + 1);
                i++;
            }
        }
        if (RequestId is not null && !TaskId.IsWellFormed(RequestId)) throw Invalid(MessageKey.RequestIdInvalid, Label, RequestId);
        if (Model.Trim().Length == 0) throw Invalid(MessageKey.ModelEmpty, Label);
    }

    private void CheckAgainst(CogVideoModel model)
    {
        CheckChoice(model, "Size", Size, static m => m.Sizes);
        CheckChoice(model, "Quality", Quality, static m => m.Qualities);
        CheckChoice(model, "Fps", Fps, static m => m.Fps);
        CheckChoice(model, "Duration", Duration, static m => m.Durations);
        if (WithAudio == true && !model.Audio) throw NotTaken(model, "WithAudio", "True", static m => m.Audio);
        if (model.PromptRequired && string.IsNullOrWhiteSpace(Prompt)) throw Invalid(MessageKey.PromptRequired, Label, model.Model);
        if (Images.Count > 0 && model.MaxImages == 0) throw NotTaken(model, "Image", Image.Display(Images[0]), static m => m.MaxImages > 0);
        if (Images.Count < model.MinImages || Images.Count > model.MaxImages)
        {
            string allowed = model.MinImages == model.MaxImages
                ? model.MinImages.ToString(CultureInfo.InvariantCulture)
                : $"{model.MinImages}-{model.MaxImages}";
            throw Invalid(MessageKey.ImageCount, Label, model.Model, allowed, Images.Count);
        }
    }

    private void CheckChoice(CogVideoModel model, string field, object? value, Func<CogVideoModel, Array> getChoices)
    {
        if (value is null) return;
        object[] choices = [.. getChoices(model).Cast<object>()];
        if (choices.Length == 0) throw NotTaken(model, field, value, other => getChoices(other).Length > 0);
        if (!choices.Contains(value)) throw Invalid(MessageKey.ValueNotAllowed, Label, field, value, model.Model, choices);
    }

    private CogVideoException NotTaken(CogVideoModel model, string field, object value, Func<CogVideoModel, bool> takesIt) => Invalid(
        MessageKey.FieldNotTaken, Label, model.Model, field, value, CogVideoModel.Catalogue.Where(takesIt).Select(m => m.Model));
}
