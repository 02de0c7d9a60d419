using System.Globalization;
using System.Runtime.CompilerServices;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers;

namespace Llkd.Teachers.Labeller;

/// <summary>A teacher whose answer follows from the document's key alone, so that every row of a journal can be checked.</summary>
public sealed class KeyTeacher : ITeacher
{
    /// <summary>Task the labels are for.</summary>
    public const string Task = "keys";

    /// <summary>Its labels.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["zero", "one", "two"];

    /// <inheritdoc/>
    public TeacherFingerprint Fingerprint { get; } = new("""{"kind":"key"}""");

    /// <summary>The answer to one document: q is 0.5 for the key's remainder by 3; every 50th key is a failure; one prompt token.</summary>
    public static TeacherLabel Answer(DocumentKey key)
    {
        if (key.High % 50 == 0) return new TeacherLabel(key, null, "?", 1, 1, "no answer");
        float[] q = [0.25f, 0.25f, 0.25f];
        q[(int)(key.Low % 3)] = 0.5f;
        return new TeacherLabel(key, q, string.Create(CultureInfo.InvariantCulture, $"{key.Low % 3}"), 1, 1);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TeacherLabel> LabelAsync(
        IAsyncEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Document document in documents.WithCancellation(cancellationToken))
            yield return Answer(document.Key);
    }
}

/// <summary>Made-up documents.</summary>
public static class SampleDocuments
{
    /// <summary>So many distinct documents, the same ones every time.</summary>
    public static Document[] Make(int count) => [.. Enumerable.Range(1, count).Select(row =>
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"document {row}");
        return new Document(DocumentKey.Of(text), row, null, text, -1);
    })];
}

/// <summary>Prints every commit at once.</summary>
public sealed class CommitPrinter : IProgress<LabellingProgress>
{
    /// <inheritdoc/>
    public void Report(LabellingProgress value)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"committed {value.Done - value.Failed}"));
        Console.Out.Flush();
    }
}
