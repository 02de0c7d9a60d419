using System.ClientModel;
using Llkd.Teachers.Calls;

namespace Llkd.Teachers.Models;

/// <summary>
/// A request's body that is counted at the last moment: all but its last byte is written, then it is counted, then the last
/// byte goes out. An endpoint cannot answer what it has not read whole, so no request that it answers is uncounted, and only
/// a kill between two system calls leaves one counted that it never saw.
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
        await stream.WriteAsync(body[..^1], cancellationToken).ConfigureAwait(false);
        calls.Sent();
        await stream.WriteAsync(body[^1..], cancellationToken).ConfigureAwait(false);
        // The connection would do it, after some more work.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void WriteTo(Stream stream, CancellationToken cancellationToken = default)
    {
        stream.Write(body.Span[..^1]);
        calls.Sent();
        stream.Write(body.Span[^1..]);
        stream.Flush();
    }

    public override void Dispose() { }
}
