using System;
using System.Linq;
using System.Text.Json;
using ZhipuVideo.Files;

namespace ZhipuVideo.Gallery;

/// <summary>One result on the page, and what of it the page may tell: none of the service's links, no path of this machine.</summary>
internal sealed class GalleryCard
{
    private readonly CogVideoResult _result;

    internal GalleryCard(CogVideoResult result, string folder)
    {
        _result = result;
        Video = CreateFile(result.SavedPath, folder, Media.Video, result.FileLength);
        Cover = CreateFile(result.CoverPath, folder, Media.Image);
        // What it was like when it was saved; a file of another origin, or of an earlier version, is asked itself
        if (result.Facts == VideoFacts.None && Video is not null) _result = new CogVideoResult(result) { Facts = Video.ReadFacts() };
    }

    internal GalleryFile? Video { get; }

    internal GalleryFile? Cover { get; }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteText(json, "id", _result.Id);
        WriteText(json, "requestId", _result.RequestId);
        WriteText(json, "name", _result.Name);
        WriteText(json, "prompt", _result.Prompt);
        WriteText(json, "model", _result.Model);
        WriteText(json, "status", CogVideoStatus.Canonical(_result.Status));
        WriteText(json, "image", GetImageNames(_result.Image));
        WriteText(json, "quality", _result.Quality);
        WriteText(json, "size", _result.Size);
        WriteNumber(json, "fps", _result.Fps);
        WriteNumber(json, "duration", _result.Duration);
        if (_result.WithAudio is bool audio) json.WriteBoolean("audio", audio);
        WriteFacts(json);
        WriteTime(json, "submittedAt", _result.SubmittedAt);
        WriteTime(json, "endedAt", _result.EndedAt);
        WriteNumber(json, "elapsed", _result.ElapsedSec);
        WriteText(json, "errorCode", _result.ErrorCode);
        WriteText(json, "errorMessage", _result.ErrorMessage);
        WriteFile(json, "video", Video);
        WriteFile(json, "cover", Cover);
        json.WriteEndObject();
    }

    /// <summary>What the file says of itself, and in what it is not what was asked for.</summary>
    private void WriteFacts(Utf8JsonWriter json)
    {
        if (_result.Facts == VideoFacts.None) return;
        json.WriteStartObject("actual");
        WriteNumber(json, "width", _result.Width);
        WriteNumber(json, "height", _result.Height);
        WriteNumber(json, "duration", _result.DurationSec);
        WriteNumber(json, "fps", _result.ActualFps);
        if (_result.HasAudio is bool audio) json.WriteBoolean("audio", audio);
        json.WriteStartArray("differs");
        foreach (string field in new Differences(_result).Fields) json.WriteStringValue(field);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static GalleryFile? CreateFile(string? path, string folder, Media media, long? length = null) =>
        string.IsNullOrEmpty(path) ? null : new GalleryFile(path!, folder, media, length);

    /// <summary>The last part of each image's path or URL: folders are nobody's business, and a URL's query may be a signature.</summary>
    private static string? GetImageNames(string? pictures) =>
        pictures is null ? null : string.Join(", ", pictures.Split('|').Select(p => p.Trim().Split('?', '#')[0].Split('/', '\\').Last()));

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTime? value)
    {
        if (value is DateTime time) json.WriteString(name, time.ToUniversalTime());
    }

    /// <summary>JSON has no NaN or infinity, and neither is a measurement.</summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number && !double.IsNaN(number) && !double.IsInfinity(number)) json.WriteNumber(name, number);
    }

    private static void WriteFile(Utf8JsonWriter json, string name, GalleryFile? file)
    {
        if (file is null) return;
        json.WriteStartObject(name);
        if (file.Bytes is long bytes) json.WriteNumber("bytes", bytes);
        if (file.Block is int block)
            json.WriteNumber("block", block);
        else
            WriteText(json, "href", file.Link);
        json.WriteEndObject();
    }
}
