using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>
/// A web server on a bare socket, for faults that no web server would make: every byte of an answer, and every cut, stall and reset, is
/// the script's. It reads each request, hands it to the script with the connection, and goes on with the next request unless the script
/// closed the connection. It listens on loopback only, on a free port.
/// </summary>
internal sealed class RawServer : IDisposable
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
    internal RawServer(Func<RawRequest, RawConnection, Task> script, X509Certificate2? certificate = null, bool readBodies = true)
    {
        _script = script;
        _certificate = certificate;
        _readBodies = readBodies;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _ = AcceptAsync();
    }

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    internal string Origin => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <summary>All requests so far, in the order in which they were read.</summary>
    internal IReadOnlyList<RawRequest> Requests => [.. _requests];

    /// <summary>How many connections were made so far.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>How many connections are open now.</summary>
    internal int OpenConnections => _open.Count;

    /// <summary>The first mistake of the script itself, which a test should look at when nothing else explains a failure.</summary>
    internal Exception? ScriptFault { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        foreach (RawConnection connection in _open.Keys)
        {
            connection.Reset();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                _ = ServeAsync(socket, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        var connection = new RawConnection(socket, number, _stop.Token);
        _open[connection] = true;
        try
        {
            if (_certificate is not null)
            {
                var secure = new SslStream(stream);
                stream = secure;
                var options = new SslServerAuthenticationOptions { ServerCertificate = _certificate };
                await secure.AuthenticateAsServerAsync(options, _stop.Token);
            }

            connection.Stream = stream;
            while (!connection.IsClosed && await connection.ReadRequestAsync() is RawRequest request)
            {
                if (_readBodies)
                {
                    await connection.ReadBodyAsync(request);
                }

                _requests.Enqueue(request);
                await _script(request, connection);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
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
internal sealed class RawRequest
{
    internal RawRequest(string head, int connection)
    {
        Head = head;
        Connection = connection;
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ');
        Method = words[0];
        Target = words[1];
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            Headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    /// <summary>The request line and the headers, byte for byte.</summary>
    internal string Head { get; }

    /// <summary>The number of its connection, from 1.</summary>
    internal int Connection { get; }

    internal string Method { get; }

    /// <summary>Path and query.</summary>
    internal string Target { get; }

    internal Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body; empty when there is none or it was not read.</summary>
    internal byte[] Body { get; set; } = [];

    internal string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A header, or null.</summary>
    internal string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>First and last byte of the Range header; the last is null for "to the end".</summary>
    internal (long From, long? To)? Range
    {
        get
        {
            if (this["Range"] is not string range)
            {
                return null;
            }

            string[] ends = range["bytes=".Length..].Split('-');
            long from = long.Parse(ends[0], CultureInfo.InvariantCulture);
            return (from, ends[1].Length == 0 ? null : long.Parse(ends[1], CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>The server's end of a connection: sends bytes, or misbehaves.</summary>
internal sealed class RawConnection(Socket socket, int number, CancellationToken stop)
{
    private readonly byte[] _received = new byte[64 * 1024];
    private int _start;
    private int _end;

    internal int Number { get; } = number;

    internal bool IsClosed { get; private set; }

    internal Stream Stream { get; set; } = Stream.Null;

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal Task SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes, stop).AsTask();

    /// <summary>Sends a whole answer with its length.</summary>
    internal async Task AnswerAsync(int status, string body = "", string headers = "", string contentType = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await SendAsync($"HTTP/1.1 {status} X\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\n{headers}\r\n");
        await SendAsync(bytes);
    }

    /// <summary>Sends bytes a few at a time.</summary>
    internal async Task TrickleAsync(ReadOnlyMemory<byte> bytes, int size, TimeSpan pause)
    {
        for (int sent = 0; sent < bytes.Length; sent += size)
        {
            await SendAsync(bytes.Slice(sent, Math.Min(size, bytes.Length - sent)));
            await Task.Delay(pause, stop);
        }
    }

    /// <summary>Ends the connection in order: what was sent arrives, then the end (FIN).</summary>
    internal void Cut()
    {
        IsClosed = true;
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Ends the connection with a reset (RST): what the client has not read yet may be lost.</summary>
    internal void Reset()
    {
        IsClosed = true;
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        catch (ObjectDisposedException)
        {
            // The client was first
        }
    }

    /// <summary>Neither sends nor reads any more: what the client still sends fills up the wire.</summary>
    internal Task HoldAsync() => Task.Delay(Timeout.Infinite, stop);

    /// <summary>Sends nothing more until the client goes away.</summary>
    internal async Task StallAsync()
    {
        IsClosed = true;
        while (await Stream.ReadAsync(_received, stop) > 0)
        {
        }
    }

    /// <summary>From here on it is a wire to a port of this machine.</summary>
    internal async Task TunnelAsync(int port)
    {
        IsClosed = true;
        using var target = new TcpClient();
        await target.ConnectAsync(IPAddress.Loopback, port, stop);
        NetworkStream there = target.GetStream();
        await Task.WhenAny(Stream.CopyToAsync(there, stop), there.CopyToAsync(Stream, stop));
    }

    /// <summary>Reads a request up to its empty line; null at the end of the connection.</summary>
    internal async Task<RawRequest?> ReadRequestAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await NextAsync() is not byte next)
            {
                return null;
            }

            head.Append((char)next);
        }

        return new RawRequest(head.ToString(), Number);
    }

    /// <summary>Reads the body of a request, by its length or its chunks.</summary>
    internal async Task ReadBodyAsync(RawRequest request)
    {
        if (string.Equals(request["Expect"], "100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        }

        if (request["Content-Length"] is string length)
        {
            request.Body = await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture));
        }
        else if (string.Equals(request["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase))
        {
            var body = new MemoryStream();
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
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = await NextAsync() ?? throw new EndOfStreamException();
        }

        return bytes;
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            char next = (char)(await NextAsync() ?? throw new EndOfStreamException());
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(next);
        }
    }

    private async ValueTask<byte?> NextAsync()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await Stream.ReadAsync(_received, stop);
            if (_end == 0)
            {
                return null;
            }
        }

        return _received[_start++];
    }
}
