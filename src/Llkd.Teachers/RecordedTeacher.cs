using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Recorded;

namespace Llkd.Teachers;

/// <summary>
/// A teacher whose answers were made elsewhere and are read from a table. A document with an id takes the row of that
/// id, where the table has ids; otherwise the row of exactly its text. Where the row of its id has another text, the ids of
/// the two tables do not mean the same: that row is not taken, but the row of its text if there is one. Probabilities are taken as they are; a label with
/// a confidence leaves the rest evenly to the other labels; a label alone is certain.
/// </summary>
public sealed class RecordedTeacher : ITeacher
{
    /// <summary>The failure of a document without a row, or whose row has an empty label.</summary>
    public const string NoLabel = "no recorded label";

    /// <summary>Raised whenever the same table gives other answers than before.</summary>
    private const int AlgorithmVersion = 2;

    private readonly RecordedAnswers<string> _byId = new();
    private readonly RecordedAnswers<DocumentKey> _byText = new();
    private readonly Dictionary<string, DocumentKey> _textOfId = [];
    private readonly bool _hasIds;
    private readonly string _file;
    private long _otherTexts;

    /// <summary>Reads the rows, once and to the end.</summary>
    /// <param name="rows">The table's rows.</param>
    /// <param name="labels">The task's labels, at least two, in the order of the rows' probabilities.</param>
    /// <param name="file">Name of the table, for messages.</param>
    /// <exception cref="InputException">A row has neither id nor text, an unknown label, or numbers that are no probabilities; or there is no row.</exception>
    public RecordedTeacher(IEnumerable<RecordedRow> rows, IReadOnlyList<TaskLabel> labels, string file)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels.Count, 2);
        _file = file;
        var distributions = new RecordedDistribution(labels, file);
        using var content = new RecordedContent();
        foreach (RecordedRow row in rows)
        {
            content.Add(row);
            Rows++;
            bool hasId = !string.IsNullOrWhiteSpace(row.Id), hasText = !string.IsNullOrEmpty(row.Text);
            if (!hasId && !hasText)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{file}, row {row.Row}: the recorded row has neither an id nor a text, so it belongs to no document. Name the columns as the task does (`data.id`, `data.text`)."));
            _hasIds |= hasId;
            if (distributions.Of(row) is not { } q)
            {
                EmptyRows++;
                continue;
            }
            if (hasId)
            {
                _byId.Add(row.Id!, q);
                if (hasText) _textOfId.TryAdd(row.Id!, DocumentKey.Of(row.Text!));
            }
            if (hasText) _byText.Add(DocumentKey.Of(row.Text!), q);
        }
        if (Rows == 0) throw new InputException($"{file}: there are no recorded labels in it. Give a table with a row for each labelled text.");
        Fingerprint = FingerprintOf(labels, content.Hash());
        Summary = string.Create(CultureInfo.InvariantCulture, $"recorded, {Rows - EmptyRows:N0} labels");
    }

    /// <inheritdoc/>
    public TeacherFingerprint Fingerprint { get; }

    /// <inheritdoc/>
    public bool FailsForGood => true;

    /// <summary>The teacher in a few words, such as "recorded, 3,021 labels".</summary>
    public string Summary { get; }

    /// <summary>Rows read.</summary>
    public long Rows { get; }

    /// <summary>Rows without a usable answer among them.</summary>
    public long EmptyRows { get; }

    /// <summary>What the user should look at, in plain sentences; grows while documents are labelled.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            var warnings = new List<string>();
            if (_byText.Contradictions > 0)
                warnings.Add(Say($"{_file}: {_byText.Contradictions} texts have rows that contradict each other; their distributions are averaged."));
            if (_byId.Contradictions > 0)
                warnings.Add(Say($"{_file}: {_byId.Contradictions} ids have rows that contradict each other; their distributions are averaged."));
            if (Interlocked.Read(ref _otherTexts) is > 0 and long others)
                warnings.Add(Say($"{_file}: {others} documents have another text than the row of their id; those rows were not taken. Check that the ids of both tables mean the same, or leave the text column out of {_file} if ids alone decide."));
            return warnings;

            static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TeacherLabel> LabelAsync(
        IAsyncEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        await foreach (Document document in documents.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            float[]? q;
            if (_hasIds && document.Id is not null)
            {
                q = _byId.Find(document.Id);
                if (_textOfId.TryGetValue(document.Id, out DocumentKey text) && text != document.Key)
                {
                    Interlocked.Increment(ref _otherTexts);
                    q = _byText.Find(document.Key);
                }
            }
            else q = _byText.Find(document.Key);
            yield return q is null
                ? new TeacherLabel(document.Key, null, Failure: NoLabel)
                : new TeacherLabel(document.Key, q);
        }
    }

    private static TeacherFingerprint FingerprintOf(IReadOnlyList<TaskLabel> labels, string contentHash)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("kind", "recorded");
            json.WriteNumber("version", AlgorithmVersion);
            json.WriteLabels(labels);
            json.WriteString("contentHash", contentHash);
            json.WriteEndObject();
        }
        return new TeacherFingerprint(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
