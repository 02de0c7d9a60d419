using CsCheck;
using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>Entropy Score, teacher confidence and the cut statistic: they choose before training.</summary>
public sealed class PoolFilterTests
{
    private static readonly TestBatch s_pool = new([[0.9f, 0.1f], [0.4f, 0.6f], [0.2f, 0.8f], [0.5f, 0.5f]], []);

    [Theory]
    [InlineData(0.5, new[] { 0, 2 })]
    [InlineData(0.75, new[] { 0, 1, 2 })]
    [InlineData(1, new[] { 0, 1, 2, 3 })]
    [InlineData(0, new[] { 0 })]
    public void The_lowest_teacher_entropy_is_kept(double share, int[] kept) =>
        Assert.Equal(kept, new EntropyScore(new EntropyScoreOptions { Share = share }).FilterPool(s_pool.AsPool()));

    [Theory]
    [InlineData(0.5, 0, new[] { 0, 2 })]
    [InlineData(1, 0.6, new[] { 0, 1, 2 })]
    [InlineData(0.25, 0.95, new int[0])]
    public void The_surest_labels_are_kept(double share, double minimum, int[] kept) =>
        Assert.Equal(kept, new TeacherConfidence(new TeacherConfidenceOptions { Share = share, Minimum = minimum }).FilterPool(s_pool.AsPool()));

    [Fact]
    public void Entropy_score_at_100_percent_is_no_selection() => Gen.Int[2, 6].SelectMany(c => TestBatch.Batches(c, 20)).Sample(batch =>
    {
        var method = new EntropyScore(new EntropyScoreOptions { Share = 1 });
        Assert.Equal(Enumerable.Range(0, batch.Count), method.FilterPool(batch.AsPool()));
        Choice expected = batch.SelectWith(new NoDataSelection()), actual = batch.SelectWith(method);
        Assert.Equal(expected.Positions, actual.Positions);
        Assert.Equal(expected.Targets, actual.Targets);
        Assert.Equal(expected.Weights, actual.Weights);
    });

    [Fact]
    public void Only_samples_that_may_be_trained_on_count_towards_the_share()
    {
        var pool = new PoolContext(new PseudoLabels([0.9f, 0.1f, 0.4f, 0.6f, 0.2f, 0.8f, 0.5f, 0.5f], 2), new RandomStream(1, "filter"), [1, 3]);
        Assert.Equal([1], new EntropyScore().FilterPool(pool));
    }

    /// <summary>
    /// Three texts "a", one "b b a"-like apart: texts 0, 1, 2 are equal, so each is the others' neighbour at distance 0 and
    /// weight 1. Labels 0, 0, 1 and 1 for the text alone: π = (1/2, 1/2). With K = 2, text 0 has neighbours 1 (same) and
    /// 2 (other): J = 1, z = (1 − ½ · 2) / √(¼ · 2) = 0; text 2 has two others: z = (2 − 1) / √½ = √2.
    /// </summary>
    [Fact]
    public void The_cut_statistic_is_as_by_hand()
    {
        var features = new PoolFeatures(["a", "a", "a", "b"], new TfidfOptions { MinCount = 1 });
        var labels = new PseudoLabels([1, 0, 1, 0, 0, 1, 0, 1], 2);
        double[] z = CutStatistic.Scores(NearestNeighbours.Of(features.Rows, 2), labels);
        Assert.Equal(0, z[0], 1e-9);
        Assert.Equal(0, z[1], 1e-9);
        Assert.Equal(Math.Sqrt(2), z[2], 1e-6);
        Assert.Equal(0, z[3]);
    }

    [Fact]
    public void The_cut_statistic_agrees_with_its_formula_over_dense_vectors() => Gen.Select(
        Gen.Int[0, 4].Array[2, 6].Array[3, 25], Gen.Int[0, 2].Array[25]).Sample((words, given) =>
    {
        string[] texts = [.. words.Select(w => string.Join(' ', w.Select(x => $"w{x}")))];
        var features = new PoolFeatures(texts, new TfidfOptions { MinCount = 1 });
        var labels = new PseudoLabels([.. texts.SelectMany((_, i) => Enumerable.Range(0, 3).Select(k => k == given[i] ? 1f : 0f))], 3);
        double[][] dense = [.. texts.Select((_, i) => Dense(features.Rows, i))];
        // All neighbours: which of equally near ones comes first plays no part then.
        double[] z = CutStatistic.Scores(NearestNeighbours.Of(features.Rows, texts.Length), labels);
        for (int i = 0; i < texts.Length; i++)
        {
            var others = Enumerable.Range(0, texts.Length).Where(j => j != i && Cosine(dense[i], dense[j]) > 1e-9)
                .Select(j => (Other: given[j] != given[i], Weight: 1 / (1 + Math.Sqrt(dense[i].Zip(dense[j], (a, b) => (a - b) * (a - b)).Sum())))).ToList();
            double share = given.Take(texts.Length).Count(label => label == given[i]) / (double)texts.Length;
            double variance = share * (1 - share) * others.Sum(o => o.Weight * o.Weight);
            double expected = variance < 1e-12 ? 0 : (others.Where(o => o.Other).Sum(o => o.Weight) - (1 - share) * others.Sum(o => o.Weight)) / Math.Sqrt(variance);
            Assert.Equal(expected, z[i], 1e-2);
        }
    }, iter: 100);

    [Fact]
    public void A_label_that_its_neighbours_contradict_is_dropped_first()
    {
        string[] texts = ["red apple", "red apple pie", "green tree", "green tree top", "red apple tart", "green tree leaf"];
        var labels = new PseudoLabels([1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1], 2);
        var pool = new PoolContext(labels, new RandomStream(1, "filter"), features: new PoolFeatures(texts, new TfidfOptions { MinCount = 1 }));
        Assert.Equal([0, 1, 2, 3, 5], new CutStatistic(new CutStatisticOptions { Share = 0.8, Neighbours = 2 }).FilterPool(pool));
    }

    [Fact]
    public void A_method_that_reads_texts_says_so_where_there_are_none()
    {
        string message = Assert.Throws<InputException>(() => new CutStatistic().FilterPool(s_pool.AsPool())).Message;
        Assert.Contains("reads the texts", message, StringComparison.Ordinal);
    }

    private static double[] Dense(SparseRows rows, int row)
    {
        var dense = new double[rows.ColumnCount];
        for (int f = 0; f < rows.Columns(row).Length; f++) dense[rows.Columns(row)[f]] = rows.Values(row)[f];
        return dense;
    }

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
