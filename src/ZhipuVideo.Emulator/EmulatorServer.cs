using System;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ZhipuVideo.Emulator.Accounts;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Emulator;

/// <summary>The service, offline: the API on one origin, the files on a second.</summary>
public sealed class EmulatorServer : IAsyncDisposable
{
    /// <summary>Three pictures of 50 MiB as Base64, the most that any model takes, and room to spare.</summary>
    private const long BodyLimit = 256L * 1024 * 1024;

    private readonly WebApplication _app;

    private EmulatorServer(WebApplication app, EmulatorState state, Uri api, Uri files)
    {
        _app = app;
        State = state;
        BaseUri = new Uri(api, "api/paas/v4");
        ControlUri = new Uri(api, ControlHandler.Folder);
        FilesUri = files;
    }

    /// <summary>The base of the API, for example <c>http://127.0.0.1:5080/api/paas/v4</c>.</summary>
    public Uri BaseUri { get; }

    /// <summary>The second origin, where the result links point.</summary>
    public Uri FilesUri { get; }

    /// <summary>The control endpoints, which ask for no key and are not in the log.</summary>
    public Uri ControlUri { get; }

    /// <summary>What has happened so far, and what may be changed.</summary>
    public EmulatorState State { get; }

    /// <summary>Starts to listen on both origins.</summary>
    /// <param name="options">How to behave; null for free ports of the loopback address and the defaults.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">A setting makes no sense: the message names it.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<EmulatorServer> StartAsync(EmulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmulatorOptions();
        KeyCheck keys = new KeyCheck(options.ApiKeys, options.TimeProvider);
        EmulatorState state = new EmulatorState(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? api = null, files = null;
        // Signals belong to the program, or to the process that hosts the emulator
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        // A write ends when the network has the bytes, so that a cut comes after exactly those that were to be sent
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.MaxWriteBufferSize = 2);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyLimit;
            // Slow clients are among the things to be tested
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(EndPointOf(options.Urls), listen => api = listen);
            kestrel.Listen(EndPointOf(options.FilesUrls), listen => files = listen);
        });
        WebApplication app = builder.Build();
        // The ports are known only when both listen; a request that is faster waits for that
        TaskCompletionSource<Dispatcher> ready = new TaskCompletionSource<Dispatcher>(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Run(async context => await (await ready.Task).HandleAsync(context));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        EmulatorServer server = new EmulatorServer(app, state, AddressOf(api!), AddressOf(files!));
        ready.SetResult(new Dispatcher(state, keys, options.TimeProvider, server.FilesUri));
        return server;
    }

    /// <summary>Ends at once: open requests are cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static IPEndPoint EndPointOf(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttp) throw new ArgumentException($"{url}: the emulator speaks http only.");
        if (url.IsLoopback && url.HostNameType == UriHostNameType.Dns) return new IPEndPoint(IPAddress.Loopback, url.Port);
        return IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address)
            ? new IPEndPoint(address, url.Port)
            : throw new ArgumentException($"{url}: the host must be localhost or an address of this machine.");
    }

    private static Uri AddressOf(ListenOptions listen) => new($"http://{listen.IPEndPoint}/");

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
