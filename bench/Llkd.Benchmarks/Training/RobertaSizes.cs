using Llkd.Numerics;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>RoBERTa-base's sizes, and batches of random token ids.</summary>
internal static class RobertaSizes
{
    public const int Layers = 12, Hidden = 768, Heads = 12, Vocabulary = 50265, Positions = 512, Classes = 6;

    public static TransformerShape Shape { get; } = new()
    {
        Layers = Layers,
        Hidden = Hidden,
        Heads = Heads,
        Intermediate = 4 * Hidden,
        MaxLength = Positions,
        Vocabulary = Vocabulary,
        Classes = Classes,
    };

    /// <summary>Texts of one length.</summary>
    public static ITokenCorpus Texts(int count, int length)
    {
        var random = new RandomStream(length, "bench");
        return new Corpus([.. Enumerable.Range(0, count).Select(_ =>
            Enumerable.Range(0, length).Select(i => i == 0 ? 0 : i == length - 1 ? 2 : 4 + random.NextInt32(Vocabulary - 5)).ToArray())]);
    }

    /// <summary>Multiplications and additions of one training step of our engine, whose last layer computes one token a text besides keys and values.</summary>
    public static double StepOperations(int batch, int length) =>
        Step(batch, length, (Layers - 1) * 12L + 2, 10, (Layers - 1) * (long)length + 1);

    /// <summary>The same of a step that computes all tokens in all layers.</summary>
    public static double PlainOperations(int batch, int length) => Step(batch, length, Layers * 12L, 0, Layers * (long)length);

    /// <summary>Twice the weights times the tokens forward, twice that backward; attention's two products on top.</summary>
    private static double Step(int batch, int length, long squaresOfAll, long squaresOfFirst, long queries) => 3 * (
        2.0 * Hidden * Hidden * batch * (squaresOfAll * length + squaresOfFirst)
        + 4.0 * batch * queries * length * Hidden);

    private sealed class Corpus(int[][] texts) : ITokenCorpus
    {
        public int Count => texts.Length;

        public ReadOnlySpan<int> this[int document] => texts[document];
    }
}
