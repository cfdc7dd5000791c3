using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using ZhipuVideo.Files;

namespace ZhipuVideo;

/// <summary>
/// An image of a request. URLs and data URIs go out as they are; a local file is checked here and sent as a Base64 data URI,
/// read from disk while it is sent and never held whole in memory. Only the first bytes decide what it is, not its name. What is sent is
/// what was checked: its SHA-256 is taken then, and held against every later reading.
/// </summary>
internal sealed class Image
{
    /// <summary>No image of an unknown model is larger than this: the largest limit of the catalogue (Vidu, 50 MB).</summary>
    private const long MaxBytes = 50 * 1024 * 1024;

    /// <summary>Characters of a path, at most: the limit of Windows, the largest of all systems.</summary>
    private const int MaxPath = 32_767;

    private const int MinBase64 = 64;
    private const int MaxUrl = 8192;
    private const int ChunkBytes = 48 * 1024; // a multiple of 3, so that chunks of Base64 join without padding

    /// <summary>How PNG, JPEG, WebP and GIF files begin in Base64.</summary>
    private static readonly string[] Base64Heads = ["iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD"];

    private readonly string? _text;
    private readonly string? _path;
    private readonly string _prefix = "";
    private readonly long _fileLength;
    private readonly byte[] _digest = [];

    private Image(string text) => _text = text;

    private Image(string path, string mediaType, long fileLength, byte[] digest)
    {
        _path = path;
        _fileLength = fileLength;
        _digest = digest;
        _prefix = $"data:{mediaType};base64,";
    }

    /// <summary>Bytes of the image's text in the request, without quotes.</summary>
    internal long SentLength => _text is null ? _prefix.Length + ((_fileLength + 2) / 3 * 4) : Encoding.UTF8.GetByteCount(_text);

    /// <summary>How an image is shown and stored: its path or URL, of a data URI or Base64 only its kind; never its bytes.</summary>
    internal static string Display(string image) =>
        IsBase64(image) ? "base64,..." : IsDataUri(image) ? image.Substring(0, Math.Min(image.IndexOf(',') is > 0 and int comma ? comma : 0, 64)) + ",..." : image;

    /// <summary>The checked image. <paramref name="model"/> null: a model that the catalogue does not know.</summary>
    internal static Image Open(string image, CogVideoModel? model, string label)
    {
        if (IsDataUri(image)) return FromDataUri(image, model, label);
        if (IsBase64(image)) return FromBase64(image, Display(image), model, label);
        bool isAddress = Address.TryParse(image, out Uri uri);
        if (isAddress && !uri.IsFile && image.Contains("://"))
        {
            bool isWeb = uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;
            if (!isWeb || uri.UserInfo.Length > 0 || image.Length > MaxUrl || image.Any(c => c <= ' ' || c == '\u007f'))
                throw Invalid(MessageKey.ImageUrlRefused, label, Shorten(WithoutUserInfo(uri, image)), MaxUrl);
            return new Image(image);
        }
        if (IsTooLongForPath(image)) throw Invalid(MessageKey.ImageTextTooLong, label, Shorten(image), image.Length);
        return FromFile(isAddress && uri.IsFile && image.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? uri.LocalPath : image, model, label);
    }

    internal static bool IsDataUri(string image) => image.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is longer than any path: no system is ever asked for such a file, since some take minutes to answer.</summary>
    internal static bool IsTooLongForPath(string image) => image.Length > MaxPath;

    /// <summary>
    /// Whether it is an image in bare Base64, the service's own form. A short path may look the same: what can be a path must begin like an
    /// image.
    /// </summary>
    internal static bool IsBase64(string image) =>
        image.Length >= MinBase64
        && (IsTooLongForPath(image) || Array.Exists(Base64Heads, head => image.StartsWith(head, StringComparison.Ordinal)))
        && image.All(static c => c is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9') or '+' or '/' or '=' or ' ' or '\r' or '\n');

    /// <summary>Throws <see cref="ErrorReason.InvalidInput"/> when its file is gone or holds other bytes than when it was checked.</summary>
    internal void CheckUnchanged()
    {
        foreach (ArraySegment<byte> _ in ReadFile())
        {
        }
    }

    /// <summary>
    /// Writes the text of the image as it stands between the quotes of a JSON string. The last part goes only when all of it was what was
    /// checked; else <see cref="ErrorReason.InvalidInput"/> is thrown before it.
    /// </summary>
    internal async Task WriteAsync(Stream target)
    {
        byte[] start = Encoding.UTF8.GetBytes(_text ?? _prefix);
        await target.WriteAsync(start, 0, start.Length).ConfigureAwait(false);
        foreach (ArraySegment<byte> chunk in ReadFile())
        {
            System.Buffers.Text.Base64.EncodeToUtf8InPlace(chunk.Array, chunk.Count, out int encoded);
            await target.WriteAsync(chunk.Array!, 0, encoded).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the image's content to a hash of the request: the same bytes under another path are the same image.</summary>
    internal void AddTo(IncrementalHash hash)
    {
        if (_text is not null) hash.AppendData(Encoding.UTF8.GetBytes(_text));
        foreach (ArraySegment<byte> chunk in ReadFile()) hash.AppendData(chunk.Array!, 0, chunk.Count);
    }

    /// <summary>
    /// The bytes of the file, if it is one, piece by piece, each in an array that has room for its Base64. The last comes only when all of them
    /// are those that were checked; else <see cref="ErrorReason.InvalidInput"/> is thrown.
    /// </summary>
    private IEnumerable<ArraySegment<byte>> ReadFile()
    {
        if (_path is null) yield break;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(ChunkBytes));
        try
        {
            using FileStream file = OpenUnchanged(_path);
            using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long left = _fileLength; left > 0;)
            {
                int count = file.Fill(buffer, (int)Math.Min(ChunkBytes, left));
                left -= count;
                digest.AppendData(buffer, 0, count);
                bool isChanged = count == 0 || (left == 0 && !digest.GetHashAndReset().AsSpan().SequenceEqual(_digest));
                if (isChanged) throw Invalid(MessageKey.ImageChanged, _path);
                yield return new ArraySegment<byte>(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private FileStream OpenUnchanged(string path)
    {
        try
        {
            FileStream file = OpenFile(path);
            if (file.Length == _fileLength) return file;
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As good as changed
        }
        throw Invalid(MessageKey.ImageChanged, path);
    }

    private static FileStream OpenFile(string path) => RegularFile.TryOpen(path) ?? throw new FileNotFoundException(null, path);

    private static Image FromFile(string path, CogVideoModel? model, string label)
    {
        byte[] head = new byte[16];
        byte[] digest;
        long length;
        int read;
        try
        {
            if (Directory.Exists(path)) throw Invalid(MessageKey.ImageIsFolder, label, path);
            if (!File.Exists(path)) throw Invalid(MessageKey.ImageNotFound, label, path);
            length = RegularFile.GetLength(path) ?? 0; // a pipe or a device: reading it would never end
            CheckLength(length, model, label, path);
            using FileStream file = OpenFile(path);
            read = file.Fill(head, head.Length);
            file.Position = 0;
            using SHA256 sha = SHA256.Create();
            digest = sha.ComputeHash(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Invalid(MessageKey.ImageUnreadable, label, Shorten(path), e.Message);
        }
        return new Image(path, "image/" + GetFormat(head.AsSpan(0, read), model, label, path), length, digest);
    }

    private static Image FromDataUri(string image, CogVideoModel? model, string label)
    {
        int comma = image.IndexOf(',');
        string shown = Display(image);
        if (comma < 0 || !image.Substring(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw Invalid(MessageKey.DataUriInvalid, label, shown);
        return FromBase64(image.Substring(comma + 1), shown, model, label);
    }

    private static Image FromBase64(string base64, string shown, CogVideoModel? model, string label)
    {
        if (base64.Any(char.IsWhiteSpace)) base64 = new string(base64.Where(c => !char.IsWhiteSpace(c)).ToArray());
        byte[] bytes;
        try
        {
            if (base64.Length >= 4) CheckLength(base64.Length / 4 * 3L, model, label, shown, padding: 2); // before it is held twice
            bytes = Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw Invalid(MessageKey.DataUriInvalid, label, shown);
        }
        CheckLength(bytes.Length, model, label, shown);
        return new Image($"data:image/{GetFormat(bytes, model, label, shown)};base64,{base64}");
    }

    private static void CheckLength(long length, CogVideoModel? model, string label, string shown, int padding = 0)
    {
        long limit = model?.MaxImageBytes ?? MaxBytes;
        if (length == 0) throw Invalid(MessageKey.ImageEmpty, label, shown);
        if (length > limit + padding) throw Invalid(MessageKey.ImageTooLarge, label, shown, length, limit);
    }

    private static string GetFormat(ReadOnlySpan<byte> head, CogVideoModel? model, string label, string shown)
    {
        string format = FileSignature.GetFormat(head);
        string[] allowed = model?.ImageFormats ?? ["png", "jpeg", "webp"];
        if (allowed.Contains(format)) return format;
        throw Invalid(MessageKey.ImageFormat, label, shown, format.Length == 0 ? Messages.Format(MessageKey.ImageFormatUnknown) : format, allowed);
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    private static string Shorten(string text) => text.Length <= 200 ? text : text.Substring(0, 200) + "...";

    private static string WithoutUserInfo(Uri uri, string image) => uri.UserInfo.Length == 0 ? image : image.Replace(uri.UserInfo + "@", "***@");
}
