using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Emulator.Faults;

/// <summary>The faults that struck one request, in the order in which they were set.</summary>
internal readonly record struct Struck(IReadOnlyList<Fault> Faults)
{
    public static Struck None { get; } = new([]);

    /// <summary>The fault that keeps the work from being done at all; null when it is done, whatever its reply looks like.</summary>
    public Fault? Refusal => Faults.FirstOrDefault(fault =>
        fault.Kind is FaultKind.DropBefore or FaultKind.Drop || (fault is { Accepted: false, Kind: FaultKind.Status or FaultKind.NoSuchPath or FaultKind.Html }));

    /// <summary>The fault that closes the connection without a reply.</summary>
    public Fault? Drop => Faults.FirstOrDefault(fault => fault.Kind is FaultKind.DropBefore or FaultKind.Drop or FaultKind.DropAccepted);

    public Fault? Of(FaultKind kind) => Faults.FirstOrDefault(fault => fault.Kind == kind);

    public bool Has(FaultKind kind) => Of(kind) is not null;
}
