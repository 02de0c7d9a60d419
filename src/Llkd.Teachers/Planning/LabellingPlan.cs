using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Prompting;
using Microsoft.ML.Tokenizers;

namespace Llkd.Teachers.Planning;

/// <summary>What labelling will take, worked out before the first call.</summary>
public sealed record LabellingPlan
{
    /// <summary>Different texts in all.</summary>
    public required long Texts { get; init; }

    /// <summary>Texts among them that the journal has labels for.</summary>
    public required long AlreadyThere { get; init; }

    /// <summary>Requests still to make, if every one is answered at once.</summary>
    public required long Calls { get; init; }

    /// <summary>Tokens still to be read.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Tokens of a request that are the same for every text: the instruction, the labels and the examples.</summary>
    public required double FixedTokens { get; init; }

    /// <summary>Tokens still to be written.</summary>
    public required long CompletionTokens { get; init; }

    /// <summary>Price of these tokens; null where no price is given.</summary>
    public double? Cost { get; init; }

    /// <summary>Time it will take, from the pace so far; null where there were no calls yet.</summary>
    public double? Seconds { get; init; }

    /// <summary>Texts whose answers the estimate was set right by; 0: there are none yet.</summary>
    public required int MeasuredOn { get; init; }

    /// <summary>Whether the tokens are the model's own; else, before there are answers, those of OpenAI's o200k tokenizer.</summary>
    public bool OwnTokens { get; init; }

    /// <summary>Calls, tokens and price of what was labelled before the plan.</summary>
    public required JournalSpending Before { get; init; }
}

/// <summary>Counts tokens and prices them.</summary>
public static class LabellingPlanner
{
    /// <summary>Texts that are tokenised; the mean stands for the rest.</summary>
    private const int Sample = 200;

    /// <summary>Tokens that a chat adds to every turn, and to the whole, as OpenAI counts them.</summary>
    private const int PerTurn = 4, PerPrompt = 3;

    private static readonly Lazy<Tokenizer> Tokens = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    /// <summary>Makes the plan; nothing is asked.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="documents">What it is to label; equal texts count once.</param>
    /// <param name="journal">What it has labelled.</param>
    /// <param name="price">What tokens cost.</param>
    public static LabellingPlan Make(LanguageModelTeacher teacher, IReadOnlyList<Document> documents, LabelJournal journal, PriceOptions price)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(price);
        HashSet<DocumentKey> known = journal.Labelled(teacher.Fingerprint);
        // In the order of the keys, which is a random one that stays the same.
        Document[] distinct = [.. documents.DistinctBy(d => d.Key).OrderBy(d => d.Key.High).ThenBy(d => d.Key.Low)];
        Document[] left = [.. distinct.Where(document => !known.Contains(document.Key))];
        Document[] answered = [.. distinct.Where(document => known.Contains(document.Key)).Take(Sample)];

        (double promptRatio, double? completion) = Measured(teacher, answered, journal);
        JournalSpending before = journal.Spending(teacher.Fingerprint);
        double callsPerText = before.Rows > 0 && before.Calls > 0 ? (double)before.Calls / before.Rows : teacher.CallsPerText;
        double prompt = left.Take(Sample).Select(document => Count(teacher, teacher.Prompts.For(document.Text))).DefaultIfEmpty(0).Average() * promptRatio;
        double fixedTokens = left.Length == 0 ? 0 : teacher.SharedTokens ?? Count(teacher.Prompts.For("").Fixed) * promptRatio;
        // A model in this process writes nothing; what it reads of the labels' words shows in its answers.
        double written = completion ?? (teacher.Local is not null ? 0 : teacher.Prompts.Markers.Texts.Average(marker => Tokens.Value.CountTokens(marker)) + 1);
        long calls = (long)Math.Ceiling(left.Length * callsPerText);
        long promptTokens = (long)Math.Round(calls * prompt), completionTokens = (long)Math.Round(calls * written);
        return new LabellingPlan
        {
            Texts = distinct.Length,
            AlreadyThere = distinct.Length - left.Length,
            Calls = calls,
            PromptTokens = promptTokens,
            FixedTokens = fixedTokens,
            CompletionTokens = completionTokens,
            Cost = Cost(price, promptTokens, completionTokens),
            Seconds = before.Answers > 0 && before.Seconds > 0 ? before.Seconds / before.Answers * left.Length : null,
            MeasuredOn = completion is null ? 0 : answered.Length,
            OwnTokens = teacher.Local is not null,
            Before = before,
        };
    }

    /// <summary>Price of tokens; null where no price is given.</summary>
    public static double? Cost(PriceOptions price, long promptTokens, long completionTokens)
    {
        ArgumentNullException.ThrowIfNull(price);
        return price is { Prompt: null, Completion: null } ? null
            : (promptTokens * (price.Prompt ?? 0) + completionTokens * (price.Completion ?? 0)) / 1e6;
    }

    /// <summary>How the endpoint's own counts compare with the tokenizer's, where it has answered.</summary>
    private static (double PromptRatio, double? Completion) Measured(LanguageModelTeacher teacher, Document[] answered, LabelJournal journal)
    {
        double counted = 0, actual = 0, written = 0;
        int calls = 0;
        foreach (Document document in answered)
        {
            if (!journal.TryGet(teacher.Fingerprint, document.Key, out TeacherLabel? row) || row.PromptTokens == 0) continue;
            // A row of samples has the tokens of all of them.
            int asked = row.Evidence is { } evidence && evidence.StartsWith("agreement", StringComparison.Ordinal) ? row.RawReply!.Split('\n').Length : 1;
            counted += asked * (double)Count(teacher, teacher.Prompts.For(document.Text));
            actual += row.PromptTokens;
            written += row.CompletionTokens;
            calls += asked;
        }
        return calls == 0 ? (1, null) : (actual / counted, written / calls);
    }

    private static int Count(LanguageModelTeacher teacher, Prompt prompt) =>
        teacher.Local is { } local ? Math.Min(local.Count(prompt), local.MaxTokens) : PerPrompt + Count(prompt.Fixed) + Count(prompt.Own);

    private static int Count(IReadOnlyList<PromptMessage> turns) => turns.Sum(turn => PerTurn + Tokens.Value.CountTokens(turn.Content));
}
