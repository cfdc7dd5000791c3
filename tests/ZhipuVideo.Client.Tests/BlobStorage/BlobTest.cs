using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>A container of Azurite behind a relay. What is in it, the official client says.</summary>
public abstract class BlobTest : IAsyncLifetime
{
    private protected Azurite Azurite { get; private set; } = null!;

    private protected BlobRelay Relay { get; private set; } = null!;

    private protected BlobContainerClient Container { get; private set; } = null!;

    private protected ShiftedTime Time { get; } = new();

    private protected StorageAccess Access { get; private set; } = null!;

    /// <summary>The journal's address, by way of the relay.</summary>
    private protected string Address => $"{Relay.Endpoint}/{Container.Name}/run.jsonl";

    private protected AppendBlobClient Blob => Container.GetAppendBlobClient("run.jsonl");

    /// <summary>Renews whenever it is asked to, and else hardly ever.</summary>
    private protected static LeaseTiming Slow { get; } = new(RetryEvery: .05);

    private protected BlobLogStore Store => new(Access, Slow);

    public async Task InitializeAsync()
    {
        Azurite = await Azurite.GetAsync();
        Relay = new BlobRelay(Azurite);
        Container = await Azurite.CreateContainerAsync();
        Access = CreateAccess();
        Access.Add(Address, Azurite.Key);
    }

    public Task DisposeAsync()
    {
        Relay.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Somebody else, who knows nothing of the environment.</summary>
    private protected StorageAccess CreateAccess(params (string Name, string Value)[] environment) =>
        new(name => environment.FirstOrDefault(variable => variable.Name == name).Value, Time, new LockedRandom().Next);

    /// <summary>Opens the log as its journal does.</summary>
    private protected IAppendLog Open(bool mayCreate = true)
    {
        IAppendLog log = Store.Open(Address, mayCreate);
        log.Cut(log.Length);
        return log;
    }

    private protected static void Append(IAppendLog log, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        log.Append(bytes, bytes.Length);
    }

    private protected static LogFault FaultOf(Action action) => Assert.Throws<LogException>(action).Fault;

    private protected async Task<string> ReadAsync() => (await Blob.DownloadContentAsync()).Value.Content.ToString();

    /// <summary>Nobody has the lease any more, as when a minute has passed without a renewal.</summary>
    private protected async Task ExpireLeaseAsync() => await Blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);

    /// <summary>Another has it.</summary>
    private protected async Task<BlobLeaseClient> TakeLeaseAsync()
    {
        BlobLeaseClient lease = Blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(60));
        return lease;
    }
}

/// <summary>A clock whose hands can be set: what is measured, and what time it is.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _measured, _wall;

    /// <summary>Seconds that a machine was on while this process was frozen.</summary>
    public void Freeze(double seconds)
    {
        Interlocked.Add(ref _measured, (long)(seconds * TimestampFrequency));
        SetWall(seconds);
    }

    /// <summary>Sets the clock on the wall.</summary>
    public void SetWall(double seconds) => Interlocked.Add(ref _wall, (long)(seconds * TimeSpan.TicksPerSecond));

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _measured);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _wall));
}
