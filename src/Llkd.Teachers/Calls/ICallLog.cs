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
