using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using ZhipuVideo.Emulator.Files;

namespace ZhipuVideo.Emulator.Contract;

/// <summary>
/// A submission as it was understood. JSON null means that a field is absent (the official Python SDK sends every unset field as
/// null), and unknown fields are ignored (what the service does with them is not documented).
/// </summary>
internal sealed record VideoRequest(ModelRule Model, string? Prompt, string? RequestId, Clip Clip)
{
    /// <summary>Characters, not tokens: the reference page says tokens, the newer pages of both bases say characters.</summary>
    private const int PromptLimit = 512;

    private const int UserIdMin = 6;
    private const int UserIdMax = 128;

    /// <summary>Checks a submission field by field.</summary>
    /// <param name="body">The JSON value that was sent.</param>
    /// <param name="extraModels">Models beyond the table, taken without checks of their own fields.</param>
    /// <exception cref="RefusedException">Something is wrong with it.</exception>
    public static VideoRequest Read(JsonElement body, ICollection<string> extraModels)
    {
        if (body.ValueKind != JsonValueKind.Object) throw new RefusedException(ServiceError.BadRequest);
        string code = Text(body, "model") ?? throw new RefusedException(ServiceError.Missing("model"));
        if (!ModelRule.All.TryGetValue(code, out ModelRule? model))
        {
            if (!extraModels.Contains(code)) throw new RefusedException(ServiceError.UnknownModel);
            model = new ModelRule(code) { Unchecked = true };
        }

        string? prompt = Text(body, "prompt");
        if (string.IsNullOrWhiteSpace(prompt)) prompt = null;
        int pictures = CheckPictures(body, model);
        if (prompt is null && (pictures == 0 || model.PromptRequired)) throw new RefusedException(ServiceError.Missing("prompt"));
        if (pictures < model.PicturesMin) throw new RefusedException(ServiceError.Missing("image_url"));
        if (prompt is not null && prompt.EnumerateRunes().Count() > PromptLimit) throw new RefusedException(ServiceError.PromptTooLong);

        if (!model.Unchecked)
        {
            CheckText(body, "quality", model.Qualities, model);
            CheckText(body, "size", model.Sizes, model);
            CheckNumber(body, "fps", model.FrameRates, model);
            CheckNumber(body, "duration", model.Durations, model);
            CheckText(body, "style", model.Styles, model);
            CheckText(body, "aspect_ratio", model.AspectRatios, model);
            CheckText(body, "movement_amplitude", model.MovementAmplitudes, model);
            if (CheckSwitch(body, "with_audio") && !model.Audio) throw NotTaken("with_audio", model);
            CheckSwitch(body, "watermark_enabled");
            CheckSwitch(body, "off_peak");
        }
        if (Text(body, "user_id") is { } user && user.Length is < UserIdMin or > UserIdMax)
            throw Illegal("user_id", $"长度为{UserIdMin}至{UserIdMax}个字符");
        string? requestId = Text(body, "request_id");
        return new VideoRequest(model, prompt, string.IsNullOrEmpty(requestId) ? null : requestId, ReadClip(body));
    }

    /// <summary>What the video is to look like; what is not said is what a model makes by itself.</summary>
    private static Clip ReadClip(JsonElement body)
    {
        int Number(string field, int other) =>
            Given(body, field, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number is > 0 and <= 60 ? number : other;
        return new Clip(
            Given(body, "size", out JsonElement size) && size.ValueKind == JsonValueKind.String ? size.GetString() : null,
            Number("duration", 5),
            Number("fps", 30),
            Given(body, "with_audio", out JsonElement audio) && audio.ValueKind == JsonValueKind.True);
    }

    private static int CheckPictures(JsonElement body, ModelRule model)
    {
        if (!Given(body, "image_url", out JsonElement value)) return 0;
        if (value.ValueKind == JsonValueKind.String && value.ValueEquals(string.Empty)) return 0;
        int count = 0;
        foreach (JsonElement one in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            count++;
            if (one.ValueKind != JsonValueKind.String || Picture.Read(one) is not { } picture)
                throw Illegal("image_url", "应为图片的URL或Base64编码");
            if (picture.Url is not null) continue;
            if (!model.PictureTypes.Contains(picture.Type))
                throw Illegal("image_url", $"支持的图片格式为{string.Join('、', model.PictureTypes)}");
            if (picture.Length > model.PictureBytes)
                throw Illegal("image_url", $"图片大小不超过{model.PictureBytes / (1024 * 1024)}M");
        }
        if (count > model.PicturesMax && !model.Unchecked) throw Illegal("image_url", $"{model.Code}最多支持{model.PicturesMax}张图片");
        return count;
    }

    private static void CheckText(JsonElement body, string field, string[]? allowed, ModelRule model)
    {
        if (Text(body, field) is not { } value) return;
        if (allowed is null) throw NotTaken(field, model);
        if (!allowed.Contains(value)) throw Illegal(field, $"可选值为{string.Join('、', allowed)}");
    }

    private static void CheckNumber(JsonElement body, string field, int[]? allowed, ModelRule model)
    {
        if (!Given(body, field, out JsonElement value)) return;
        if (allowed is null) throw NotTaken(field, model);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || !allowed.Contains(number))
            throw Illegal(field, $"可选值为{string.Join('、', allowed)}");
    }

    private static bool CheckSwitch(JsonElement body, string field)
    {
        if (!Given(body, field, out JsonElement value)) return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw Illegal(field, "可选值为true、false");
        return value.GetBoolean();
    }

    private static string? Text(JsonElement body, string field)
    {
        if (!Given(body, field, out JsonElement value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Illegal(field, "应为字符串");
    }

    private static bool Given(JsonElement body, string field, out JsonElement value) =>
        body.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;

    private static RefusedException Illegal(string field, string allowed) => new(ServiceError.Illegal(field, allowed));

    private static RefusedException NotTaken(string field, ModelRule model) => Illegal(field, $"{model.Code}不支持该参数");
}
