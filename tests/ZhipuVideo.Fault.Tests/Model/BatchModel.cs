namespace ZhipuVideo.Tests.Model;

/// <summary>A row as the model has it.</summary>
internal sealed class ModelRow
{
    public JournalState State { get; set; }

    /// <summary>Its tasks at the service, in order of acceptance.</summary>
    public List<ModelTask> Tasks { get; } = [];

    /// <summary>Whether the service has what was sent last under the row's request id.</summary>
    public bool IsAtService { get; set; }

    public bool HasFailed => State == JournalState.Ended && Tasks[^1].Fails;
}

/// <summary>A task as the model has it.</summary>
internal sealed class ModelTask
{
    public required ModelRow Row { get; init; }

    public bool HasEnded { get; set; }

    public bool Fails { get; set; }
}

/// <summary>
/// What must become of a batch, without sockets, timers, retries or files: the states of its rows, and the rules of paying once.
/// </summary>
internal sealed class BatchModel(bool findsRequestIds)
{
    private readonly Dictionary<(int Text, int Occurrence), ModelRow> _rows = [];
    private readonly Dictionary<int, int> _occurrences = [];
    private bool _retryUnconfirmed;
    private bool _retryFailed;
    private bool _isStopped;
    private int _limit = int.MaxValue;
    private int _billed; // submissions that are not known to be not accepted; superseded ones too

    /// <summary>All tasks at the service, in order of acceptance.</summary>
    public List<ModelTask> Tasks { get; } = [];

    /// <summary>Every row that was ever submitted, in any run.</summary>
    public IReadOnlyDictionary<(int Text, int Occurrence), ModelRow> Rows => _rows;

    /// <summary>Begins a run: rows are counted from the first again.</summary>
    public void Begin(bool retryUnconfirmed, bool retryFailed, int? limit)
    {
        _occurrences.Clear();
        _limit = limit ?? int.MaxValue;
        (_retryUnconfirmed, _retryFailed, _isStopped) = (retryUnconfirmed, retryFailed, false);
    }

    /// <summary>The row that is submitted next with a text.</summary>
    public ModelRow Claim(int text)
    {
        int occurrence = _occurrences[text] = _occurrences.GetValueOrDefault(text) + 1;
        if (!_rows.TryGetValue((text, occurrence), out ModelRow? row)) _rows.Add((text, occurrence), row = new ModelRow());
        return row;
    }

    /// <summary>Whether submitting the row now sends anything.</summary>
    public bool WillSend(ModelRow row) => !_isStopped && (row.State == JournalState.Intent ? _retryUnconfirmed && !IsFound(row) : IsNew(row) && _billed < _limit);

    /// <summary>Submits a row; returns every outcome that is right: an error's reason, or "Accepted".</summary>
    public string[] Submit(ModelRow row, WireFault fault)
    {
        if (!WillSend(row)) return SubmitWithoutSending(row);
        bool mayBePaid = Begin(row);
        switch (fault)
        {
            case WireFault.RowRefused:
                return Refuse(row, mayBePaid, nameof(ErrorReason.InvalidRequest), nameof(ErrorReason.PromptTooLong), nameof(ErrorReason.ContentRejected));
            case WireFault.RunRefused:
                _isStopped = true;
                return Refuse(row, mayBePaid, StopReasons);
        }
        if (row.IsAtService && !IsLost(fault) && fault != WireFault.Gateway) return [nameof(ErrorReason.AcceptedIdUnknown)]; // 1231, and not found
        if (!row.IsAtService && IsAccepted(fault)) Accept(row, fault);
        bool isUnclear = IsLost(fault) || fault is WireFault.Gateway or WireFault.GatewayAccepted or WireFault.ReplyCut or WireFault.ReplyTruncated
            or WireFault.ReplyGarbage or WireFault.ReplyTooLarge or WireFault.MissingId;
        if (!isUnclear)
        {
            if (!row.IsAtService) Accept(row, WireFault.None); // sent again until it was accepted
            return Accepted(row);
        }
        if (IsFound(row)) return Accepted(row);
        if (!_retryUnconfirmed || mayBePaid) return [nameof(ErrorReason.SubmissionUnconfirmed)];
        if (row.IsAtService) return [nameof(ErrorReason.AcceptedIdUnknown)];
        Accept(row, WireFault.None);
        return Accepted(row);
    }

    /// <summary>The process dies when the submission has left.</summary>
    public void SubmitAndDie(ModelRow row, WireFault fault)
    {
        _ = Begin(row);
        if (!row.IsAtService && IsAccepted(fault)) Accept(row, fault);
    }

    private static string[] StopReasons { get; } =
    [
        nameof(ErrorReason.InsufficientBalance), nameof(ErrorReason.AuthenticationFailed), nameof(ErrorReason.QuotaExceeded),
        nameof(ErrorReason.PermissionDenied),
    ];

    private static bool IsLost(WireFault fault) => fault is WireFault.BodyBroken or WireFault.RequestLost or WireFault.ReplyLost;

    private static bool IsAccepted(WireFault fault) => fault is WireFault.None or WireFault.ReplyLost or WireFault.GatewayAccepted
        or WireFault.ReplyCut or WireFault.ReplyTruncated or WireFault.ReplyGarbage or WireFault.ReplyTooLarge or WireFault.MissingId
        or WireFault.NumericId or WireFault.EndedAtOnce or WireFault.Slow;

    private static string[] Accepted(ModelRow row)
    {
        row.State = JournalState.Accepted;
        return ["Accepted"];
    }

    private string[] Refuse(ModelRow row, bool mayBePaid, params string[] reasons)
    {
        if (mayBePaid) return reasons;
        row.State = JournalState.NotAccepted;
        _billed--;
        return reasons;
    }

    /// <summary>Whether it is submitted as a new request.</summary>
    private bool IsNew(ModelRow row) => row.State is JournalState.New or JournalState.NotAccepted || (_retryFailed && row.HasFailed);

    /// <summary>A row is sent; returns whether it may have been paid before, under the same request id.</summary>
    private bool Begin(ModelRow row)
    {
        if (row.State == JournalState.Intent) return true;
        row.IsAtService = false;
        row.State = JournalState.Intent;
        _billed++;
        return false;
    }

    private string[] SubmitWithoutSending(ModelRow row)
    {
        if (row.State == JournalState.Intent)
        {
            if (IsFound(row)) return Accepted(row);
            if (!_retryUnconfirmed) return [nameof(ErrorReason.SubmissionUnconfirmed)];
        }
        if (row.State >= JournalState.Accepted && !IsNew(row)) return ["Accepted"];
        return IsNew(row) && _billed >= _limit ? [nameof(ErrorReason.BilledLimitReached)] : StopReasons;
    }

    private bool IsFound(ModelRow row) => findsRequestIds && row.IsAtService;

    private void Accept(ModelRow row, WireFault fault)
    {
        ModelTask task = new() { Row = row, HasEnded = fault == WireFault.EndedAtOnce };
        row.IsAtService = true;
        row.Tasks.Add(task);
        Tasks.Add(task);
    }
}
