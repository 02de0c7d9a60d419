using Llkd.Documents;

namespace Llkd.Labels;

/// <summary>Labels texts and says how sure it is. Implementations live in Llkd.Teachers.</summary>
public interface ITeacher
{
    /// <summary>What the teacher is: everything that can change its answers, and nothing else.</summary>
    TeacherFingerprint Fingerprint { get; }

    /// <summary>
    /// Whether a document it failed on would fail again, so that asking again is no use; a teacher with another table or
    /// prompt has another fingerprint. Default: no.
    /// </summary>
    bool FailsForGood => false;

    /// <summary>
    /// Labels a stream of documents. Answers may come in any order; each names its document by key, and every
    /// document gets exactly one answer (a label or a named failure). A document the teacher has nothing to say about
    /// (no recorded label) gets a failure, never an exception.
    /// </summary>
    IAsyncEnumerable<TeacherLabel> LabelAsync(IAsyncEnumerable<Document> documents, CancellationToken cancellationToken);
}

/// <summary>Identity of a teacher: journal rows of different fingerprints never mix.</summary>
/// <param name="Description">Canonical JSON: kind, model, prompt template, examples, options; no secrets, no machine paths.</param>
public sealed record TeacherFingerprint(string Description)
{
    /// <summary>SHA-256 of the description, 64 lower-case hexadecimal digits.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Description)));
}

/// <summary>One answer of a teacher.</summary>
/// <param name="Key">The document it belongs to.</param>
/// <param name="Distribution">The teacher's distribution q over the labels, [classes], summing to 1; null where it failed.</param>
/// <param name="RawReply">What the teacher said, where it says something (an LLM's reply).</param>
/// <param name="PromptTokens">Tokens read; 0 for teachers that count none.</param>
/// <param name="CompletionTokens">Tokens written; 0 for teachers that count none.</param>
/// <param name="Failure">Why there is no distribution; null where there is one.</param>
/// <param name="Evidence">What an LLM's distribution was read from, such as "log-probabilities"; null for other teachers.</param>
/// <param name="Unseen">Probability of the tokens that the endpoint did not list, shared among the labels not seen, in [0, 1]; null where there are no log-probabilities.</param>
/// <param name="Calls">Requests that were answered for this; 0 for teachers that make none.</param>
public sealed record TeacherLabel(
    DocumentKey Key, float[]? Distribution, string? RawReply = null,
    int PromptTokens = 0, int CompletionTokens = 0, string? Failure = null,
    string? Evidence = null, float? Unseen = null, int Calls = 0);
