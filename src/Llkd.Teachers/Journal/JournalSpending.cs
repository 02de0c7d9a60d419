namespace Llkd.Teachers;

/// <summary>What labelling has cost so far, over all sessions of one teacher, killed ones included.</summary>
/// <param name="Asked">Documents handed to the teacher, as of each session's last commit.</param>
/// <param name="Answers">Answers that came back, failures included.</param>
/// <param name="Rows">Answers that made a row, or replaced a failure.</param>
/// <param name="PromptTokens">Tokens read, of every answer.</param>
/// <param name="CompletionTokens">Tokens written, of every answer.</param>
/// <param name="Seconds">Time spent labelling.</param>
/// <param name="Calls">Requests whose answers are in the journal; 0 for teachers that make none.</param>
/// <param name="Sent">Requests sent, those of killed sessions included.</param>
/// <param name="Refused">Requests among them that the endpoint refused with an error status.</param>
public readonly record struct JournalSpending(
    long Asked, long Answers, long Rows, long PromptTokens, long CompletionTokens, double Seconds,
    long Calls = 0, long Sent = 0, long Refused = 0)
{
    /// <summary>
    /// Requests that were neither refused nor ended in a journalled answer: the process was killed, the connection
    /// broke, or the reply was unusable. They may have been paid for, and were or will be made again.
    /// </summary>
    public long Lost => Math.Max(0, Sent - Refused - Calls);

    /// <summary>Answers whose document had a label already: paid for twice.</summary>
    public long PaidTwice => Answers - Rows;

    /// <summary>
    /// Documents handed to a teacher whose answer never got here, because the session was killed or cancelled: these
    /// may have been paid for, and are asked about again.
    /// </summary>
    public long Unanswered => Asked - Answers;
}
