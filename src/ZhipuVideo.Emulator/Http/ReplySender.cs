using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using ZhipuVideo.Emulator.Faults;

namespace ZhipuVideo.Emulator.Http;

/// <summary>Puts a reply on the wire, with what faults do to it there: late, slow, cut off, or not at all.</summary>
internal sealed class ReplySender(EmulatorState state, TimeProvider time)
{
    /// <summary>A trickle comes in so many pieces a second.</summary>
    private const int TrickleRate = 10;

    /// <summary>How long a client may take to close its side after ours is closed.</summary>
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

    public async Task SendAsync(HttpContext context, ReceivedRequest request, Reply reply)
    {
        Struck faults = request.Struck;
        if (request.Origin == Origin.Api && state.Settings.Latency > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(state.Settings.Latency), time, context.RequestAborted);
        foreach (Fault fault in faults.Faults)
            if (fault.Kind == FaultKind.Delay) await Task.Delay(TimeSpan.FromSeconds(fault.Seconds), time, context.RequestAborted);
        if (faults.Has(FaultKind.Hang)) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        Fault? drop = faults.Drop;
        if (drop is not null || state.Settings.Outage == Outage.Drop)
        {
            await CloseAsync(context, request, drop?.Reset ?? false);
            return;
        }
        reply = FaultyReply.Spoil(reply, faults);
        HttpResponse response = context.Response;
        response.StatusCode = request.Status = reply.Status;
        response.ContentType = reply.ContentType;
        foreach ((string name, string value) in reply.Headers) response.Headers[name] = value;
        if (!faults.Has(FaultKind.Chunked)) response.ContentLength = reply.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;

        Fault? cut = faults.Of(FaultKind.Cut);
        IEnumerable<ReadOnlyMemory<byte>> pieces = cut is null ? reply.Pieces : FaultyReply.Take(reply.Pieces, cut.Bytes);
        foreach ((ReadOnlyMemory<byte> piece, bool last) in WithLast(pieces))
        {
            // Who has the last byte may ask again at once, and must not count as two
            if (last) state.Finish(request);
            if (faults.Of(FaultKind.Slow) is { } slow) await TrickleAsync(context, request, piece, slow.Bytes);
            else await WriteAsync(context, request, piece);
        }
        if (cut is null) return;
        await response.Body.FlushAsync(context.RequestAborted);
        await CloseAsync(context, request, cut.Reset);
    }

    /// <summary>Closes the connection: in order (FIN) unless it is to be reset.</summary>
    private async Task CloseAsync(HttpContext context, ReceivedRequest request, bool reset)
    {
        state.Finish(request);
        if (!reset && context.Features.Get<IConnectionSocketFeature>()?.Socket is { Connected: true } socket)
        {
            socket.Shutdown(SocketShutdown.Send);
            // Closing at once would turn the orderly end into a reset; a client that has seen the end closes its side
            TaskCompletionSource closed = new TaskCompletionSource();
            await using CancellationTokenRegistration registration = context.RequestAborted.Register(closed.SetResult);
            await Task.WhenAny(closed.Task, Task.Delay(ClosePatience));
        }
        context.Abort();
    }

    private static IEnumerable<(ReadOnlyMemory<byte> Piece, bool Last)> WithLast(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        ReadOnlyMemory<byte>? held = null;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            if (held is { } before) yield return (before, false);
            held = piece;
        }
        if (held is { } last) yield return (last, true);
    }

    private async Task TrickleAsync(HttpContext context, ReceivedRequest request, ReadOnlyMemory<byte> piece, long bytesPerSecond)
    {
        int step = (int)Math.Max(bytesPerSecond / TrickleRate, 1);
        for (int at = 0; at < piece.Length; at += step)
        {
            ReadOnlyMemory<byte> part = piece.Slice(at, Math.Min(step, piece.Length - at));
            await WriteAsync(context, request, part);
            await Task.Delay(TimeSpan.FromSeconds((double)part.Length / bytesPerSecond), time, context.RequestAborted);
        }
    }

    private async Task WriteAsync(HttpContext context, ReceivedRequest request, ReadOnlyMemory<byte> piece)
    {
        request.BytesSent += piece.Length;
        if (request.Origin == Origin.Files) state.CountBytes(piece.Length);
        await context.Response.Body.WriteAsync(piece, context.RequestAborted);
    }
}
