using ZhipuVideo.Client.Tests.Journaling;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>This assembly as a program: what a test needs another process for.</summary>
internal static class Program
{
    private static async Task Main(string[] arguments)
    {
        if (arguments[0] == "hold") JournalHolder.Hold(Path.GetFullPath(arguments[1]));
        else Console.Write(await RunAsync(arguments[1], arguments[2], arguments[3]));
    }

    /// <summary>One job from the check of the key to its file, in the environment that this process was given.</summary>
    private static async Task<string> RunAsync(string baseUri, string key, string folder)
    {
        ServiceEndpoint endpoint = new(ApiKey.Parse(key), baseUri);
        using CogVideoClient client = new(endpoint);
        await using VideoBatch batch = await VideoBatch.OpenAsync(endpoint);
        try
        {
            await client.CheckKeyAsync();
            CogVideoJob job = await batch.SubmitAsync(new VideoRequest { Prompt = "一只猫", Name = "clip" });
            await batch.SaveAsync(await batch.WaitAsync(job, new WaitOptions { TimeoutSeconds = 60 }), folder);
            return "Saved";
        }
        catch (CogVideoException e)
        {
            return $"{e.Reason}";
        }
    }
}
