using System;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Emulator;

await using EmulatorServer server = await EmulatorServer.StartAsync(new EmulatorOptions { Urls = new Uri("http://127.0.0.1:5080") });
Console.WriteLine($"API     {server.BaseUri}");
Console.WriteLine($"Files   {server.FilesUri}");
Console.WriteLine($"Control {server.ControlUri}");
await Task.Delay(Timeout.Infinite);
