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
        if (plan.IsSent) Count(CogVideoModel.IsBilled(plan.Request.Model) ? _billed : _free, plan.Request.Model);
        else _known++;
    }

    /// <summary>A row that cannot be submitted as it is.</summary>
    internal void AddRefused() => _refused++;

    public override string ToString()
    {
        int free = _free.Values.Sum(), billed = _billed.Values.Sum();
        return Messages.Format(
            MessageKey.PlanSum, free + billed + _known + _refused, free + billed, Describe(_free), Describe(_billed), _known, _refused);
    }

    internal static void Count(SortedDictionary<string, int> models, string model) => models[model] = models.TryGetValue(model, out int count) ? count + 1 : 1;

    /// <summary>Such as <c>3 (cogvideox-2 1, cogvideox-3 2)</c>.</summary>
    internal static string Describe(SortedDictionary<string, int> models)
    {
        string number = models.Values.Sum().ToString(CultureInfo.InvariantCulture);
        return models.Count == 0 ? number : $"{number} ({string.Join(", ", models.Select(m => $"{m.Key} {m.Value.ToString(CultureInfo.InvariantCulture)}"))})";
    }
}
