using System.Net;
using System.Net.Sockets;

namespace ZhipuVideo.Benchmarks.Download;

/// <summary>
/// The other end of the download benchmark, in a process of its own so that its work is nobody's CPU seconds: sends files from the page
/// cache by sendfile, a thread per connection. <c>?rate=</c> makes the whole server one line of so many bytes a second, <c>?cut=</c> ends
/// a connection after so many bytes of body.
/// </summary>
internal sealed class FileServer(string folder)
{
    private const int Slice = 64 * 1024;

    private readonly object _line = new();
    private long _lineFree;

    /// <summary>Serves a folder until standard input ends; says its port first.</summary>
    internal static void Run(string folder)
    {
        FileServer server = new FileServer(folder);
        using Socket listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(64);
        new Thread(() =>
        {
            while (true)
            {
                Socket client = listener.Accept();
                new Thread(() => server.Serve(client)) { IsBackground = true }.Start();
            }
        })
        { IsBackground = true }.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        Console.In.ReadToEnd();
    }

    private void Serve(Socket client)
    {
        using (client)
        {
            client.NoDelay = true;
            byte[] buffer = new byte[16 * 1024];
            try
            {
                int count;
                while ((count = client.Receive(buffer)) > 0 && Answer(client, Encoding.ASCII.GetString(buffer, 0, count)))
                {
                }
            }
            catch (SocketException)
            {
                // The client has what it wants
            }
        }
    }

    private bool Answer(Socket client, string head)
    {
        string[] target = head.Split(' ')[1].Split('?', '&', '=');
        long rate = Option(target, "rate");
        long cut = Option(target, "cut");
        using FileStream file = File.OpenRead(folder + target[0]);
        int range = head.IndexOf("bytes=", StringComparison.Ordinal);
        long from = range < 0 ? 0 : long.Parse(head[(range + 6)..head.IndexOf('-', range)], CultureInfo.InvariantCulture);
        client.Send(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {(range < 0 ? "200 OK" : $"206 X\r\nContent-Range: bytes {from}-{file.Length - 1}/{file.Length}")}\r\n"
            + $"Content-Type: video/mp4\r\nETag: \"1\"\r\nContent-Length: {file.Length - from}\r\n\r\n"));
        long to = cut > 0 ? Math.Min(file.Length, from + cut) : file.Length;
        if (rate == 0) SendSlice(client, file, from, to - from);
        for (; rate > 0 && from < to; from += Slice)
        {
            long count = Math.Min(Slice, to - from);
            WaitForLine(count, rate);
            SendSlice(client, file, from, count);
        }
        return to == file.Length;
    }

    // What the line could have carried while nobody sent is lost, as on any line; but 20 ms of it queue up, because this thread is woken
    // late
    private void WaitForLine(long count, long rate)
    {
        lock (_line)
        {
            long oldest = Stopwatch.GetTimestamp() - (Stopwatch.Frequency / 50);
            _lineFree = Math.Max(_lineFree, oldest) + (count * Stopwatch.Frequency / rate);
            while (Stopwatch.GetTimestamp() < _lineFree) Thread.Sleep(1);
        }
    }

    private static void SendSlice(Socket client, FileStream file, long offset, long count)
    {
        // One call of the system's sendfile for each slice, without a copy through this process
        while (count > 0)
        {
            nint sent = Native.SendFile(client.SafeHandle, file.SafeFileHandle, ref offset, (nint)Math.Min(count, 1 << 20));
            if (sent <= 0) throw new SocketException();
            count -= sent;
        }
    }

    private static long Option(string[] target, string name)
    {
        int index = Array.IndexOf(target, name);
        return index < 0 ? 0 : long.Parse(target[index + 1], CultureInfo.InvariantCulture);
    }
}
