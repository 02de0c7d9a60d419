using CsCheck;
using Llkd.Features;

namespace Llkd.Tests.Features;

public sealed class NearestNeighboursTests
{
    [Fact]
    public void Neighbours_are_those_of_a_brute_force_search() => Gen.Select(
        Gen.Int[0, 5].Array[1, 6].Array[1, 40], Gen.Int[1, 12]).Sample((texts, count) =>
    {
        SparseRows rows = Tfidf.Fit(Texts(texts), new TfidfOptions { LongestNgram = 1, MinCount = 1 }).Transform(Texts(texts));
        NearestNeighbours found = NearestNeighbours.Of(rows, count);
        for (int i = 0; i < rows.Count; i++)
        {
            int row = i;
            double[] expected = [.. Enumerable.Range(0, rows.Count).Where(j => j != row).Select(j => Cosine(rows, row, j)).Where(c => c > 1e-6).OrderDescending().Take(count)];
            Assert.Equal(expected.Length, found[i].Length);
            for (int n = 0; n < expected.Length; n++)
            {
                // Equal cosines may come in either order after rounding; the cosines themselves may not differ.
                Assert.Equal(expected[n], found[i][n].Cosine, 1e-5);
                Assert.Equal(Cosine(rows, i, found[i][n].Row), found[i][n].Cosine, 1e-5);
                Assert.NotEqual(i, found[i][n].Row);
            }
            Assert.Equal(found[i].Length, found[i].ToArray().Select(n => n.Row).Distinct().Count());
        }
    }, iter: 200);

    [Fact]
    public void The_lower_row_wins_a_tie()
    {
        SparseRows rows = Tfidf.Fit(["a", "a", "a", "a", "b"], new TfidfOptions { MinCount = 1 }).Transform(["a", "a", "a", "a", "b"]);
        NearestNeighbours found = NearestNeighbours.Of(rows, 2);
        Assert.Equal([1, 2], found[0].ToArray().Select(n => n.Row));
        Assert.Equal([0, 1], found[3].ToArray().Select(n => n.Row));
        Assert.Equal(0, found[4].Length);
    }

    private static string[] Texts(int[][] texts) => [.. texts.Select(words => string.Join(' ', words.Select(w => $"w{w}")))];

    private static double Cosine(SparseRows rows, int i, int j)
    {
        var other = rows.Columns(j).ToArray().Zip(rows.Values(j).ToArray()).ToDictionary(entry => entry.First, entry => (double)entry.Second);
        return rows.Columns(i).ToArray().Zip(rows.Values(i).ToArray()).Sum(entry => entry.Second * other.GetValueOrDefault(entry.First));
    }
}
