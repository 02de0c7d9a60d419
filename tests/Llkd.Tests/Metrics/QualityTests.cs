using CsCheck;
using Llkd.Metrics;
using Llkd.Runs;

namespace Llkd.Tests.Metrics;

public sealed class QualityTests
{
    private static readonly string[] Abc = ["a", "b", "c"];

    /// <summary>
    /// gold      a   a   a   b   b   c
    /// answer    a   a   b   b   a   a
    /// a: 2 of 4 said, 2 of 3 there: P = 1/2, R = 2/3, F1 = 4/7. b: 1 of 2, 1 of 2: F1 = 1/2. c: never said: F1 = 0.
    /// </summary>
    [Fact]
    public void Figures_of_six_texts_are_as_by_hand()
    {
        QualityRecord quality = Quality.Measure([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], [.95f, .95f, .55f, .75f, .55f, .35f], Abc);
        Assert.Equal(0.5, quality.Accuracy);
        Assert.Equal((4.0 / 7 + 0.5 + 0) / 3, quality.MacroF1, 1e-12);
        Assert.Equal(1, quality.Coverage);
        Assert.Equal(6, quality.Count);
        Assert.Equal([[2, 1, 0], [1, 1, 0], [1, 0, 0]], quality.Confusion);
        Equal(new ClassRecord("a", 0.5, 2.0 / 3, 4.0 / 7, 3), quality.PerClass[0]);
        Equal(new ClassRecord("b", 0.5, 0.5, 0.5, 2), quality.PerClass[1]);
        Equal(new ClassRecord("c", 0, 0, 0, 1), quality.PerClass[2]);
        // .95 twice, both right: 2/6 · |1 − .95|. .55 twice, none right: 2/6 · .55. .75 right: 1/6 · .25. .35 wrong: 1/6 · .35.
        Assert.Equal((2 * .05 + 2 * .55 + .25 + .35) / 6, quality.Ece, 1e-7);
    }

    [Fact]
    public void A_class_that_occurs_nowhere_does_not_count_in_macro_F1_and_one_only_answered_does()
    {
        // b is neither gold nor said. c is said once, wrongly: F1 0 counts. a: 2 · 1/(2 + 1) = 2/3.
        QualityRecord quality = Quality.Measure([0, 0], [0, 2], [1, 1], Abc);
        Assert.Equal((2.0 / 3 + 0) / 2, quality.MacroF1, 1e-12);
    }

    [Fact]
    public void Unanswered_texts_count_in_the_coverage_only()
    {
        QualityRecord quality = Quality.Measure([0, 1, 2, 1], [0, -1, -1, 1], [1, float.NaN, 0, 1], Abc);
        Assert.Equal(0.5, quality.Coverage);
        Assert.Equal(2, quality.Count);
        Assert.Equal(1, quality.Accuracy);
        Assert.Equal(1, quality.MacroF1);
        Assert.Equal(0, quality.Ece);
    }

    [Fact]
    public void Nothing_at_all_gives_zeros_and_no_error()
    {
        foreach (QualityRecord quality in new[] { Quality.Measure([], [], [], Abc), Quality.Measure([0], [-1], [0], Abc) })
        {
            Assert.Equal((0, 0, 0, 0), (quality.Accuracy, quality.MacroF1, quality.Ece, quality.Coverage));
            Assert.Equal(Quality.Bins, quality.Reliability.Count);
        }
    }

    /// <summary>An upper edge belongs to its bin: 3/5 to (8/15, 9/15], although the nearest float to it is a hair more.</summary>
    [Fact]
    public void Confidences_on_the_edges_fall_into_the_bin_they_close()
    {
        for (int edge = 1; edge <= Quality.Bins; edge++)
            Assert.Equal(edge - 1, BinOf((float)edge / Quality.Bins));
        Assert.Equal(0, BinOf(0));
        Assert.Equal(8, BinOf(0.6f));
        Assert.Equal(9, BinOf(0.60001f));
        Assert.Equal(8, BinOf(0.59999f));
        Assert.Equal(14, BinOf(1.00005f));
    }

    [Fact]
    public void Every_figure_agrees_with_a_slow_implementation() =>
        Gen.Select(Gen.Int[2, 6], Gen.Int[0, 60]).SelectMany((classes, n) => Gen.Select(
            Gen.Int[0, classes - 1].Array[n], Gen.Int[-1, classes - 1].Array[n], Gen.Float[0, 1].Array[n],
            (gold, said, confidence) => (classes, gold, said, confidence))).Sample(x =>
        {
            string[] names = [.. Enumerable.Range(0, x.classes).Select(k => $"label {k}")];
            QualityRecord quality = Quality.Measure(x.gold, x.said, x.confidence, names);
            var answered = x.gold.Zip(x.said, x.confidence).Where(t => t.Second >= 0).ToList();
            Assert.Equal(answered.Count, quality.Count);
            Assert.Equal(answered.Count == 0 ? 0 : answered.Average(t => t.First == t.Second ? 1.0 : 0), quality.Accuracy, 1e-12);
            Assert.Equal(x.gold.Length == 0 ? 0 : (double)answered.Count / x.gold.Length, quality.Coverage, 1e-12);

            int[] present = [.. answered.SelectMany(t => new[] { t.First, t.Second }).Distinct()];
            double F1(int k)
            {
                double hits = answered.Count(t => t.First == k && t.Second == k);
                double precision = hits / Math.Max(1, answered.Count(t => t.Second == k));
                double recall = hits / Math.Max(1, answered.Count(t => t.First == k));
                return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
            }
            Assert.Equal(present.Length == 0 ? 0 : present.Average(F1), quality.MacroF1, 1e-12);
            for (int g = 0; g < x.classes; g++)
            {
                Assert.Equal(F1(g), quality.PerClass[g].F1, 1e-12);
                Assert.Equal(answered.Count(t => t.First == g), quality.PerClass[g].Support);
                for (int p = 0; p < x.classes; p++)
                    Assert.Equal(answered.Count(t => t.First == g && t.Second == p), quality.Confusion[g][p]);
            }
            double ece = answered
                .GroupBy(t => Enumerable.Range(0, 15).First(b => t.Third <= (b + 1) / 15f || b == 14))
                .Sum(bin => Math.Abs(bin.Average(t => t.First == t.Second ? 1.0 : 0) - bin.Average(t => (double)t.Third)) * bin.Count() / answered.Count);
            Assert.Equal(ece, quality.Ece, 1e-9);
            Assert.Equal(answered.Count, quality.Reliability.Sum(bin => bin.Count));
        });

    [Fact]
    public void Spans_that_differ_and_labels_that_are_none_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Quality.Measure([0], [0, 1], [1], Abc));
        Assert.Throws<ArgumentException>(() => Quality.Measure([0], [0], [], Abc));
        Assert.Throws<ArgumentException>(() => Quality.Measure([3], [0], [1], Abc));
        Assert.Throws<ArgumentException>(() => Quality.Measure([-1], [0], [1], Abc));
        Assert.Throws<ArgumentException>(() => Quality.Measure([0], [3], [1], Abc));
        Assert.Throws<ArgumentException>(() => Quality.Measure([0], [0], [float.NaN], Abc));
    }

    private static int BinOf(float confidence)
    {
        IReadOnlyList<ReliabilityBin> bins = Quality.Measure([0], [0], [confidence], Abc).Reliability;
        return Enumerable.Range(0, bins.Count).Single(b => bins[b].Count == 1);
    }

    private static void Equal(ClassRecord expected, ClassRecord actual)
    {
        Assert.Equal(expected.Label, actual.Label);
        Assert.Equal(expected.Precision, actual.Precision, 1e-12);
        Assert.Equal(expected.Recall, actual.Recall, 1e-12);
        Assert.Equal(expected.F1, actual.F1, 1e-12);
        Assert.Equal(expected.Support, actual.Support);
    }
}
