using System.Net.Sockets;
using Llkd.Teachers.Calls;

namespace Llkd.Teachers.Models;

/// <summary>A connection that counts the requests that end on it (<see cref="RequestEnd"/>).</summary>
internal sealed class CountedConnection : NetworkStream
{
    /// <summary>How long to wait for room in the socket's buffer, for one byte.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(1);

    private CountedConnection(Socket socket) : base(socket, ownsSocket: true) { }

    /// <summary>Connects, as <see cref="SocketsHttpHandler"/> would.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new CountedConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.Length > 0 && RequestEnd.Take() is { } calls ? WriteEndAsync(calls, buffer, cancellationToken) : base.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length == 0 || RequestEnd.Take() is not { } calls)
        {
            base.Write(buffer);
            return;
        }
        if (calls is not ISendingCallLog { CountsAsItSends: true } log)
        {
            calls.Sent();
            base.Write(buffer);
            return;
        }
        while (log.TrySend(Socket.SafeHandle, buffer, out int sent))
        {
            buffer = buffer[sent..];
            if (buffer.Length == 0) return;
            base.Write(buffer[..^1]);
            buffer = buffer[^1..];
            if (sent == 0) Thread.Sleep(Wait);
        }
        // The socket's own error, which this throws.
        base.Write(buffer);
        calls.Sent();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    private async ValueTask WriteEndAsync(ICallLog calls, ReadOnlyMemory<byte> end, CancellationToken cancellationToken)
    {
        if (calls is not ISendingCallLog { CountsAsItSends: true } log)
        {
            calls.Sent();
            await base.WriteAsync(end, cancellationToken).ConfigureAwait(false);
            return;
        }
        while (log.TrySend(Socket.SafeHandle, end.Span, out int sent))
        {
            end = end[sent..];
            if (end.Length == 0) return;
            // All but the last byte may wait for room.
            await base.WriteAsync(end[..^1], cancellationToken).ConfigureAwait(false);
            end = end[^1..];
            if (sent == 0) await Task.Delay(Wait, cancellationToken).ConfigureAwait(false);
        }
        await base.WriteAsync(end, cancellationToken).ConfigureAwait(false);
        calls.Sent();
    }
}
