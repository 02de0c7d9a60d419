using System.Net.Sockets;
using Llkd.Documents;
using Llkd.Labels;

namespace Llkd.Teachers.Calls;

/// <summary>Counts requests where a killed process cannot lose them. Safe to use from several threads at once.</summary>
public interface ICallLog
{
    /// <summary>A request is about to be sent, or about to be sent to its end.</summary>
    void Sent();

    /// <summary>A request was refused (an error status), so that it cost nothing.</summary>
    void Refused();

    /// <summary>A request never reached the endpoint.</summary>
    void NotSent();
}

/// <summary>Counts requests in the system call that sends them, so that no kill comes between the two.</summary>
internal interface ISendingCallLog : ICallLog
{
    /// <summary>Whether that can be done here.</summary>
    bool CountsAsItSends { get; }

    /// <summary>Sends the end of a request, and counts the request if the whole of it is taken.</summary>
    /// <param name="socket">A connected socket.</param>
    /// <param name="end">At least one byte.</param>
    /// <param name="sent">How many bytes were taken without waiting; 0 where there is no room for any as yet.</param>
    /// <returns>Whether the socket works; false where it has an error, the log is closed, or it cannot count in this way.</returns>
    /// <exception cref="IOException">What was sent cannot be counted; the connection is of no use any more.</exception>
    bool TrySend(SafeSocketHandle socket, ReadOnlySpan<byte> end, out int sent);
}

/// <summary>A teacher whose answers are requests that cost money.</summary>
public interface ICallingTeacher : ITeacher
{
    /// <summary>
    /// As <see cref="ITeacher.LabelAsync"/>, with every request counted. When cancelled it asks about no further
    /// document, but hands out the answers that are on their way before it throws, as they are paid for.
    /// </summary>
    IAsyncEnumerable<TeacherLabel> LabelAsync(IAsyncEnumerable<Document> documents, ICallLog calls, CancellationToken cancellationToken);
}

/// <summary>Counts nothing.</summary>
internal sealed class NoCallLog : ICallLog
{
    public static readonly NoCallLog Instance = new();
    public void Sent() { }
    public void Refused() { }
    public void NotSent() { }
}
