using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Scheduling;

/// <summary>The slots of one model as they stand.</summary>
/// <param name="Model">Whose.</param>
/// <param name="Limit">How many tasks the account takes at once, as far as is known.</param>
/// <param name="InFlight">Tasks of ours that are not known to have ended.</param>
/// <param name="Waiting">Rows that are held up.</param>
/// <param name="Refusal">Why a row was last told to wait.</param>
internal readonly record struct SlotState(string Model, int? Limit, int InFlight, int Waiting, CogVideoException? Refusal);

/// <summary>An account as it stands.</summary>
/// <param name="Origin">The service's.</param>
/// <param name="Outage">Why it fails whatever it is asked; null while it answers.</param>
/// <param name="Slots">Those of each model that anything was submitted to.</param>
internal sealed record AccountState(string Origin, CogVideoException? Outage, IReadOnlyList<SlotState> Slots);

/// <summary>
/// What there is to tell of an account while others wait: each change of its state once, however often it is asked, and once a minute
/// where things stand. Pure: reads no clock; all times are seconds since the run began.
/// </summary>
internal sealed class AccountNews
{
    private const double Spacing = 60;
    private const double Lull = 10; // rows that wait again so soon were let go one at a time: nothing has changed

    private readonly Dictionary<string, int> _limits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _waiting = new(StringComparer.Ordinal); // when last seen
    private double _downSince = double.NaN;
    private double _next = Spacing;

    /// <summary>What is new.</summary>
    /// <param name="now">Seconds since the run began.</param>
    /// <param name="state">How the account stands.</param>
    /// <param name="submits">Whether the run submits anything: slots are no concern of others.</param>
    /// <param name="counts">How the run stands.</param>
    internal IReadOnlyList<string> Take(double now, AccountState state, bool submits, Func<string> counts)
    {
        List<string> news = [];
        AddOutage(now, state, news);
        IReadOnlyList<SlotState> all = submits ? state.Slots : [];
        foreach (SlotState slots in all) AddSlots(now, slots, news);
        if (now < _next) return news;
        _next = now + Spacing;
        int waiting = all.Sum(static slots => slots.Waiting);
        news.Add(Messages.Format(waiting > 0 ? MessageKey.VerboseStandingWaiting : MessageKey.VerboseStanding, now, counts(), waiting));
        return news;
    }

    private void AddOutage(double now, AccountState state, List<string> news)
    {
        bool wasDown = !double.IsNaN(_downSince);
        if (wasDown == state.Outage is not null) return;
        news.Add(wasDown
            ? Messages.Format(MessageKey.VerboseBack, state.Origin, now - _downSince)
            : Messages.Format(MessageKey.VerboseDown, state.Origin, state.Outage));
        _downSince = wasDown ? double.NaN : now;
    }

    private void AddSlots(double now, SlotState slots, List<string> news)
    {
        if (slots.Limit is { } limit && (!_limits.TryGetValue(slots.Model, out int told) || told != limit))
        {
            _limits[slots.Model] = limit;
            news.Add(Messages.Format(MessageKey.VerboseLimit, slots.Model, limit));
        }
        if (slots.Waiting == 0 || (slots.Limit is null && slots.Refusal is null)) return; // no reply has come yet that could tell
        bool isNew = !_waiting.TryGetValue(slots.Model, out double seen) || now - seen > Lull;
        _waiting[slots.Model] = now;
        if (!isNew) return;
        string key = slots.Refusal is null ? MessageKey.VerboseWaiting : MessageKey.VerboseWaitingRefused;
        news.Add(Messages.Format(key, slots.Model, slots.Waiting, slots.InFlight, slots.Refusal));
    }
}
