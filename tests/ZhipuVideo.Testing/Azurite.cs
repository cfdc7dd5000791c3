using System.Security.Cryptography;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;

namespace ZhipuVideo.Tests;

/// <summary>
/// Azure's own emulator of its blob storage, for the tests of this process: installed from npm when it is first needed, on a free port of
/// 127.0.0.1, in memory. It ends with this process, whatever ends that: its input is a pipe of ours.
/// </summary>
public sealed class Azurite
{
    /// <summary>The newest that runs on Node 20.</summary>
    private const string Version = "3.35.0";

    private const string Account = "zhipuvideotest";

    private const string Start = """
        process.stdin.on('end', () => process.exit()).resume();
        process.argv.splice(1, 0, 'azurite-blob');
        require(process.env.AZURITE_MAIN);
        """;

    private static readonly Lazy<Task<Azurite>> Shared = new(StartAsync);

    private readonly Process _process; // collected, it would close the pipe

    private Azurite(Process process, string endpoint, string key)
    {
        (_process, Endpoint, Key) = (process, $"{endpoint}/{Account}", key);
        Credential = new StorageSharedKeyCredential(Account, key);
    }

    /// <summary>Why there can be none on this machine; null when there can.</summary>
    public static string? Missing => Child.Exists("npm") || Child.Exists("npm.cmd") ? null : "npm is not on this machine";

    /// <summary>The account's address, without a slash at its end.</summary>
    public string Endpoint { get; }

    /// <summary>The account's key.</summary>
    public string Key { get; }

    /// <summary>The same for the official client.</summary>
    public StorageSharedKeyCredential Credential { get; }

    /// <summary>The one of this process.</summary>
    public static Task<Azurite> GetAsync() => Shared.Value;

    /// <summary>Whether it still runs; why not, its own words say.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>A new container, as the official client sees it.</summary>
    public async Task<BlobContainerClient> CreateContainerAsync() =>
        await new BlobServiceClient(new Uri(Endpoint), Credential).CreateBlobContainerAsync("c" + Guid.NewGuid().ToString("N"));

    /// <summary>A signature for a container, without a question mark.</summary>
    public string Sign(BlobContainerClient container, BlobContainerSasPermissions rights, DateTimeOffset? expires = null)
    {
        BlobSasBuilder sas = new(rights, expires ?? DateTimeOffset.UtcNow.AddHours(8)) { BlobContainerName = container.Name, Resource = "c" };
        return sas.ToSasQueryParameters(Credential).ToString();
    }

    private static async Task<Azurite> StartAsync()
    {
        string folder = Repository.PathOf("artifacts/azurite");
        string main = Path.Combine(folder, "node_modules/azurite/dist/src/blob/main.js");
        Directory.CreateDirectory(folder);
        using (await LockAsync(Path.Combine(folder, "install.lock")))
        {
            if (!File.Exists(Path.Combine(folder, Version)))
            {
                string[] install = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", "azurite@" + Version];
                (int code, _, string error) = OperatingSystem.IsWindows() ? await Child.RunAsync("cmd", ["/c", "npm", .. install]) : await Child.RunAsync("npm", install);
                if (code != 0) throw new InvalidOperationException("npm install azurite: " + error);
                await File.WriteAllTextAsync(Path.Combine(folder, Version), "");
            }
        }
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        ProcessStartInfo start = new("node", ["-e", Start, "--", "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["AZURITE_MAIN"] = main, ["AZURITE_ACCOUNTS"] = $"{Account}:{key}" },
        };
        Process process = Process.Start(start)!;
        StringBuilder said = new();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.AppendLine(line);
            if (!line.Contains("successfully listens on ", StringComparison.Ordinal)) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            return new Azurite(process, line.Split(' ')[^1].TrimEnd('/'), key);
        }
        throw new InvalidOperationException("Azurite did not start: " + said + await process.StandardError.ReadToEndAsync());
    }

    /// <summary>Several test processes run at once: one of them installs.</summary>
    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(200);
            }
        }
    }
}
