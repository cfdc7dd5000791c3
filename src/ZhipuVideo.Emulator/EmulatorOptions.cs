using System;
using System.Collections.Generic;

namespace ZhipuVideo.Emulator;

/// <summary>
/// How the emulator behaves. Every setting is also a switch of the program; those that <see cref="EmulatorState.Settings"/> holds can
/// be changed while it runs.
/// </summary>
public sealed class EmulatorOptions
{
    /// <summary>A key that always works unless <see cref="ApiKeys"/> names others. It opens nothing but this emulator.</summary>
    public const string DemoKey = "0123456789abcdef0123456789abcdef.offlineDemoKey00";

    /// <summary>Where the API listens: http, an address of this machine, port 0 for a free one.</summary>
    public Uri Urls { get; set; } = new("http://127.0.0.1:0");

    /// <summary>Where the files are served: an origin of its own, as on the real service.</summary>
    public Uri FilesUrls { get; set; } = new("http://127.0.0.1:0");

    /// <summary>
    /// The keys that exist, each <c>id.secret</c>. When empty, any well-formed key is taken and the signature of a JWT is checked only
    /// for <see cref="DemoKey"/>, since no other secret is known.
    /// </summary>
    public IList<string> ApiKeys { get; init; } = [];

    /// <summary>Whether requests are remembered for <see cref="EmulatorState.Requests"/>; off for benchmarks.</summary>
    public bool Log { get; set; } = true;

    /// <summary>The seed of everything random: ids, spread of service times, faults with a probability. Null: a new one each run.</summary>
    public int? Seed { get; set; }

    /// <summary>The clock that tasks, links and delays go by.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The faults that are set from the start.</summary>
    public IList<Fault> Faults { get; init; } = [];

    /// <summary>What may change while the emulator runs.</summary>
    public EmulatorSettings Settings { get; set; } = new();
}
