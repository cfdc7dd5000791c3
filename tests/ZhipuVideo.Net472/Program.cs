using System;
using System.IO;
using System.Reflection;
using System.Text;
using System.Threading.Tasks;
using ZhipuVideo.Client.Tests.Contract;
using ZhipuVideo.Http;

namespace ZhipuVideo.Net472;

/// <summary>
/// Beside an older System.Text.Json that is there first: one job for each prompt, all at once, from submission to their end, at the address and
/// with the key given; the first has the picture. Before them the rows whose hash is not what it was.
/// </summary>
internal static class Program
{
    private static async Task Main(string[] args)
    {
        Assembly.LoadFrom(Path.Combine(AppDomain.CurrentDomain.BaseDirectory, "older", "System.Text.Json.dll")).GetTypes();
        Console.OutputEncoding = new UTF8Encoding(false);
        string[] rows = await RunAllAsync(args);
        Console.WriteLine($"CLR {Environment.Version.Major}");
        Console.WriteLine(string.Join(" ", AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName()).Where(n => n.Name == "System.Text.Json").Select(n => n.Version)));
        Console.WriteLine(string.Join(" ", GoldenRows.All(args[2]).Where(row => row.Computed != row.Expected)));
        foreach (string row in rows) Console.WriteLine(row);
    }

    private static async Task<string[]> RunAllAsync(string[] args)
    {
        using VideoBatch batch = await VideoBatch.OpenAsync(new ServiceEndpoint(ApiKey.Parse(args[1]), args[0]));
        return await Task.WhenAll(args.Skip(3).Select((prompt, i) => RunAsync(batch, prompt, i == 0 ? new[] { args[2] } : Array.Empty<string>())));
    }

    private static async Task<string> RunAsync(VideoBatch batch, string prompt, string[] pictures)
    {
        try
        {
            CogVideoJob job = await batch.SubmitAsync(new VideoRequest { Prompt = prompt, Images = pictures });
            CogVideoResult result = await batch.WaitAsync(job, new WaitOptions { TimeoutSeconds = 60 });
            return $"{prompt}: {result.Status}";
        }
        catch (CogVideoException e)
        {
            return $"{prompt}: {e.Reason}";
        }
    }
}
