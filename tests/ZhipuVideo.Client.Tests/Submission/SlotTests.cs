using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Batch;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>The slots of an account that others use too, on real sockets: nothing is measured in seconds, all in tasks that ended.</summary>
[Trait("Phase", "submit")]
public sealed class SlotTests : ServiceTest
{
    private const string Refusal = """{"error":{"code":"1302","message":"您当前使用该API的并发数过高"}}""";

    [Fact]
    public async Task F150_Slots_that_somebody_else_held_from_the_beginning_are_used_soon_after_he_left()
    {
        using Slots slots = new(5) { Taken = 4 };
        slots.Ended = ended =>
        {
            if (ended == 4) slots.Taken = 0;
        };

        await slots.SubmitAsync(20);

        // Two, six service times after the limit was learned; where only ends counted, it was the twelfth
        Assert.InRange(slots.EndedWhenFull, 4, 9);
        Assert.InRange(slots.RefusedWhileTaken, 1, 1 + slots.SecondsTaken);
    }

    [Fact]
    public async Task F150_Slots_that_somebody_took_from_us_are_used_soon_after_he_left()
    {
        using Slots slots = new(3);
        slots.Ended = ended =>
        {
            if (ended == 3) slots.Taken = 2;
            if (ended == 9) slots.Taken = 0;
        };

        await slots.SubmitAsync(24);

        Assert.InRange(slots.EndedWhenFull, 9, 15);
        Assert.InRange(slots.RefusedWhileTaken, 1, 4 * slots.SecondsTaken);
    }

    [Fact]
    public async Task F151_A_task_that_never_ends_does_not_hide_that_the_limit_was_raised()
    {
        // Where the only end is seen late, on a busy machine, it does not tell how long tasks take: the probes would come after two and four minutes
        using Slots slots = new(1) { Stalled = 2, IsServiceTimeKnown = true };
        slots.Refused = () =>
        {
            if (slots.Accepted == 2) slots.Limit = 5;
        };

        await slots.SubmitAsync(6);

        Assert.Equal(6, slots.Accepted);
    }

    /// <summary>Time stands still: whatever would have to wait for the circuit breaker of the session before waits for ever.</summary>
    [Fact]
    [Trait("Phase", "submit, wait")]
    public async Task F152_A_session_that_met_an_outage_asks_at_once_like_a_new_process()
    {
        FakeTimeProvider time = new();
        UnwellNetwork network = new(SocketError.ConnectionRefused, int.MaxValue);
        using RawServer server = new((request, connection) => connection.AnswerAsync(200, request.Method == "POST" ? Accepted : Running));
        ServiceEndpoint endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.secretsecret0001"), server.Origin + "/api/paas/v4");
        CogVideoClientOptions options = new() { Accounts = new SchedulerRegistry(time), Time = time, CreateHandler = network.CreateHandler };
        using (CogVideoClient before = new(endpoint, options))
        {
            Task[] looks = [.. Enumerable.Range(0, 10).Select(async i =>
                await Assert.ThrowsAsync<CogVideoException>(() => before.GetResultAsync(new CogVideoResult { Id = $"{i}" })))];
            for (Task all = Task.WhenAll(looks); !all.IsCompleted; await Task.Yield()) time.Advance(TimeSpan.FromSeconds(1));
            Assert.InRange(before.Scheduler.SecondsWithoutAnswer, 1, double.MaxValue);
        }
        network.Failures = 0;

        using CogVideoClient client = new(endpoint, options);
        CogVideoResult result = await client.GetResultAsync(new CogVideoResult { Id = Id }).WaitAsync(Patience);
        Assert.Equal(0, client.Scheduler.SecondsWithoutAnswer);
        Assert.Equal(CogVideoStatus.Processing, result.Status);
        Assert.Equal(Id, (await SubmitAsync(client)).Job!.Id);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public async Task F152_A_server_that_is_not_well_puts_off_no_look_for_hours()
    {
        FakeTimeProvider time = new();
        DateTimeOffset start = time.GetUtcNow();
        int looks = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref looks) == 1
            ? connection.AnswerAsync(503, "", "Retry-After: 1000000\r\n")
            : connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1000, time: time);

        Task<CogVideoResult> look = client.GetResultAsync(new CogVideoResult { Id = Id });
        while (Volatile.Read(ref looks) == 0) await Task.Yield();
        // The clock goes on until the second look, and a little further than that where the client is slow to ask for its timer
        for (; !look.IsCompleted; await Task.Delay(1)) time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(CogVideoStatus.Success, (await look.WaitAsync(Patience)).Status);
        Assert.InRange(time.GetUtcNow() - start, TimeSpan.FromSeconds(30), TimeSpan.FromHours(12));
    }

    /// <summary>An account with so many slots, some of which somebody else may use. Each task takes a second.</summary>
    private sealed class Slots : IDisposable
    {
        private const double ServiceTime = 1;

        private readonly Lock _sync = new();
        private readonly Dictionary<string, long> _tasks = [];
        private readonly HashSet<string> _ended = [];
        private readonly RawServer _server;
        private long _takenSince;

        internal Slots(int limit)
        {
            Limit = limit;
            _server = new RawServer((request, connection) =>
            {
                (int status, string body) = request.Method == "POST" ? Submit() : Look(request.Target[(request.Target.LastIndexOf('/') + 1)..]);
                return connection.AnswerAsync(status, body);
            });
        }

        internal int Limit { get; set; }

        /// <summary>Slots that somebody else holds, or takes as they become free.</summary>
        internal int Taken
        {
            get;
            set
            {
                if (value > 0) _takenSince = Stopwatch.GetTimestamp();
                else SecondsTaken = Stopwatch.GetElapsedTime(_takenSince).TotalSeconds;
                field = value;
            }
        }

        /// <summary>For how long, which is as many service times: more on a machine that is busy with something else.</summary>
        internal double SecondsTaken { get; private set; }

        /// <summary>The number of the task that never ends.</summary>
        internal int Stalled { get; init; }

        /// <summary>Told how many of ours were seen to have ended, under the lock.</summary>
        internal Action<int> Ended { get; set; } = static _ => { };

        internal Action Refused { get; set; } = static () => { };

        /// <summary>An earlier run has seen how long tasks take.</summary>
        internal bool IsServiceTimeKnown { get; init; }

        internal int Accepted => _tasks.Count;

        /// <summary>How many had ended when all slots were used for the first time after somebody else had left.</summary>
        internal int EndedWhenFull { get; private set; } = int.MaxValue;

        internal int RefusedWhileTaken { get; private set; }

        public void Dispose() => _server.Dispose();

        internal async Task SubmitAsync(int rows)
        {
            using CogVideoClient client = NewClient(_server.Origin, timeoutScale: 1);
            if (IsServiceTimeKnown) client.Scheduler.Seed("cogvideox-flash", [(null, ServiceTime)], mostInFlight: 0);
            Submitter run = NewSubmitter(client);
            using SemaphoreSlim held = new(8);
            Task[] all = [.. Enumerable.Range(0, rows).Select(async i =>
            {
                await held.WaitAsync();
                await ServiceTest.SubmitAsync(run, new VideoRequest { Prompt = $"{i}" });
                held.Release();
            })];
            await Task.WhenAll(all).WaitAsync(Patience);
        }

        private (int Status, string Body) Submit()
        {
            lock (_sync)
            {
                long now = Stopwatch.GetTimestamp();
                int running = _tasks.Count(task => task.Value > now);
                if (running + Taken >= Limit)
                {
                    if (Taken > 0) RefusedWhileTaken++;
                    Refused();
                    return (429, Refusal);
                }
                string id = $"{_tasks.Count + 1}";
                _tasks.Add(id, _tasks.Count + 1 == Stalled ? long.MaxValue : now + (long)(ServiceTime * Stopwatch.Frequency));
                if (Taken == 0 && running + 1 == Limit && HasLeft) EndedWhenFull = Math.Min(EndedWhenFull, _ended.Count);
                return (200, ServiceTest.Accepted.Replace(Id, id, StringComparison.Ordinal));
            }
        }

        private bool HasLeft { get; set; }

        private (int Status, string Body) Look(string id)
        {
            lock (_sync)
            {
                if (_tasks[id] > Stopwatch.GetTimestamp()) return (200, Running);
                int taken = Taken;
                if (_ended.Add(id)) Ended(_ended.Count);
                HasLeft |= taken > 0 && Taken == 0;
                return (200, Succeeded);
            }
        }
    }
}
