using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace ZhipuVideo.Protocol;

/// <summary>
/// A second look at a reply in which something was missed: what fields it has, and whether a link of its stands elsewhere than the reference
/// page says (<c>video_url</c>, a list of texts, another name). A link is taken only where there is no doubt which it is.
/// </summary>
internal sealed class ReplySurvey
{
    private const int MaxFields = 300;

    private static readonly string[] VideoEndings = [".mp4", ".mov", ".webm", ".m4v"];
    private static readonly string[] PictureWords = ["cover", "image", "img", "thumb", "poster", "icon", "avatar", "logo", "frame", "picture", "photo"];
    private static readonly string[] LinkWords = ["url", "uri", "link", "href", "file", "src", "result", "output", "download"];
    private static readonly string[] OtherWords = ["callback", "notify", "hook", "prompt", "message", "msg", "reason", "doc", "help", "audio", "request"];

    private readonly List<(string Path, string Link)> _sure = [];
    private readonly List<(string Path, string Link)> _likely = [];
    private readonly List<(string Path, string Link)> _covers = [];
    private readonly List<string> _fields = [];

    /// <summary>Looks at a complete JSON object.</summary>
    internal ReplySurvey(JsonElement reply) => Walk(reply, "", "", depth: 0);

    /// <summary>The names of its fields, those of an object in it behind a dot.</summary>
    internal string? Fields
    {
        get
        {
            string fields = string.Join(", ", _fields);
            return fields.Length == 0 ? null : fields.Length > MaxFields ? fields.Substring(0, MaxFields) + "..." : fields;
        }
    }

    /// <summary>The links of the videos; null when there is none, or several and no saying which.</summary>
    internal List<string>? Videos => Unambiguous(_sure.Count > 0 ? _sure : _likely);

    internal List<string>? Covers => Unambiguous(_covers);

    private void Walk(JsonElement element, string path, string name, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    string inner = path.Length == 0 ? property.Name : path + "." + property.Name;
                    if (depth < 2 && !_fields.Contains(inner)) _fields.Add(inner);
                    Walk(property.Value, inner, property.Name, depth + 1);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) Walk(item, path, name, depth);
                break;
            case JsonValueKind.String when element.GetString() is { } text && IsLink(text):
                Sort(path, name, text);
                break;
        }
    }

    private static bool IsLink(string text) => text.IndexOf("://", StringComparison.Ordinal) > 0 && !text.Any(char.IsWhiteSpace) && ServiceReply.IsWeb(text);

    private void Sort(string path, string name, string link)
    {
        bool Names(string[] words) => Array.Exists(words, word => name.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0);
        if (Names(OtherWords)) return;
        if (Names(PictureWords))
        {
            if (name.IndexOf("cover", StringComparison.OrdinalIgnoreCase) >= 0) _covers.Add((path, link));
            return;
        }
        bool isVideo = name.IndexOf("video", StringComparison.OrdinalIgnoreCase) >= 0
            || Array.Exists(VideoEndings, ending => new Uri(link).AbsolutePath.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        if (isVideo) _sure.Add((path, link));
        else if (Names(LinkWords)) _likely.Add((path, link));
    }

    /// <summary>One link, however often it is there, or several in one list.</summary>
    private static List<string>? Unambiguous(List<(string Path, string Link)> found)
    {
        List<string> links = found.Select(one => one.Link).Distinct().ToList();
        bool isClear = links.Count == 1 || (links.Count > 1 && found.Select(one => one.Path).Distinct().Count() == 1);
        return isClear ? links : null;
    }
}
