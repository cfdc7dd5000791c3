using System;
using System.IO;
using System.Threading.Tasks;

namespace ZhipuVideo.Storage.Blob;

/// <summary>Append logs in the containers that were named, by their addresses; those that are files by their paths.</summary>
/// <param name="access">What opens the containers.</param>
/// <param name="timing">How leases are kept; null = as the service's longest is.</param>
internal sealed class BlobLogStore(StorageAccess access, LeaseTiming? timing = null) : ILogStore
{
    public string? Identify(string name) => BlobAddress.Is(name)
        ? Call(name, async (client, blob) => await client.FindAsync(blob, BlobClient.ShortPatience, default).ConfigureAwait(false) is null ? null : access.Identify(blob))
        : FileLogStore.Instance.Identify(name);

    public IAppendLog Open(string name, bool mayCreate) => BlobAddress.Is(name)
        ? BlobLog.OpenAsync(access, BlobAddress.Parse(name), mayCreate, timing ?? new LeaseTiming()).GetAwaiter().GetResult()
        : FileLogStore.Instance.Open(name, mayCreate);

    public Stream OpenRead(string name) => BlobAddress.Is(name)
        ? Call(name, async (client, blob) => (await BlobLog.ReadAsync(client, blob).ConfigureAwait(false)).Bytes)
        : FileLogStore.Instance.OpenRead(name);

    private T Call<T>(string name, Func<BlobClient, BlobAddress, Task<T>> call)
    {
        BlobAddress blob = BlobAddress.Parse(name);
        using BlobClient client = access.CreateClient(blob);
        try
        {
            return call(client, blob).GetAwaiter().GetResult();
        }
        catch (BlobException e)
        {
            throw e.ToLog(name);
        }
    }
}
