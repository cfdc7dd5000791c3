using System.Management.Automation;
using System.Net;
using System.Security;
using ZhipuVideo.Session;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Commands;

/// <summary>What the cmdlets share whose places may be blob containers. Neither a place nor what opens it ever binds from the pipeline.</summary>
public abstract class StorageCommand : CogVideoCommand
{
    private protected StorageCommand()
    {
    }

    /// <summary>What opens the containers that this command names: a SAS, an account key or a connection string, as a SecureString or as text.</summary>
    [Parameter]
    [ApiKeyTransformation]
    public SecureString? StorageCredential { get; set; }

    private protected string? StorageSecret => StorageCredential is null ? null : new NetworkCredential("", StorageCredential).Password;

    /// <summary>
    /// A place as the user means it: the full path of a file or folder, or the address of a blob or container, which this session may use from now
    /// on. The address is without its query: what is in that is a secret.
    /// </summary>
    private protected string ResolvePlace(string place) =>
        BlobAddress.Is(place) ? RunspaceState.Current.Storage.Add(place, StorageSecret) : ResolvePath(place);

    /// <summary>A place as errors may show it.</summary>
    private protected static string? Shown(string? place) => BlobAddress.Is(place) ? place!.Split('?')[0] : place;
}
