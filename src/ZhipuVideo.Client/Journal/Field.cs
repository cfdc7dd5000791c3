using System;

namespace ZhipuVideo.Journaling;

/// <summary>The names in a journal's lines. What each means stands at the top of <see cref="Journal"/>'s file.</summary>
internal static class Field
{
    internal static ReadOnlySpan<byte> Journal => "journal"u8;
    internal static ReadOnlySpan<byte> JournalValue => "ZhipuVideo"u8;
    internal static ReadOnlySpan<byte> Schema => "schema"u8;
    internal static ReadOnlySpan<byte> Pid => "pid"u8;
    internal static ReadOnlySpan<byte> Host => "host"u8;
    internal static ReadOnlySpan<byte> Address => "address"u8;
    internal static ReadOnlySpan<byte> Key => "key"u8;

    internal static ReadOnlySpan<byte> Record => "record"u8;
    internal static ReadOnlySpan<byte> At => "at"u8;
    internal static ReadOnlySpan<byte> RequestId => "requestId"u8;
    internal static ReadOnlySpan<byte> Id => "id"u8;
    internal static ReadOnlySpan<byte> Hash => "hash"u8;
    internal static ReadOnlySpan<byte> Occurrence => "occurrence"u8;
    internal static ReadOnlySpan<byte> Attempt => "attempt"u8;

    internal static ReadOnlySpan<byte> Model => "model"u8;
    internal static ReadOnlySpan<byte> Name => "name"u8;
    internal static ReadOnlySpan<byte> Prompt => "prompt"u8;
    internal static ReadOnlySpan<byte> Image => "image"u8;
    internal static ReadOnlySpan<byte> Quality => "quality"u8;
    internal static ReadOnlySpan<byte> WithAudio => "withAudio"u8;
    internal static ReadOnlySpan<byte> Size => "size"u8;
    internal static ReadOnlySpan<byte> Fps => "fps"u8;
    internal static ReadOnlySpan<byte> Duration => "duration"u8;
    internal static ReadOnlySpan<byte> UserId => "userId"u8;
    internal static ReadOnlySpan<byte> AdditionalBody => "additionalBody"u8;

    internal static ReadOnlySpan<byte> SubmittedAt => "submittedAt"u8;
    internal static ReadOnlySpan<byte> Reason => "reason"u8;
    internal static ReadOnlySpan<byte> Code => "code"u8;
    internal static ReadOnlySpan<byte> Message => "message"u8;
    internal static ReadOnlySpan<byte> Status => "status"u8;
    internal static ReadOnlySpan<byte> EndedAt => "endedAt"u8;
    internal static ReadOnlySpan<byte> ElapsedSec => "elapsedSec"u8;
    internal static ReadOnlySpan<byte> ErrorCode => "errorCode"u8;
    internal static ReadOnlySpan<byte> ErrorMessage => "errorMessage"u8;
    internal static ReadOnlySpan<byte> Path => "path"u8;
    internal static ReadOnlySpan<byte> Length => "length"u8;
    internal static ReadOnlySpan<byte> CoverPath => "coverPath"u8;
    internal static ReadOnlySpan<byte> CoverLength => "coverLength"u8;

    /// <summary>The value of <see cref="Record"/>.</summary>
    internal static ReadOnlySpan<byte> NameOf(RecordKind kind) => kind switch
    {
        RecordKind.Intent => "intent"u8,
        RecordKind.NotAccepted => "notAccepted"u8,
        RecordKind.Accepted => "accepted"u8,
        RecordKind.Ended => "ended"u8,
        RecordKind.Saved => "saved"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
