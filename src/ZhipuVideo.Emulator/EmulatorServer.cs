using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;
using ZhipuVideo.Emulator.Accounts;
using ZhipuVideo.Emulator.Contract;
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
        var keys = new KeyCheck(options.ApiKeys, options.TimeProvider);
        var state = new EmulatorState(options);
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
            // Slow clients are among the things to be tested.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(EndPointOf(options.Urls), listen => api = listen);
            kestrel.Listen(EndPointOf(options.FilesUrls), listen => files = listen);
        });
        WebApplication app = builder.Build();
        RequestDelegate? handle = null;
        app.Run(context => handle!(context));
        await app.StartAsync(cancellationToken);
        var server = new EmulatorServer(app, state, AddressOf(api!), AddressOf(files!));
        handle = Dispatcher(server, keys, options.TimeProvider);
        return server;
    }

    /// <summary>Ends at once: open requests are cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static RequestDelegate Dispatcher(EmulatorServer server, KeyCheck keys, TimeProvider time)
    {
        EmulatorState state = server.State;
        var control = new ControlHandler(state);
        var api = new ApiHandler(state, time, server.FilesUri);
        var files = new FilesHandler(state);
        var sender = new ReplySender(state, time);
        int filesPort = server.FilesUri.Port;
        return async context =>
        {
            string path = context.Request.Path.Value!;
            Origin origin = context.Connection.LocalPort == filesPort ? Origin.Files : Origin.Api;
            if (origin == Origin.Api && path.StartsWith(ControlHandler.Folder, StringComparison.Ordinal))
            {
                await control.HandleAsync(context);
                return;
            }
            ServiceError? keyError = keys.Check(context.Request.Headers.Authorization, out string account);
            var request = new ReceivedRequest
            {
                At = time.GetUtcNow(),
                Origin = origin,
                Phase = origin == Origin.Files ? FilesHandler.PhaseOf(path) : ApiHandler.PhaseOf(path),
                Method = context.Request.Method,
                Path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                Headers = state.Logging ? HeadersOf(context.Request) : [],
                Authorization = keyError is null ? AuthorizationSeen.Valid
                    : keyError == ServiceError.NoAuthorization ? AuthorizationSeen.None
                    : AuthorizationSeen.Invalid,
            };
            state.Begin(request);
            try
            {
                Reply reply =
                    state.Settings.Outage != Outage.None ? Reply.HtmlPage(StatusCodes.Status503ServiceUnavailable)
                    : state.StrikeBeforeReading(request) ? Reply.Bare(StatusCodes.Status200OK)
                    : origin == Origin.Files ? files.Answer(context, request)
                    : await api.AnswerAsync(context, request, account, keyError);
                await sender.SendAsync(context, request, reply);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
            {
                // The client has gone.
            }
            finally
            {
                state.Finish(request);
            }
        };
    }

    private static Dictionary<string, string> HeadersOf(HttpRequest request)
    {
        var headers = new Dictionary<string, string>();
        foreach ((string name, StringValues value) in request.Headers)
            if (!name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) headers[name.ToLowerInvariant()] = value.ToString();
        return headers;
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
