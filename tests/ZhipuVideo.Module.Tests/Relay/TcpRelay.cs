using System.Net;
using System.Net.Sockets;

namespace ZhipuVideo.Tests.Relay;

/// <summary>A stretch of bad wire: passes bytes between the module and a server, and does to them what its toxic says.</summary>
internal sealed class TcpRelay : IDisposable
{
    private static readonly TimeSpan DownFor = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan SlowToClose = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan SwallowFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SliceGap = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Toxic? _toxic;
    private readonly int _bytes;
    private int _left;

    /// <param name="server">Where it leads to.</param>
    /// <param name="toxic">What it does; null = nothing.</param>
    /// <param name="bytes">The toxic's measure: bytes a second, in a slice, or before the end.</param>
    /// <param name="connections">How many connections it strikes; later ones are passed as they are.</param>
    public TcpRelay(Uri server, Toxic? toxic = null, int bytes = 0, int connections = int.MaxValue)
    {
        (_server, _toxic, _bytes, _left) = (new IPEndPoint(IPAddress.Parse(server.Host), server.Port), toxic, bytes, connections);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Uri = new UriBuilder(server) { Port = ((IPEndPoint)_listener.LocalEndPoint!).Port }.Uri;
        _ = AcceptAsync();
    }

    /// <summary>The server's address, by way of the relay.</summary>
    public Uri Uri { get; }

    /// <summary>How many connections it has struck.</summary>
    public int Struck { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            if (_toxic == Toxic.Down)
            {
                // A port that is taken but not listened on refuses
                await Task.Delay(DownFor, _stop.Token);
                Struck = 1;
            }
            _listener.Listen();
            while (true) _ = PassAsync(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over
        }
    }

    private async Task PassAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(_server, _stop.Token);
                Toxic? toxic = _left-- > 0 ? _toxic : null;
                if (toxic is not null) Struck++;
                Task request = toxic == Toxic.Timeout ? SwallowAsync(client, server) : CopyAsync(client, server, toxic, isReply: false);
                await Task.WhenAll(request, CopyAsync(server, client, toxic, isReply: true));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One end went away: with the other it is over too
            }
        }
    }

    private async Task SwallowAsync(Socket client, Socket server)
    {
        await client.ReceiveAsync(new byte[16 * 1024], _stop.Token);
        await Task.Delay(SwallowFor, _stop.Token);
        client.Close();
        server.Close();
    }

    private async Task CopyAsync(Socket from, Socket to, Toxic? toxic, bool isReply)
    {
        byte[] buffer = new byte[64 * 1024];
        long passed = 0;
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and int read)
        {
            if (toxic == Toxic.Latency) await Task.Delay(Late, _stop.Token);
            int room = isReply && toxic is Toxic.Reset or Toxic.Limit ? (int)Math.Min(_bytes - passed, read) : read;
            await SendAsync(to, buffer.AsMemory(0, room), toxic);
            passed += room;
            if (room == read) continue;
            if (toxic == Toxic.Reset) to.LingerState = new LingerOption(true, 0);
            to.Close();
            from.Close();
            return;
        }
        if (toxic == Toxic.SlowClose) await Task.Delay(SlowToClose, _stop.Token);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, Toxic? toxic)
    {
        (int piece, TimeSpan pause) = toxic switch
        {
            Toxic.Bandwidth => (Math.Max(1, _bytes / 10), Second / 10),
            Toxic.Slicer => (_bytes, SliceGap),
            _ => (bytes.Length, TimeSpan.Zero),
        };
        for (int sent = 0; sent < bytes.Length; sent += piece)
        {
            await to.SendAsync(bytes.Slice(sent, Math.Min(piece, bytes.Length - sent)), _stop.Token);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, _stop.Token);
        }
    }
}
