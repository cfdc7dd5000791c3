using System.Management.Automation;
using ZhipuVideo.Pipeline;

namespace ZhipuVideo.Session;

/// <summary>Rows or jobs of a cmdlet that a cause which holds for all of them has stopped: one error tells of them. Pipeline thread only.</summary>
internal sealed class StoppedItems
{
    private int _firstNumber = int.MaxValue;

    internal int Count { get; private set; }

    /// <summary>The first of them, in the order of the input.</summary>
    internal object? First { get; private set; }

    /// <param name="item">The row or job.</param>
    /// <param name="number">Its place in the input; 0 = they come in order.</param>
    internal void Add(object? item, int number = 0)
    {
        if (Count++ > 0 && number >= _firstNumber) return;
        _firstNumber = number;
        First = item;
    }

    /// <summary>The error that tells of them; null when there are none.</summary>
    /// <param name="cause">What has stopped them.</param>
    /// <param name="messageKey">A message of the cause (0) and their count (1).</param>
    internal ErrorRecord? CreateError(CogVideoException? cause, string messageKey) =>
        cause is null || Count == 0 ? null : ErrorRecords.From(cause.Because(messageKey, Count), First);
}
