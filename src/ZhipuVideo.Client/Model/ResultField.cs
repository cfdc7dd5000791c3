using System;
using System.Collections.Generic;

namespace ZhipuVideo;

/// <summary>
/// A value that a result has and its job has not. <see cref="All"/> is the one list of them: copies and journals loop over it. A further
/// value is a further row here and a property of <see cref="CogVideoResult"/>.
/// </summary>
/// <param name="property">Its property.</param>
/// <param name="record">The journal's line that tells it; null = none, since links stand in no journal.</param>
/// <param name="journalName">Its name there, where it is not that of the property.</param>
internal sealed class ResultField(string property, string? record, string? journalName = null)
{
    private readonly PropertyAccess<CogVideoResult> _access = new(property);

    /// <summary>All of them, in the order in which they are recorded.</summary>
    internal static IReadOnlyList<ResultField> All { get; } =
    [
        new(nameof(CogVideoResult.EndedAt), "ended"),
        new(nameof(CogVideoResult.ElapsedSec), "ended"),
        new(nameof(CogVideoResult.ErrorCode), "ended"),
        new(nameof(CogVideoResult.ErrorMessage), "ended"),
        new(nameof(CogVideoResult.SavedPath), "saved", "path"),
        new(nameof(CogVideoResult.FileLength), "saved", "length"),
        new(nameof(CogVideoResult.CoverPath), "saved"),
        new(nameof(CogVideoResult.Width), "saved"),
        new(nameof(CogVideoResult.Height), "saved"),
        new(nameof(CogVideoResult.DurationSec), "saved"),
        new(nameof(CogVideoResult.ActualFps), "saved"),
        new(nameof(CogVideoResult.HasAudio), "saved"),
        new(nameof(CogVideoResult.Url), null),
        new(nameof(CogVideoResult.CoverUrl), null),
        new(nameof(CogVideoResult.VideoUrls), null),
        new(nameof(CogVideoResult.CoverUrls), null),
    ];

    internal string? Record => record;

    internal string JournalName { get; } = journalName ?? RequestField.InCamelCase(property);

    internal Type ValueType => _access.ValueType;

    internal object? Get(CogVideoResult result) => _access.Get(result);

    internal void Set(CogVideoResult result, object? value) => _access.Set(result, value);
}
