using FsCheck;
using FsCheck.Fluent;

namespace ZhipuVideo.Tests.Model;

/// <summary>When the process dies while a row is submitted.</summary>
internal enum Death
{
    None,

    /// <summary>While it writes to the journal.</summary>
    Writing,

    /// <summary>After the submission has left.</summary>
    Sent,
}

/// <summary>Something that is done to a batch.</summary>
internal abstract record Command
{
    /// <summary>Sequences of commands, and what to try in place of one that fails.</summary>
    public static Arbitrary<Command[]> Sequences => Arb.From(Gen.ArrayOf(One), Shrink);

    private static Gen<Command> One => Gen.Frequency(
        (6, from text in Gen.Choose(1, 3)
            from fault in Gen.Frequency((3, Gen.Constant(WireFault.None)), (5, Gen.Elements(Submit.Faults)))
            from death in Gen.Frequency((8, Gen.Constant(Death.None)), (1, Gen.Constant(Death.Writing)), (1, Gen.Constant(Death.Sent)))
            select (Command)new Submit(text, fault, death)),
        (2, from task in Gen.Choose(0, 7)
            from fails in Gen.Elements(true, false)
            select (Command)new Complete(task, fails)),
        (2, Gen.Choose(0, 7).Select(job => (Command)new Poll(job))),
        (2, from dies in Gen.Elements(true, false)
            from retryUnconfirmed in Gen.Elements(true, false)
            from retryFailed in Gen.Elements(true, false)
            from name in Gen.Elements(Enum.GetValues<JournalName>())
            from limit in Gen.Elements<int?>(null, null, 0, 1, 2, 4)
            select (Command)new Resume(dies, retryUnconfirmed, retryFailed, name, limit)));

    /// <summary>A simpler command in its place.</summary>
    protected virtual IEnumerable<Command> Simpler => [];

    private static IEnumerable<Command[]> Shrink(Command[] commands)
    {
        for (int length = commands.Length / 2; length > 0; length /= 2)
            for (int start = 0; start + length <= commands.Length; start += length)
                yield return [.. commands[..start], .. commands[(start + length)..]];
        for (int i = 0; i < commands.Length; i++)
            foreach (Command simpler in commands[i].Simpler)
                yield return [.. commands[..i], simpler, .. commands[(i + 1)..]];
    }

    /// <summary>Submits the next row with a text.</summary>
    /// <param name="Text">Which; rows with one text are the same row written twice.</param>
    /// <param name="Fault">What becomes of the first submission that is sent for it; nothing happens to further ones.</param>
    /// <param name="Death">Whether the process dies over it, and is started again.</param>
    internal sealed record Submit(int Text, WireFault Fault, Death Death) : Command
    {
        /// <summary>All but those that only time or other rows can end.</summary>
        public static WireFault[] Faults { get; } =
            [.. IFaults.OfSubmissions.Except([WireFault.Full, WireFault.Late, WireFault.DuplicateId])];

        protected override IEnumerable<Command> Simpler
        {
            get
            {
                if (Death != Death.None) yield return this with { Death = Death.None };
                if (Fault != WireFault.None) yield return this with { Fault = WireFault.None };
                if (Text > 1) yield return this with { Text = Text - 1 };
            }
        }
    }

    /// <summary>The n-th of the service's running tasks ends.</summary>
    internal sealed record Complete(int Task, bool Fails) : Command;

    /// <summary>The n-th known job is waited for, a minute at most.</summary>
    internal sealed record Poll(int Job) : Command;

    /// <summary>The run ends, orderly or by death, and another begins, under a name of the journal, and with a limit of billed requests or none.</summary>
    internal sealed record Resume(bool Dies, bool RetryUnconfirmed, bool RetryFailed, JournalName Name, int? Limit) : Command
    {
        protected override IEnumerable<Command> Simpler
        {
            get
            {
                if (Limit is not null) yield return this with { Limit = null };
                if (Name != JournalName.Own) yield return this with { Name = JournalName.Own };
            }
        }
    }
}
