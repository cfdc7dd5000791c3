using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ZhipuVideo.Benchmarks.Client;

/// <summary>
/// A service without any service time, in a process of its own: accepts every submission and reports a task as running for a given number
/// of looks. It does as little as a server can, so that the client's own cost shows.
/// </summary>
internal sealed class CountingServer(Process process, string baseUri) : IDisposable
{
    internal const string Key = "0123456789abcdef0123456789abcdef.benchmarkKey0000";

    internal string BaseUri => baseUri;

    /// <summary>Starts one; a task ends at look number <paramref name="looks"/>, or after <paramref name="seconds"/> when that is given.</summary>
    internal static CountingServer Start(int looks, double seconds = 0)
    {
        Process process = ChildProcess.StartSelf(
            "counting-server", looks.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture));
        return new CountingServer(process, process.StandardOutput.ReadLine() + "/api/paas/v4");
    }

    /// <summary>The server's side: runs until its standard input is closed.</summary>
    internal static async Task RunAsync(int looks, double seconds)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        WebApplication app = builder.Build();
        long number = 8_868_902_201_637_896_192;
        ConcurrentDictionary<string, (int Looks, long Since)> tasks = new(StringComparer.Ordinal);
        byte[] running = "{\"model\":\"cogvideox-flash\",\"request_id\":\"1\",\"task_status\":\"PROCESSING\"}"u8.ToArray();
        byte[] success = Encoding.UTF8.GetBytes(
            "{\"model\":\"cogvideox-flash\",\"request_id\":\"1\",\"task_status\":\"SUCCESS\",\"video_result\":[{\"url\":\"http://127.0.0.1/v.mp4\",\"cover_image_url\":\"http://127.0.0.1/c.png\"}]}");
        app.Run(async context =>
        {
            byte[] body;
            if (HttpMethods.IsPost(context.Request.Method))
            {
                while ((await context.Request.BodyReader.ReadAsync()) is { } read)
                {
                    context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted) break;
                }
                string id = Interlocked.Increment(ref number).ToString(CultureInfo.InvariantCulture);
                tasks[id] = (0, Stopwatch.GetTimestamp());
                body = Encoding.ASCII.GetBytes("{\"id\":\"" + id + "\",\"request_id\":\"1\",\"model\":\"cogvideox-flash\",\"task_status\":\"PROCESSING\"}");
            }
            else
            {
                string id = context.Request.Path.Value!.Split('/').Last();
                (int Looks, long Since) task = tasks.GetOrAdd(id, static _ => (0, Stopwatch.GetTimestamp()));
                tasks[id] = (task.Looks + 1, task.Since);
                body = (seconds > 0 ? Stopwatch.GetElapsedTime(task.Since).TotalSeconds >= seconds : task.Looks + 1 >= looks) ? success : running;
            }
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.BodyWriter.WriteAsync(body);
        });
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        while (Console.ReadLine() is not null)
        {
        }
        await app.StopAsync();
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
