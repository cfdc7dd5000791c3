using System;
using System.Buffers;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Brings one file from a <see cref="RemoteFile"/> into an <see cref="IPartFile"/>. After a cut, also one of an earlier run, it goes on where
/// it stopped (RFC 9110, 14: Range and If-Range), but only when the bytes to come surely belong to the same entity as those that are there.
/// <list type="table">
/// <listheader><term>known of what is there</term><description>asked for; and then</description></listheader>
/// <item><term>nothing is there</term><description>all</description></item>
/// <item><term>a strong ETag</term><description>the rest, if the tag is still the same; appended</description></item>
/// <item><term>no such tag</term><description>the last 64 KiB and the rest, if the date is still the same; appended when the overlap is
/// equal</description></item>
/// <item><term>tags differ, length and date do not</term><description>the last 64 KiB and the rest, whatever its tag; appended when the
/// overlap is equal: servers of one host may tag the same bytes differently</description></item>
/// <item><term>even the range of what is there was refused (416)</term><description>all; complete when its length and its first 64 KiB are
/// those of what is there</description></item>
/// <item><term>ranges answered with others</term><description>all</description></item>
/// </list>
/// Whatever does not fit in its row makes it begin anew.
/// </summary>
internal sealed class ResumableTransfer(RemoteFile file, Media media, DownloadProgress progress, IVideoStore store, PartName name, long maxLength) : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private static readonly string[] PageTypes = ["text/html", "json", "xml"];

    private IPartFile? _part;
    private Mp4Boxes _boxes = new();
    private Entity? _entity;
    private long? _total;
    private long _expected;
    private long _received;
    private bool _rangesFail;
    private bool _comparesOverlap;
    private bool _verifiesHead;
    private bool _wasTruncated;

    private long Have => _part?.Length ?? 0;

    internal async Task<IPartFile> RunAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            _part = await store.ClaimAsync(name, cancellationToken).ConfigureAwait(false);
            if (_part is not null && !FileSignature.Fits(media, buffer.AsSpan(0, _part.Read(0, buffer, FileSignature.Length)))) _part.Restart();
            if (media == Media.Video) _boxes.TakeFrom(_part);
            CountReceived();
            await file.RunAsync(idle => AttemptAsync(buffer, idle), () => _received, cancellationToken).ConfigureAwait(false);
            Expect(Have);
            return _part!;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What was received and has no name stays for a later run.</summary>
    public void Dispose() => _part?.Dispose();

    private async Task<bool> AttemptAsync(byte[] buffer, IdleWatch idle)
    {
        RangeHeaderValue? range = null;
        RangeConditionHeaderValue? condition = null;
        long from = 0;
        if (Have > 0 && !_rangesFail && !_verifiesHead)
        {
            bool isExact = _entity?.Tag is not null && !_comparesOverlap;
            from = isExact ? Have : Math.Max(0, Have - ContentMatch.SampleLength);
            condition = _comparesOverlap ? null : _entity?.Condition;
            range = new RangeHeaderValue(from, null);
        }

        using HttpResponseMessage reply = await file.GetAsync(range, condition, idle).ConfigureAwait(false);
        HttpContentHeaders headers = reply.Content.Headers;
        switch (reply.StatusCode)
        {
            case HttpStatusCode.OK when condition is not null && headers.ContentLength == _total && _total > 0 && _entity?.MayBe(reply) == true:
                _comparesOverlap = true;
                return false;
            case HttpStatusCode.OK or HttpStatusCode.NonAuthoritativeInformation:
                return await ReceiveAsync(reply, null, headers.ContentLength, headers.ContentLength, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when range is not null:
                if (headers.ContentRange is not { Unit: "bytes", From: long start, To: long end } rest || start != from || (_total ?? rest.Length) != rest.Length)
                {
                    _rangesFail = true;
                    return Forget();
                }
                bool? isSame = _entity is null ? true : _entity.IsSame(reply);
                if (isSame == false) return Forget();
                _comparesOverlap |= isSame is null && from == Have;
                return (isSame == true || from < Have) && await ReceiveAsync(reply, from, rest.Length, end + 1, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when headers.ContentRange is { Unit: "bytes", From: 0, To: long last } whole:
                // Nobody asked for a part, but it begins at the beginning
                return await ReceiveAsync(reply, null, whole.Length, last + 1, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent:
                throw new RetryableException(file.Refusal(ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, (int)reply.StatusCode));
            case HttpStatusCode.RequestedRangeNotSatisfiable when from == Have && from > 0:
                // Perhaps nothing is missing: compare the last bytes
                _entity = null;
                return false;
            case HttpStatusCode.RequestedRangeNotSatisfiable when range is not null:
                _verifiesHead = true;
                return false;
            default:
                throw await file.RefusedAsync(reply, idle).ConfigureAwait(false);
        }
    }

    /// <summary>Receives what a reply brings, after what of it is there already was compared.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="from">Where its bytes begin, at most at the end of what is there; null: they are a beginning.</param>
    /// <param name="length">How long the file is; null: the server does not say.</param>
    /// <param name="end">Up to where this reply goes.</param>
    /// <param name="buffer">For what comes.</param>
    /// <param name="idle">The watch of this try.</param>
    private async Task<bool> ReceiveAsync(HttpResponseMessage reply, long? from, long? length, long? end, byte[] buffer, IdleWatch idle)
    {
        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        int overlap = from is not null ? (int)(Have - from) : _verifiesHead && length == Have ? (int)Math.Min(ContentMatch.SampleLength, Have) : 0;
        int filled = await idle.FillAsync(body, buffer, 0, (int)Math.Min(overlap, (end ?? long.MaxValue) - (from ?? 0))).ConfigureAwait(false);
        bool goesOn = overlap > 0 ? _part!.Holds(from ?? 0, buffer, filled) : from is not null;
        if (goesOn)
        {
            if (filled < overlap) throw EndedEarly();
            filled = 0;
            _entity ??= new Entity(reply);
        }
        else
        {
            if (from is not null) return Forget();
            _verifiesHead = false;
            filled = await idle.FillAsync(body, buffer, filled, FileSignature.Length).ConfigureAwait(false);
            if (filled == 0 && length is null or 0) throw file.Error(ErrorReason.NotAVideo, MessageKey.SaveEmpty);
            if (!FileSignature.Fits(media, buffer.AsSpan(0, filled))) throw NotWhatWasAskedFor(reply.Content.Headers);
            Forget();
            _entity = new Entity(reply);
        }

        if (length > maxLength) throw TooLong(MessageKey.SaveTooLongAnnounced, length, maxLength);
        _total = length;
        _part ??= store.Create(name);
        if (length is long known)
        {
            Expect(known);
            _part.Expect(known);
        }
        try
        {
            do
            {
                if (Have + filled > maxLength) throw TooLong(MessageKey.SaveTooLong, maxLength);
                if (media == Media.Video) _boxes.Take(Have, buffer, filled);
                await _part.AppendAsync(buffer, filled, idle.Caller).ConfigureAwait(false);
                CountReceived();
                int count = (int)Math.Min(BufferSize, (end ?? long.MaxValue) - Have);
                filled = count == 0 ? 0 : await idle.ReadAsync(body, buffer, 0, count).ConfigureAwait(false);
            }
            while (filled > 0);
        }
        catch (IOException e) when (NetworkErrors.IsEarlyEnd(e))
        {
            throw EndedEarly();
        }
        if (Have < end) throw EndedEarly();
        if (_total is not null && Have != _total) return false;
        long whole = Have;
        if (!_boxes.IsTruncated(whole)) return true;
        // Once more from the beginning, in case the server was wrong for a moment
        Forget();
        return _wasTruncated ? throw file.Error(ErrorReason.LengthMismatch, MessageKey.SaveTruncated, whole) : !(_wasTruncated = true);
    }

    private RetryableException EndedEarly() => new(_total is long total
        ? file.Error(ErrorReason.LengthMismatch, MessageKey.SaveLengthMismatch, Have, total)
        : file.Error(ErrorReason.LengthMismatch, MessageKey.SaveLengthUnknown, Have));

    private void CountReceived()
    {
        if (Have <= _received) return;
        progress.Receive(Have - _received);
        _received = Have;
    }

    private void Expect(long total)
    {
        progress.Expect(total - _expected);
        _expected = total;
    }

    // No disk is large enough for a server that never stops, and what it has sent is not the beginning of a video
    private CogVideoException TooLong(string messageKey, params object?[] lengths)
    {
        Forget();
        return file.Error(ErrorReason.ResponseTooLarge, messageKey, lengths);
    }

    // What is there and what the server has are not one entity, or it cannot be shown that they are
    private bool Forget()
    {
        _part?.Restart();
        _boxes = new Mp4Boxes();
        _entity = null;
        _total = null;
        return false;
    }

    // Stores keep headers by mistake; they are asked only what it is that does not begin like a video
    private CogVideoException NotWhatWasAskedFor(HttpContentHeaders headers)
    {
        if (headers.ContentEncoding.FirstOrDefault(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } encoding)
            return file.Error(ErrorReason.DownloadFailed, MessageKey.SaveEncoded, encoding);
        string type = headers.ContentType?.MediaType ?? "";
        return PageTypes.Any(end => type.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            ? file.Error(ErrorReason.NotAVideo, MessageKey.SaveWrongType, type)
            : file.Error(ErrorReason.NotAVideo, media == Media.Video ? MessageKey.SaveNotAVideo : MessageKey.SaveNotAPicture);
    }
}

/// <summary>What a server says of the version of a file that it sends.</summary>
internal sealed class Entity(HttpResponseMessage reply)
{
    private readonly EntityTagHeaderValue? _tag = reply.Headers.ETag;
    private readonly DateTimeOffset? _modified = reply.Content.Headers.LastModified;
    private readonly string _encoding = string.Join(",", reply.Content.Headers.ContentEncoding);

    /// <summary>The ETag when it is a strong one: the same tag is the same bytes.</summary>
    internal EntityTagHeaderValue? Tag => _tag is { IsWeak: false } ? _tag : null;

    /// <summary>What If-Range may carry: never a weak tag (RFC 9110, 13.1.5).</summary>
    internal RangeConditionHeaderValue? Condition =>
        Tag is not null ? new RangeConditionHeaderValue(Tag)
        : _tag is null && _modified is DateTimeOffset modified ? new RangeConditionHeaderValue(modified)
        : null;

    /// <summary>Whether a reply has the same strong tag, or names the same date.</summary>
    internal bool MayBe(HttpResponseMessage other) => (Tag is not null && Equals(_tag, other.Headers.ETag)) || HasDateOf(new Entity(other));

    /// <summary>
    /// Compares with what is said of another reply. A part need not repeat the date (RFC 9110, 15.3.7), but it must repeat the tag.
    /// </summary>
    /// <returns>Null: the tags differ and the dates do not, or one of them is encoded; the bytes must decide.</returns>
    internal bool? IsSame(HttpResponseMessage reply)
    {
        Entity other = new(reply);
        return !Equals(_tag, other._tag) ? HasDateOf(other) ? null : false
            : _encoding != other._encoding ? null
            : Tag is not null || (other._modified ?? _modified) == _modified;
    }

    private bool HasDateOf(Entity other) => _modified is not null && _modified == other._modified;
}
