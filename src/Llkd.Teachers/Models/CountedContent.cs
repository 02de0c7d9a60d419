using System.ClientModel;
using Llkd.Teachers.Calls;

namespace Llkd.Teachers.Models;

/// <summary>
/// A request's body whose last piece is counted when it goes out: <see cref="CountedConnection"/> sends and counts it in one
/// system call where it can. An endpoint cannot answer what it has not read whole, so every request that it answers is counted.
/// </summary>
internal sealed class CountedContent(ReadOnlyMemory<byte> body, ICallLog calls) : BinaryContent
{
    public override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }

    public override async Task WriteToAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        // SocketsHttpHandler copies a single byte into its buffer and sends it when it is flushed (tested for many lengths of bodies).
        await stream.WriteAsync(body[..^1], cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(body[^1..], cancellationToken).ConfigureAwait(false);
        using var end = new RequestEnd(calls);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        end.Complete();
    }

    public override void WriteTo(Stream stream, CancellationToken cancellationToken = default)
    {
        stream.Write(body.Span[..^1]);
        stream.Write(body.Span[^1..]);
        using var end = new RequestEnd(calls);
        stream.Flush();
        end.Complete();
    }

    public override void Dispose() { }
}
