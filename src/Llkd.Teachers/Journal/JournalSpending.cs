namespace Llkd.Teachers;

/// <summary>What labelling has cost so far, over all sessions of one teacher, killed ones included.</summary>
/// <param name="Asked">Documents handed to the teacher, as of each session's last commit.</param>
/// <param name="Answers">Answers that came back, failures included.</param>
/// <param name="Rows">Answers that made a row, or replaced a failure.</param>
/// <param name="PromptTokens">Tokens read, of every answer.</param>
/// <param name="CompletionTokens">Tokens written, of every answer.</param>
/// <param name="Seconds">Time spent labelling.</param>
public readonly record struct JournalSpending(
    long Asked, long Answers, long Rows, long PromptTokens, long CompletionTokens, double Seconds)
{
    /// <summary>Answers whose document had a label already: paid for twice.</summary>
    public long PaidTwice => Answers - Rows;

    /// <summary>
    /// Documents handed to a teacher whose answer never got here, because the session was killed or cancelled: these
    /// may have been paid for, and are asked about again.
    /// </summary>
    public long Unanswered => Asked - Answers;
}
