using System;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Tasks;
using ZhipuVideo.Client.Tests.Contract;

namespace ZhipuVideo.Net472;

/// <summary>
/// <c>[module BIN] ADDRESS KEY PICTURE FOLDER PROMPT...</c>: one video for each prompt, all at once, from submission to its file in the folder;
/// the first has the picture. Before them what this process is made of, and the rows whose hash is not what it was.
/// <para>With <c>module</c> it is a program that hosts the built module and has older assemblies in its own folder; else the client lies beside it
/// and an older System.Text.Json was there first.</para>
/// </summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        if (args[0] == "module") args = ImportModule(args[1], args.Skip(2).ToArray());
        else Assembly.LoadFrom(Path.Combine(AppDomain.CurrentDomain.BaseDirectory, "older", "System.Text.Json.dll")).GetTypes();
        Run(args);
    }

    /// <summary>As the shell does it, without the shell. The module answers for what its own assemblies ask, and the host for what it asks itself.</summary>
    private static string[] ImportModule(string folder, string[] args)
    {
        Assembly module = Assembly.LoadFrom(Path.Combine(folder, "ZhipuVideo.dll"));
        Type start = module.GetType("ZhipuVideo.Session.ModuleStart", throwOnError: true);
        for (int times = 0; times < 2; times++) start.GetMethod("OnImport").Invoke(Activator.CreateInstance(start), null);
        MethodInfo check = start.GetMethod("Check", BindingFlags.Static | BindingFlags.NonPublic);
        Console.WriteLine(string.Join(" ", new int?[] { null, 394802, 461308, 461808, 533320 }.Select(release => IsRefused(() => check.Invoke(null, [release])) ? "no" : "yes")));
        Console.WriteLine($"host asks: {AskFor(AssemblyName.GetAssemblyName(Path.Combine(folder, "System.Text.Json.dll")).FullName)}");
        AppDomain.CurrentDomain.AssemblyResolve += (_, question) =>
            question.Name.StartsWith("ZhipuVideo.Client,", StringComparison.Ordinal) ? Assembly.LoadFrom(Path.Combine(folder, "ZhipuVideo.Client.dll")) : null;
        return args;
    }

    private static bool IsRefused(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (TargetInvocationException e) when (e.InnerException is PlatformNotSupportedException { Message: var message } && message.Contains("4.7.2"))
        {
            return true;
        }
    }

    private static string AskFor(string name)
    {
        try
        {
            return Assembly.Load(name).Location;
        }
        catch (FileNotFoundException)
        {
            return "nothing";
        }
    }

    /// <summary>Apart from <see cref="Main"/>: what it calls must not be looked for before the module is there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run(string[] args)
    {
        string[] rows = RunAllAsync(args).GetAwaiter().GetResult();
        Console.WriteLine($"CLR {Environment.Version.Major}");
        Console.WriteLine(string.Join(" ", AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName()).Where(n => n.Name == "System.Text.Json").Select(n => n.Version)));
        Console.WriteLine(string.Join(" ", GoldenRows.All(args[2]).Where(row => row.Computed != row.Expected)));
        foreach (string row in rows) Console.WriteLine(row);
    }

    private static async Task<string[]> RunAllAsync(string[] args)
    {
        VideoBatchOptions options = new() { SlotTimeoutSeconds = int.MaxValue, DownloadLimit = 16 };
        using VideoBatch batch = await VideoBatch.OpenAsync(new ServiceEndpoint(ApiKey.Parse(args[1]), args[0]), options);
        string[] rows = await Task.WhenAll(args.Skip(4).Select((prompt, i) => RunAsync(batch, prompt, i == 0 ? new[] { args[2] } : Array.Empty<string>(), args[3])));
        return [.. rows, await LookAsync(batch, "half of a pair \ud83d"), await LookAsync(batch, "a/..\\b?c#%41")];
    }

    private static async Task<string> RunAsync(VideoBatch batch, string prompt, string[] pictures, string folder)
    {
        try
        {
            CogVideoJob job = await batch.SubmitAsync(new VideoRequest { Prompt = prompt, Images = pictures });
            CogVideoResult result = await batch.WaitAsync(job, new WaitOptions { TimeoutSeconds = 60 });
            SavedVideo video = await batch.SaveAsync(result, folder, new SaveOptions { FileName = prompt });
            return $"{prompt}: {result.Status} {Path.GetFileName(video.Path)} {video.Length}";
        }
        catch (CogVideoException e)
        {
            return $"{prompt}: {e.Reason}";
        }
    }

    /// <summary>An id that no service gives: an error of its own, never the end of the process.</summary>
    private static async Task<string> LookAsync(VideoBatch batch, string id)
    {
        try
        {
            return (await batch.GetResultAsync(new CogVideoJob { Id = id })).Status;
        }
        catch (CogVideoException e)
        {
            return $"{e.Reason}";
        }
    }
}
