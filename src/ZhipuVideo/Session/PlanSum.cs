using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ZhipuVideo.Session;

/// <summary>What a run would do, in one line: rows, and how many of them are free, billed by which model, known, refused, or beyond the limit.</summary>
internal sealed class PlanSum
{
    private readonly SortedDictionary<string, int> _free = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _billed = new(StringComparer.Ordinal);
    private int _known;
    private int _refused;
    private int? _limit;
    private int _places; // of the limit that are left
    private int _withheld;

    /// <summary>Of billed requests only so many would be sent, those of earlier runs included.</summary>
    internal void SetLimit(int limit, int earlier) => (_limit, _places) = (limit, Math.Max(0, limit - earlier));

    /// <summary>Counts a row.</summary>
    /// <returns>Whether it would be sent.</returns>
    internal bool Add(RowPlan plan)
    {
        bool isBilled = CogVideoModel.IsBilled(plan.Request.Model);
        if (!plan.IsSent) _known++;
        else if (isBilled && _limit is not null && plan.Known is null && _places-- <= 0) _withheld++; // what is known to have been sent has its place
        else
        {
            Count(isBilled ? _billed : _free, plan.Request.Model);
            return true;
        }
        return false;
    }

    /// <summary>A row that cannot be submitted as it is.</summary>
    internal void AddRefused() => _refused++;

    public override string ToString()
    {
        int free = _free.Values.Sum(), billed = _billed.Values.Sum();
        string sum = Messages.Format(
            MessageKey.PlanSum, free + billed + _known + _refused + _withheld, free + billed, Describe(_free), Describe(_billed), _known, _refused);
        return _withheld == 0 ? sum : Messages.Format(MessageKey.PlanSumWithheld, sum, _limit, _withheld);
    }

    internal static void Count(SortedDictionary<string, int> models, string model) => models[model] = models.TryGetValue(model, out int count) ? count + 1 : 1;

    /// <summary>Such as <c>3 (cogvideox-2 1, cogvideox-3 2)</c>.</summary>
    internal static string Describe(SortedDictionary<string, int> models)
    {
        string number = models.Values.Sum().ToString(CultureInfo.InvariantCulture);
        return models.Count == 0 ? number : $"{number} ({string.Join(", ", models.Select(m => $"{m.Key} {m.Value.ToString(CultureInfo.InvariantCulture)}"))})";
    }
}
