using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Net472;

/// <summary>One job for each prompt, all at once, from submission to their end, at the address and with the key given; the first has the picture.</summary>
internal static class Program
{
    private static async Task Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        using CogVideoClient client = new(new ServiceEndpoint(ApiKey.Parse(args[1]), args[0]));
        Console.WriteLine($"CLR {Environment.Version.Major}");
        Task<string>[] rows = args.Skip(3).Select((prompt, i) => RunAsync(client, prompt, i == 0 ? new[] { args[2] } : Array.Empty<string>())).ToArray();
        foreach (string row in await Task.WhenAll(rows)) Console.WriteLine(row);
    }

    private static async Task<string> RunAsync(CogVideoClient client, string prompt, string[] pictures)
    {
        try
        {
            CogVideoJob job = await client.SubmitAsync(new VideoRequest { Prompt = prompt, Images = pictures });
            CogVideoResult result = await client.WaitAsync(job, timeoutSeconds: 60);
            return $"{prompt}: {result.Status}";
        }
        catch (CogVideoException e)
        {
            return $"{prompt}: {e.Reason}";
        }
    }
}
