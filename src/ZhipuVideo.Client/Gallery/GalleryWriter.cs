using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using System.Threading;
using ZhipuVideo.Files;
using ZhipuVideo.Http;

namespace ZhipuVideo.Gallery;

/// <summary>
/// Writes results as one HTML page that needs nothing but itself and, unless they are embedded, the videos beside it.
/// <para>
/// What people wrote (prompts, names, messages) enters the page twice at most: the title as encoded text, everything else as JSON
/// in a data block, which the page's script shows by <c>textContent</c> alone. The Content-Security-Policy allows that one script
/// and that one style by their hashes, no request to anywhere, and media from where the page is; <c>require-trusted-types-for</c>
/// makes the browser itself refuse to turn text into markup.
/// </para>
/// </summary>
internal sealed class GalleryWriter
{
    /// <summary>A multiple of three, so that the Base64 of the pieces is the Base64 of the whole.</summary>
    private const int PieceBytes = 3 * 16 * 1024;

    private static readonly Regex Gap = new(@"\{\{(\w+)\}\}", RegexOptions.CultureInvariant);

    /// <summary>Letters of all languages stay readable; quotes, angle brackets, ampersands and line separators are escaped.</summary>
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private readonly GalleryOptions _options;
    private readonly List<GalleryCard> _cards;
    private readonly List<GalleryFile> _embedded = [];
    private readonly string _title;

    private GalleryWriter(IEnumerable<CogVideoResult> results, GalleryOptions options)
    {
        _options = options;
        string folder = options.LinkFolder ?? Path.GetDirectoryName(options.Path)!;
        _cards = results.Select(result => new GalleryCard(result, folder)).ToList();
        _title = string.IsNullOrWhiteSpace(options.Title) ? Messages.Format(MessageKey.GalleryDefaultTitle) : options.Title!;
    }

    /// <summary>
    /// Writes the page under a temporary name beside its own and renames it when it is complete and on the disk.
    /// </summary>
    /// <exception cref="CogVideoException">
    /// <see cref="ErrorReason.WriteFailed"/> or <see cref="ErrorReason.DiskFull"/>: the page cannot be written, or a file to embed has become
    /// another one meanwhile; <see cref="ErrorReason.DestinationUnusable"/>: its name is taken and may not be replaced.
    /// </exception>
    internal static GalleryReport Write(IEnumerable<CogVideoResult> results, GalleryOptions options)
    {
        GalleryWriter writer = new(results, options);
        int overLimit = options.Embed ? writer.ChooseEmbedded() : 0;
        string folder = Path.GetDirectoryName(options.Path)!;
        string temporary = Path.Combine(folder, ".zhipuvideo." + Path.GetRandomFileName());
        try
        {
            using (FileStream page = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                writer.WritePage(page);
                page.Flush(flushToDisk: true);
            }
            if (!Rename(temporary, options)) throw Taken(options.Path);
            Disk.SyncFolder(folder);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            ErrorReason reason = Disk.IsFull(e) ? ErrorReason.DiskFull : ErrorReason.WriteFailed;
            throw new CogVideoException(reason, MessageKey.GalleryWriteFailed, options.Path, e.Message) { AdviceKey = MessageKey.AdviceGalleryPath };
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
        return new GalleryReport(
            writer._cards.Count,
            writer._embedded.Count,
            overLimit,
            writer._cards.Count(card => card.Video is { IsRefused: false } video && (video.Bytes is null || (video.Link is null && video.Block is null))))
        {
            Refused = writer.Files.Where(file => file.IsRefused).Select(file => file.Path).ToArray(),
        };
    }

    /// <summary>Gives the page its name; false when that is taken.</summary>
    private static bool Rename(string temporary, GalleryOptions options)
    {
        Clock clock = new(options.Time);
        while (true)
        {
            try
            {
                if (!options.Overwrite) return options.Disk.TryRename(temporary, options.Path);
                options.Disk.Replace(temporary, options.Path);
                return true;
            }
            catch (Exception e) when (Disk.IsFailure(e) && !Disk.IsFull(e) && clock.Now < options.RenameTimeout.TotalSeconds)
            {
                clock.DelayAsync(0.1, CancellationToken.None).GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>The error of a page whose name is taken and may not be replaced.</summary>
    internal static CogVideoException Taken(string path) => new(ErrorReason.DestinationUnusable, MessageKey.GalleryTaken, path)
    {
        AdviceKey = MessageKey.AdviceGalleryTaken,
    };

    /// <summary>The error of a page that cannot be where a folder is.</summary>
    internal static CogVideoException IsFolder(string path) => new(ErrorReason.DestinationUnusable, MessageKey.GalleryIsFolder, path)
    {
        AdviceKey = MessageKey.AdviceGalleryPath,
    };

    private IEnumerable<GalleryFile> Files => _cards.Select(c => c.Cover).Concat(_cards.Select(c => c.Video)).OfType<GalleryFile>();

    /// <summary>Covers first: they are small, and every card should have its image. Then videos, in their order.</summary>
    /// <returns>How many files did not fit.</returns>
    private int ChooseEmbedded()
    {
        long room = _options.EmbedLimit;
        int overLimit = 0;
        foreach (GalleryFile file in Files)
        {
            if (file.Bytes is not long bytes || !file.CheckEmbeddable()) continue;
            if (bytes > room)
            {
                overLimit++;
                continue;
            }
            room -= bytes;
            file.Block = _embedded.Count;
            _embedded.Add(file);
        }
        return overLimit;
    }

    private void WritePage(Stream page)
    {
        string template = ReadResource("page.html");
        string style = ReadResource("page.css");
        string script = ReadResource("page.js");
        Dictionary<string, Action> gaps = new()
        {
            ["language"] = () => WriteText(page, Messages.Format(MessageKey.GalleryLanguage)),
            ["policy"] = () => WriteText(page, CreatePolicy(script, style)),
            ["title"] = () => WriteText(page, WebUtility.HtmlEncode(_title)),
            ["needsScript"] = () => WriteText(page, WebUtility.HtmlEncode(Messages.Format(MessageKey.GalleryNeedsScript))),
            ["style"] = () => WriteText(page, style),
            ["data"] = () => WriteData(page),
            ["script"] = () => WriteText(page, script),
            ["files"] = () => WriteFiles(page),
        };
        int position = 0;
        foreach (Match gap in Gap.Matches(template))
        {
            WriteText(page, template.Substring(position, gap.Index - position));
            gaps[gap.Groups[1].Value]();
            position = gap.Index + gap.Length;
        }
        WriteText(page, template.Substring(position));
    }

    /// <summary>
    /// Media come from beside the page (<c>'self'</c> on a web server; <c>file:</c> on a disk, where browsers disagree on what
    /// <c>'self'</c> is) or from its own blocks (<c>blob:</c>). The one <c>data:</c> image is the tab's icon.
    /// </summary>
    private string CreatePolicy(string script, string style)
    {
        string media = _embedded.Count > 0 ? "'self' file: blob:" : "'self' file:";
        return $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(style)}'; img-src {media} data:; " +
            $"media-src {media}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    }

    private static string Hash(string content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(content));
        return "sha256-" + Convert.ToBase64String(hash.GetHashAndReset());
    }

    private void WriteData(Stream page)
    {
        using Utf8JsonWriter json = new(page, JsonOptions);
        json.WriteStartObject();
        json.WriteString("language", Messages.Format(MessageKey.GalleryLanguage));
        json.WriteString("title", _title);
        json.WriteString("writtenAt", _options.Time.GetUtcNow());
        json.WriteStartObject("texts");
        foreach (KeyValuePair<string, string> text in Messages.WithPrefix("GalleryPage"))
            json.WriteString(text.Key, text.Value);
        json.WriteEndObject();
        json.WriteStartArray("cards");
        foreach (GalleryCard card in _cards)
            card.WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// Every file as a block of its own after the script: the page works before they have all arrived, and a block is decoded
    /// only when its card comes near.
    /// </summary>
    private void WriteFiles(Stream page)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        byte[] encoded = ArrayPool<byte>.Shared.Rent(PieceBytes / 3 * 4);
        foreach (GalleryFile file in _embedded)
        {
            WriteText(page, $"<script type=\"application/octet-stream\" id=\"block-{file.Block}\">");
            // No more of it than was counted, should it grow meanwhile
            using (FileStream source = file.TryOpen() ?? throw new FileNotFoundException(null, file.Path))
            {
                int length;
                for (long left = file.Bytes!.Value; left > 0 && (length = source.Fill(piece, (int)Math.Min(PieceBytes, left))) > 0; left -= length)
                {
                    Base64.EncodeToUtf8(piece.AsSpan(0, length), encoded, out _, out int written);
                    page.Write(encoded, 0, written);
                }
            }
            WriteText(page, "</script>\n");
        }
        ArrayPool<byte>.Shared.Return(piece);
        ArrayPool<byte>.Shared.Return(encoded);
    }

    private static string ReadResource(string name)
    {
        using Stream stream = typeof(GalleryWriter).Assembly.GetManifestResourceStream("ZhipuVideo.Gallery." + name)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static void WriteText(Stream page, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        page.Write(bytes, 0, bytes.Length);
    }
}
