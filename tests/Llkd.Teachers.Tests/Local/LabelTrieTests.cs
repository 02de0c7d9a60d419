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
        LabelScores scores = Score(new LabelTrie([[[1]], [[1, 2]], [[3]], [[4, 5]]]), table);
        Near([.3, .2, .2, .05], scores);
        Assert.Equal(0, scores.Unseen);
        // Only 1 and 4 are read: the last token of a label never is.
        Assert.Equal(["4, 1"], table.Rounds);
        Assert.Equal(2, scores.TokensRead);
    }

    [Fact]
    public void Spellings_of_a_label_add_up() =>
        Near([.5, .3], Score(new LabelTrie([[[1], [2]], [[3]]]), new Table((path, token) => token switch { 1 => .1, 2 => .4, 3 => .3, _ => 0 })));

    [Theory]
    [InlineData(true, "7, 1 2 3; 1 2 3 | 5")]
    [InlineData(false, "1 2 3; 1 2 3 | 5; 7")]
    public void A_stretch_without_a_fork_is_read_in_one_go(bool sideBySide, string rounds)
    {
        var table = new Table((path, token) => token == 7 ? .4 : .5);
        Near([.0625, .03125, .2], Score(new LabelTrie([[[1, 2, 3, 4]], [[1, 2, 3, 5, 6]], [[7, 8]]]), table, sideBySide));
        Assert.Equal(rounds, string.Join("; ", table.Rounds));
    }

    /// <summary>
    /// p(1) = .9, p(3) = 1e-5, p(5) = 1e-9; behind 1 2 has 1e-9, behind 3 4 has .5. If 1 held what it may, neither 3 nor 5 would
    /// matter. It holds 9e-10, so both do; if 3 held what it may, 5 would not matter, and it does hold it.
    /// </summary>
    [Theory]
    [InlineData(true, "1; 3")]
    [InlineData(false, "1; 3")]
    public void A_fork_that_seemed_not_to_matter_is_followed_if_the_likeliest_holds_little(bool sideBySide, string rounds)
    {
        var table = new Table((path, token) => (string.Join(' ', path), token) switch
        {
            ("", 1) => .9,
            ("", 3) => 1e-5,
            ("", 5) => 1e-9,
            ("1", 2) => 1e-9,
            ("3", 4) => .5,
            ("5", 6) => .5,
            _ => 0,
        });
        LabelScores scores = Score(new LabelTrie([[[1, 2]], [[3, 4]], [[5, 6]]]), table, sideBySide);
        Near([9e-10, 5e-6, 1e-9], scores);
        Assert.Equal(1e-9 / (9e-10 + 5e-6 + 1e-9), scores.Unseen, 1e-12);
        Assert.Equal(rounds, string.Join("; ", table.Rounds));
    }

    [Fact]
    public void A_fork_with_next_to_no_probability_is_not_followed()
    {
        var table = new Table((path, token) => path.Count == 0 ? token == 1 ? .5 : 1e-6 : .5);
        LabelScores scores = Score(new LabelTrie([[[1]], [[2, 3]], [[2, 4]]]), table);
        Near([.5, .5e-6, .5e-6], scores);
        Assert.Empty(table.Rounds);
        Assert.Equal(1e-6 / (.5 + 1e-6), scores.Unseen, 1e-12);
    }

    [Fact]
    public void Two_labels_of_the_same_tokens_are_refused() => Assert.Throws<ArgumentException>(() => new LabelTrie([[[1, 2]], [[1, 2]]]));

    /// <summary>Every label's probability worked out on its own, without a trie, over random labels and tables.</summary>
    [Fact]
    public void The_trie_says_what_labels_one_by_one_say()
    {
        Gen<int[]> label = Gen.Int[0, 3].Array[1, 4];
        Gen.Select(label.Array[2, 12], Gen.ULong, Gen.Bool, Gen.Int[1, 4]).Sample((labels, seed, sideBySide, steepness) =>
        {
            int[][] distinct = [.. labels.DistinctBy(tokens => string.Join(' ', tokens))];
            double P(IEnumerable<int> path, int token)
            {
                double[] weights = [.. Enumerable.Range(0, 5).Select(t => Math.Pow(10, -(double)steepness * (Hash(seed, path.Append(t)) % 1000) / 500))];
                return weights[token] / weights.Sum();
            }
            double Path(int[] tokens) => tokens.Select((token, i) => P(tokens[..i], token)).Aggregate(1.0, (a, b) => a * b);
            double[] expected = [.. distinct.Select(tokens =>
            {
                IEnumerable<int> longer = distinct.Where(other => other.Length > tokens.Length && other.AsSpan().StartsWith(tokens)).Select(other => other[tokens.Length]).Distinct();
                return Path(tokens) * (1 - longer.Sum(token => P(tokens, token)));
            })];
            LabelScores scores = Score(new LabelTrie([.. distinct.Select(tokens => (IReadOnlyList<int[]>)[tokens])]), new Table(P), sideBySide);
            for (int k = 0; k < distinct.Length; k++) Assert.Equal(expected[k], Math.Exp(scores.LogProbabilities[k]), scores.Unseen + 1e-12);
            Assert.InRange(scores.Unseen, 0, 1e-3);
        }, iter: 5000);
    }

    /// <summary>Goes along a trie, with what no fork needs any more taken away.</summary>
    private static LabelScores Score(LabelTrie trie, Table table, bool sideBySide = true)
    {
        LabelWalk walk = trie.Begin(table, sideBySide);
        var live = new List<IReading> { table };
        while (walk.Next.Count > 0)
        {
            Assert.True(sideBySide || walk.Next.Count == 1);
            Assert.All(walk.Next, fork => Assert.Contains(fork.Behind, live));
            table.Rounds.Add(string.Join(", ", walk.Next.Select(fork => ((Table)fork.Behind).Named(fork.Tokens))));
            IReading[] further = [.. walk.Next.Select(fork => ((Table)fork.Behind).Read(fork.Tokens))];
            bool[] on = [.. walk.Next.Select(fork => fork.ReadsOn)];
            walk.Go(further);
            for (int i = 0; i < on.Length; i++) Assert.True(on[i] || !walk.Needs(further[i]));
            live = [.. live.Concat(further).Where(walk.Needs)];
        }
        return walk.Scores;
    }

    private static ulong Hash(ulong seed, IEnumerable<int> tokens) => tokens.Aggregate(seed, (h, token) => (h ^ (ulong)(token + 1)) * 0x9E3779B97F4A7C15 >> 7);

    private static void Near(double[] expected, LabelScores scores)
    {
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], Math.Exp(scores.LogProbabilities[k]), 1e-12);
    }

    /// <summary>A model whose next-token probabilities stand in a table.</summary>
    private sealed class Table(Func<IReadOnlyList<int>, int, double> next, IReadOnlyList<int>? before = null, int[]? stretch = null) : IReading
    {
        /// <summary>What was read side by side.</summary>
        public List<string> Rounds { get; } = [];

        public int Rows => stretch?.Length ?? 1;

        private IReadOnlyList<int> Path => [.. before ?? [], .. stretch ?? []];

        public double LogProbability(int row, int token) => Math.Log(next([.. before ?? [], .. stretch?.Take(row + 1) ?? []], token));

        public string Named(int[] tokens) => (Path.Count > 0 ? string.Join(' ', Path) + " | " : "") + string.Join(' ', tokens);

        public Table Read(int[] tokens) => new(next, Path, tokens);
    }
}
