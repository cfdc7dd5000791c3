using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ZhipuVideo.Tests;

/// <summary>
/// A web server on a bare socket, for faults that no web server would make: every byte of an answer, and every cut, stall and reset, is
/// the script's. It reads each request, hands it to the script with the connection, and goes on with the next request unless the script
/// closed the connection. It listens on loopback only, on a free port.
/// </summary>
public sealed class RawServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<RawRequest> _requests = new();
    private readonly ConcurrentDictionary<RawConnection, bool> _open = new();
    private readonly Func<RawRequest, RawConnection, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly bool _readBodies;
    private int _connections;

    /// <param name="script">Answers one request.</param>
    /// <param name="certificate">With one, the server speaks TLS.</param>
    /// <param name="readBodies">False: the script reads a request's body itself (<see cref="RawConnection.ReadBodyAsync"/>), or
    /// never.</param>
    public RawServer(Func<RawRequest, RawConnection, Task> script, X509Certificate2? certificate = null, bool readBodies = true)
    {
        (_script, _certificate, _readBodies) = (script, certificate, readBodies);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Origin => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <summary>All requests so far, in the order in which they were read.</summary>
    public IReadOnlyList<RawRequest> Requests => [.. _requests];

    /// <summary>How many connections were made so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many connections are open now.</summary>
    public int OpenConnections => _open.Count;

    /// <summary>Whether anything was received on a connection that is open.</summary>
    public bool IsSpokenTo => _open.Keys.Any(connection => connection.HasReceived);

    /// <summary>The first mistake of the script itself, which a test should look at when nothing else explains a failure.</summary>
    public Exception? ScriptFault { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        Reset();
    }

    /// <summary>Ends all connections.</summary>
    public void Reset()
    {
        foreach (RawConnection connection in _open.Keys) connection.Reset();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        RawConnection connection = new(socket, Interlocked.Increment(ref _connections), _stop.Token);
        _open[connection] = true;
        try
        {
            if (_certificate is not null)
            {
                SslStream secure = new(stream);
                stream = secure;
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            }
            connection.Stream = stream;
            while (!connection.IsClosed && await connection.ReadRequestAsync() is { } request)
            {
                if (_readBodies) await connection.ReadBodyAsync(request);
                _requests.Enqueue(request);
                await _script(request, connection);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
        {
            // The client went away, or the server was stopped
        }
        catch (Exception e)
        {
            ScriptFault ??= e;
        }
        finally
        {
            _open.TryRemove(connection, out _);
            await stream.DisposeAsync();
        }
    }
}

/// <summary>A request as it came over the wire.</summary>
public sealed class RawRequest
{
    internal RawRequest(string head, int connection)
    {
        (Head, Connection) = (head, connection);
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ');
        (Method, Target) = (words[0], words[1]);
        foreach (string[] pair in lines.Skip(1).Select(line => line.Split(':', 2))) Headers[pair[0]] = pair[1].Trim();
    }

    /// <summary>The request line and the headers, byte for byte.</summary>
    public string Head { get; }

    /// <summary>The number of its connection, from 1.</summary>
    public int Connection { get; }

    public string Method { get; }

    /// <summary>Path and query.</summary>
    public string Target { get; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body; empty when there is none or it was not read.</summary>
    public byte[] Body { get; internal set; } = [];

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A header, or null.</summary>
    public string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>First and last byte of the Range header; the last is null for "to the end".</summary>
    public (long From, long? To)? Range =>
        this["Range"]?["bytes=".Length..].Split('-') is [string from, string to]
            ? (long.Parse(from, CultureInfo.InvariantCulture), to.Length == 0 ? null : long.Parse(to, CultureInfo.InvariantCulture))
            : null;
}

/// <summary>The server's end of a connection: sends bytes, or misbehaves.</summary>
public sealed class RawConnection
{
    private readonly Socket _socket;
    private readonly CancellationToken _stop;
    private readonly byte[] _received = new byte[64 * 1024];
    private int _start;
    private int _end;

    internal RawConnection(Socket socket, int number, CancellationToken stop) => (_socket, Number, _stop) = (socket, number, stop);

    public int Number { get; }

    public Stream Stream { get; internal set; } = Stream.Null;

    internal bool IsClosed { get; private set; }

    internal bool HasReceived => _end > 0;

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes, _stop).AsTask();

    /// <summary>Sends a whole answer with its length.</summary>
    public async Task AnswerAsync(int status, string body = "", string headers = "", string contentType = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await SendAsync($"HTTP/1.1 {status} X\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\n{headers}\r\n");
        await SendAsync(bytes);
    }

    /// <summary>Sends bytes a few at a time.</summary>
    public async Task TrickleAsync(ReadOnlyMemory<byte> bytes, int size, TimeSpan pause)
    {
        for (int sent = 0; sent < bytes.Length; sent += size)
        {
            await SendAsync(bytes.Slice(sent, Math.Min(size, bytes.Length - sent)));
            await Task.Delay(pause, _stop);
        }
    }

    /// <summary>Ends the connection in order: what was sent arrives, then the end (FIN).</summary>
    public void Cut()
    {
        IsClosed = true;
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends the connection with a reset (RST): what the client has not read yet may be lost.</summary>
    public void Reset()
    {
        IsClosed = true;
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
            _socket.Close();
        }
        catch (ObjectDisposedException)
        {
            // The client was first
        }
    }

    /// <summary>Neither sends nor reads any more: what the client still sends fills up the wire.</summary>
    public Task HoldAsync() => Task.Delay(Timeout.Infinite, _stop);

    /// <summary>Sends nothing more until the client goes away.</summary>
    public async Task StallAsync()
    {
        IsClosed = true;
        while (await Stream.ReadAsync(_received, _stop) > 0)
        {
        }
    }

    /// <summary>From here on it is a wire to a port of this machine.</summary>
    public async Task TunnelAsync(int port)
    {
        IsClosed = true;
        using TcpClient target = new();
        await target.ConnectAsync(IPAddress.Loopback, port, _stop);
        NetworkStream there = target.GetStream();
        await Task.WhenAny(Stream.CopyToAsync(there, _stop), there.CopyToAsync(Stream, _stop));
    }

    /// <summary>Reads a request up to its empty line; null at the end of the connection.</summary>
    internal async Task<RawRequest?> ReadRequestAsync()
    {
        StringBuilder head = new();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int next = await NextAsync();
            if (next < 0) return null;
            head.Append((char)next);
        }
        return new RawRequest(head.ToString(), Number);
    }

    /// <summary>Reads the body of a request, by its length or its chunks.</summary>
    public async Task ReadBodyAsync(RawRequest request)
    {
        if (string.Equals(request["Expect"], "100-continue", StringComparison.OrdinalIgnoreCase)) await SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        if (request["Content-Length"] is { } length) request.Body = await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture));
        if (!string.Equals(request["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase)) return;
        MemoryStream body = new();
        int size;
        do
        {
            size = int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadAsync(size));
            await ReadLineAsync();
        }
        while (size > 0);
        request.Body = body.ToArray();
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte)await NextAsync(orEnd: false);
        return bytes;
    }

    private async Task<string> ReadLineAsync()
    {
        StringBuilder line = new();
        while (await NextAsync(orEnd: false) is not '\n' and int next) line.Append((char)next);
        return line.ToString().TrimEnd('\r');
    }

    private async ValueTask<int> NextAsync(bool orEnd = true)
    {
        if (_start == _end) (_start, _end) = (0, await Stream.ReadAsync(_received, _stop));
        return _end > 0 ? _received[_start++] : orEnd ? -1 : throw new EndOfStreamException();
    }
}
