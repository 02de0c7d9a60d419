using CsCheck;
using Llkd.Teachers.Local;

namespace Llkd.Teachers.Tests.Local;

/// <summary>Scoring labels by their tokens, on a model that is a table.</summary>
public sealed class LabelTrieTests
{
    /// <summary>
    /// Labels `card` (token 1), `card payment` (1 2), `cash` (3) and `bill` (4 5), with p(1) = .5, p(3) = .2, p(4) = .1 and
    /// .2 elsewhere; behind 1 p(2) = .4; behind 4 p(5) = .5. By hand: card .5 · (1 − .4) = .3, card payment .5 · .4 = .2,
    /// cash .2, bill .1 · .5 = .05.
    /// </summary>
    [Fact]
    public void The_worked_example()
    {
        var table = new Table((path, token) => (string.Join(' ', path), token) switch
        {
            ("", 1) => .5,
            ("", 3) => .2,
            ("", 4) => .1,
            ("1", 2) => .4,
            ("4", 5) => .5,
            _ => 0,
        });
        LabelScores scores = new LabelTrie([[[1]], [[1, 2]], [[3]], [[4, 5]]]).Score(table);
        Near([.3, .2, .2, .05], scores);
        Assert.Equal(0, scores.Unseen);
        // Only 1 and 4 are read: the last token of a label never is.
        Assert.Equal(["1", "4"], table.Runs);
        Assert.Equal(2, scores.TokensRead);
    }

    [Fact]
    public void Spellings_of_a_label_add_up() =>
        Near([.5, .3], new LabelTrie([[[1], [2]], [[3]]]).Score(new Table((path, token) => token switch { 1 => .1, 2 => .4, 3 => .3, _ => 0 })));

    [Fact]
    public void A_stretch_without_a_fork_is_read_in_one_go()
    {
        var table = new Table((_, _) => .5);
        Near([.0625, .03125, .25], new LabelTrie([[[1, 2, 3, 4]], [[1, 2, 3, 5, 6]], [[7, 8]]]).Score(table));
        Assert.Equal(["1 2 3", "1 2 3 | 5", "7"], table.Runs);
    }

    [Fact]
    public void A_fork_with_next_to_no_probability_is_not_followed()
    {
        var table = new Table((path, token) => path.Count == 0 ? token == 1 ? .5 : 1e-6 : .5);
        LabelScores scores = new LabelTrie([[[1]], [[2, 3]], [[2, 4]]]).Score(table);
        Near([.5, .5e-6, .5e-6], scores);
        Assert.Empty(table.Runs);
        Assert.Equal(1e-6 / (.5 + 1e-6), scores.Unseen, 1e-12);
    }

    [Fact]
    public void Two_labels_of_the_same_tokens_are_refused() => Assert.Throws<ArgumentException>(() => new LabelTrie([[[1, 2]], [[1, 2]]]));

    /// <summary>Every label's probability worked out on its own, without a trie, over random labels and tables.</summary>
    [Fact]
    public void The_trie_says_what_labels_one_by_one_say()
    {
        Gen<int[]> label = Gen.Int[0, 3].Array[1, 4];
        Gen.Select(label.Array[2, 12], Gen.ULong).Sample((labels, seed) =>
        {
            int[][] distinct = [.. labels.DistinctBy(tokens => string.Join(' ', tokens))];
            double P(IEnumerable<int> path, int token)
            {
                double[] weights = [.. Enumerable.Range(0, 5).Select(t => 1 + Hash(seed, path.Append(t)) % 1000)];
                return weights[token] / weights.Sum();
            }
            double Path(int[] tokens) => tokens.Select((token, i) => P(tokens[..i], token)).Aggregate(1.0, (a, b) => a * b);
            double[] expected = [.. distinct.Select(tokens =>
            {
                IEnumerable<int> longer = distinct.Where(other => other.Length > tokens.Length && other.AsSpan().StartsWith(tokens)).Select(other => other[tokens.Length]).Distinct();
                return Path(tokens) * (1 - longer.Sum(token => P(tokens, token)));
            })];
            LabelScores scores = new LabelTrie([.. distinct.Select(tokens => (IReadOnlyList<int[]>)[tokens])]).Score(new Table(P));
            for (int k = 0; k < distinct.Length; k++) Assert.Equal(expected[k], Math.Exp(scores.LogProbabilities[k]), scores.Unseen + 1e-9);
        }, iter: 2000);
    }

    private static ulong Hash(ulong seed, IEnumerable<int> tokens) => tokens.Aggregate(seed, (h, token) => (h ^ (ulong)(token + 1)) * 0x9E3779B97F4A7C15 >> 7);

    private static void Near(double[] expected, LabelScores scores)
    {
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], Math.Exp(scores.LogProbabilities[k]), 1e-12);
    }

    /// <summary>A model whose next-token probabilities stand in a table, and which notes what it is given to read.</summary>
    private sealed class Table(Func<IReadOnlyList<int>, int, double> next, List<string>? runs = null, IReadOnlyList<int>? before = null, int[]? stretch = null) : IReading
    {
        public List<string> Runs { get; } = runs ?? [];

        public int Rows => stretch?.Length ?? 1;

        private IReadOnlyList<int> Before => before ?? [];

        public double LogProbability(int row, int token) => Math.Log(next([.. Before, .. stretch?.Take(row + 1) ?? []], token));

        public IReading Read(ReadOnlySpan<int> tokens)
        {
            IReadOnlyList<int> path = [.. Before, .. stretch ?? []];
            Runs.Add((path.Count > 0 ? string.Join(' ', path) + " | " : "") + string.Join(' ', tokens.ToArray()));
            return new Table(next, Runs, path, tokens.ToArray());
        }

        public void Dispose() { }
    }
}
