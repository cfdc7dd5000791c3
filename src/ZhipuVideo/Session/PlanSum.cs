using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ZhipuVideo.Session;

/// <summary>What a run would do, in one line: rows, and how many of them are free, billed by which model, known, or refused.</summary>
internal sealed class PlanSum
{
    private readonly SortedDictionary<string, int> _free = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _billed = new(StringComparer.Ordinal);
    private int _known;
    private int _refused;

    internal void Add(RowPlan plan)
    {
        string model = plan.Request.Model;
        SortedDictionary<string, int> sent = CogVideoModel.Find(model)?.Billing == "Free" ? _free : _billed; // what nobody knows is not free
        if (plan.IsSent) sent[model] = sent.TryGetValue(model, out int count) ? count + 1 : 1;
        else _known++;
    }

    /// <summary>A row that cannot be submitted as it is.</summary>
    internal void AddRefused() => _refused++;

    public override string ToString()
    {
        int free = _free.Values.Sum(), billed = _billed.Values.Sum();
        return Messages.Format(
            MessageKey.PlanSum, free + billed + _known + _refused, free + billed, Describe(free, _free), Describe(billed, _billed), _known, _refused);
    }

    private static string Describe(int count, SortedDictionary<string, int> models)
    {
        string number = count.ToString(CultureInfo.InvariantCulture);
        return count == 0 ? number : $"{number} ({string.Join(", ", models.Select(m => $"{m.Key} {m.Value.ToString(CultureInfo.InvariantCulture)}"))})";
    }
}
