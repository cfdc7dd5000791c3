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
/// Brings one file from a <see cref="RemoteFile"/> into a <see cref="IPartFile"/>. After a cut, also one of an earlier run, it goes on where
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
    private Entity? _entity;
    private long? _total;
    private long _expected;
    private long _received;
    private bool _rangesFail;
    private bool _comparesOverlap;
    private bool _verifiesHead;
    private bool _wasTruncated;

    /// <summary>Downloads the file, complete and checked; the part file is the caller's then.</summary>
    internal async Task<IPartFile> RunAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            _part = await store.ClaimAsync(name, cancellationToken).ConfigureAwait(false);
            if (_part is not null && !FileSignature.Fits(media, buffer.AsSpan(0, _part.Read(0, buffer, FileSignature.Length)))) _part.Restart();
            CountReceived();
            await file.RunAsync(
                async idle => await AttemptAsync(buffer, idle).ConfigureAwait(false) && IsWhole(),
                () => _received,
                cancellationToken).ConfigureAwait(false);
            IPartFile complete = _part!;
            _part = null;
            Expect(complete.Length);
            return complete;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What was received stays for a later run.</summary>
    public void Dispose() => _part?.Dispose();

    private long Have => _part?.Length ?? 0;

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
            case HttpStatusCode.OK when condition is not null && IsSameAgain(reply):
                _comparesOverlap = true;
                return false;
            case HttpStatusCode.OK or HttpStatusCode.NonAuthoritativeInformation:
                return await ReceiveAllAsync(reply, headers.ContentLength, headers.ContentLength, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when range is not null:
                return await ReceiveRestAsync(reply, from, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent when headers.ContentRange is { Unit: "bytes", From: 0, To: long last } whole:
                // Nobody asked for a part, but it begins at the beginning
                return await ReceiveAllAsync(reply, whole.Length, last + 1, buffer, idle).ConfigureAwait(false);
            case HttpStatusCode.PartialContent:
                throw new RetryableException(DownloadErrors.HttpStatus(file.Job, file.Host, (int)reply.StatusCode), 0);
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

    private bool IsSameAgain(HttpResponseMessage reply) =>
        _total is long total && reply.Content.Headers.ContentLength == total && _entity?.MayBeSameAs(Entity.From(reply)) == true;

    /// <summary>Begins anew with a reply that begins at the first byte.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="length">How long the file is; null: the server does not say.</param>
    /// <param name="end">Up to where this reply goes.</param>
    /// <param name="buffer">For what comes.</param>
    /// <param name="idle">The watch of this try.</param>
    private async Task<bool> ReceiveAllAsync(HttpResponseMessage reply, long? length, long? end, byte[] buffer, IdleWatch idle)
    {
        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        int filled = 0;
        if (_verifiesHead && length == Have)
        {
            filled = await idle.FillAsync(body, buffer, 0, (int)Math.Min(ContentMatch.SampleLength, Have)).ConfigureAwait(false);
            if (_part!.Holds(0, buffer, filled)) return true;
        }

        _verifiesHead = false;
        filled = await idle.FillAsync(body, buffer, filled, FileSignature.Length).ConfigureAwait(false);
        if (filled == 0 && length is null or 0) throw DownloadErrors.WrongContent(file.Job, file.Host, MessageKey.SaveEmpty);
        if (!FileSignature.Fits(media, buffer.AsSpan(0, filled))) throw NotWhatWasAskedFor(reply.Content.Headers);

        _entity = Entity.From(reply);
        _total = length;
        _part?.Restart();
        _part ??= store.Create(name);
        EnsureFreeSpace();
        await AppendAsync(buffer, filled, idle).ConfigureAwait(false);
        return await ReceiveToEndAsync(body, end, buffer, idle).ConfigureAwait(false);
    }

    private async Task<bool> ReceiveRestAsync(HttpResponseMessage reply, long from, byte[] buffer, IdleWatch idle)
    {
        ContentRangeHeaderValue? range = reply.Content.Headers.ContentRange;
        if (range is not { Unit: "bytes", From: long start, To: long end } || start != from || (_total ?? range.Length) != range.Length)
        {
            _rangesFail = true;
            return Forget();
        }

        Entity entity = Entity.From(reply);
        switch (_entity?.Compare(entity))
        {
            case Likeness.Other:
                return Forget();
            case Likeness.Doubtful when from == Have:
                _comparesOverlap = true;
                return false;
        }

        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        int overlap = (int)(Have - from);
        int filled = await idle.FillAsync(body, buffer, 0, (int)Math.Min(overlap, end + 1 - from)).ConfigureAwait(false);
        if (!_part!.Holds(from, buffer, filled)) return Forget();
        if (filled < overlap) throw EndedEarly();

        _entity ??= entity;
        _total = range.Length;
        EnsureFreeSpace();
        return await ReceiveToEndAsync(body, end + 1, buffer, idle).ConfigureAwait(false);
    }

    private async Task<bool> ReceiveToEndAsync(Stream body, long? end, byte[] buffer, IdleWatch idle)
    {
        try
        {
            int read;
            do
            {
                int count = (int)Math.Min(BufferSize, (end ?? long.MaxValue) - Have);
                read = count == 0 ? 0 : await idle.ReadAsync(body, buffer, 0, count).ConfigureAwait(false);
                await AppendAsync(buffer, read, idle).ConfigureAwait(false);
            }
            while (read > 0);
        }
        catch (IOException e) when (NetworkErrors.IsEarlyEnd(e))
        {
            throw EndedEarly();
        }

        return Have < end ? throw EndedEarly() : _total is null || Have == _total;
    }

    private RetryableException EndedEarly() => new(DownloadErrors.LengthMismatch(file.Job, file.Host, Have, _total), 0);

    // Once more from the beginning, in case the server was wrong for a moment
    private bool IsWhole()
    {
        if (media != Media.Video || !Mp4.IsTruncated(_part!)) return true;
        long length = Have;
        Forget();
        return _wasTruncated ? throw DownloadErrors.Truncated(file.Job, file.Host, length) : !(_wasTruncated = true);
    }

    private async ValueTask AppendAsync(byte[] buffer, int count, IdleWatch idle)
    {
        if (Have + count > maxLength) throw TooLong(null);
        await _part!.AppendAsync(buffer, count, idle.Caller).ConfigureAwait(false);
        CountReceived();
    }

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

    private void EnsureFreeSpace()
    {
        if (_total is not long total) return;
        if (total > maxLength) throw TooLong(total);
        Expect(total);
        _part!.Expect(total);
    }

    // No disk is large enough for a server that never stops, and what it has sent is not the beginning of a video
    private CogVideoException TooLong(long? announced)
    {
        Forget();
        return DownloadErrors.TooLong(file.Job, file.Host, maxLength, announced);
    }

    // What is there and what the server has are not one entity, or it cannot be shown that they are
    private bool Forget()
    {
        _part?.Restart();
        _entity = null;
        _total = null;
        return false;
    }

    // Stores keep headers by mistake; they are asked only what it is that does not begin like a video
    private CogVideoException NotWhatWasAskedFor(HttpContentHeaders headers)
    {
        if (headers.ContentEncoding.FirstOrDefault(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } encoding)
            return DownloadErrors.Encoded(file.Job, file.Host, encoding);
        string type = headers.ContentType?.MediaType ?? "";
        bool isPage = PageTypes.Any(end => type.EndsWith(end, StringComparison.OrdinalIgnoreCase));
        return isPage
            ? DownloadErrors.WrongContent(file.Job, file.Host, MessageKey.SaveWrongType, type)
            : DownloadErrors.WrongContent(file.Job, file.Host, media == Media.Video ? MessageKey.SaveNotAVideo : MessageKey.SaveNotAPicture);
    }
}

/// <summary>What the headers of two replies say of the bytes behind them.</summary>
internal enum Likeness
{
    /// <summary>They may be the same; when both have one strong tag, they are.</summary>
    Same,

    /// <summary>The tags differ and the dates do not, or one of them is encoded: the bytes must decide.</summary>
    Doubtful,

    /// <summary>They are not the same.</summary>
    Other,
}

/// <summary>What a server says of the version of a file that it sends.</summary>
internal sealed class Entity
{
    private readonly EntityTagHeaderValue? _tag;
    private readonly DateTimeOffset? _modified;
    private readonly string _encoding;

    private Entity(EntityTagHeaderValue? tag, DateTimeOffset? modified, string encoding) => (_tag, _modified, _encoding) = (tag, modified, encoding);

    /// <summary>The ETag when it is a strong one: the same tag is the same bytes.</summary>
    internal EntityTagHeaderValue? Tag => _tag is { IsWeak: false } ? _tag : null;

    /// <summary>What If-Range may carry: never a weak tag (RFC 9110, 13.1.5).</summary>
    internal RangeConditionHeaderValue? Condition =>
        Tag is not null ? new RangeConditionHeaderValue(Tag)
        : _tag is null && _modified is DateTimeOffset modified ? new RangeConditionHeaderValue(modified)
        : null;

    internal static Entity From(HttpResponseMessage reply) =>
        new(reply.Headers.ETag, reply.Content.Headers.LastModified, string.Join(",", reply.Content.Headers.ContentEncoding));

    /// <summary>Whether both have the same strong tag, or name the same date.</summary>
    internal bool MayBeSameAs(Entity other) => (Tag is not null && Equals(_tag, other._tag)) || HasSameDate(other);

    /// <summary>
    /// Compares with what is said of another reply. A part need not repeat the date (RFC 9110, 15.3.7), but it must repeat the tag.
    /// </summary>
    internal Likeness Compare(Entity other) =>
        !Equals(_tag, other._tag) ? HasSameDate(other) ? Likeness.Doubtful : Likeness.Other
        : _encoding != other._encoding ? Likeness.Doubtful
        : Tag is not null || (other._modified ?? _modified) == _modified ? Likeness.Same
        : Likeness.Other;

    private bool HasSameDate(Entity other) => _modified is not null && _modified == other._modified;
}
