using System.Globalization;
using Llkd.Numerics;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Inference;

/// <summary>A student of RoBERTa-base's size with random weights, and texts whose lengths are like those of mails.</summary>
internal static class RobertaFolder
{
    private static readonly string[] Letters = [.. Enumerable.Range('a', 26).Select(c => ((char)c).ToString())];

    /// <summary>12 layers, 768 wide, 12 heads, 512 tokens; its vocabulary is a small one, as rows that are not looked up cost no time.</summary>
    public static TransformerStudent Create() => TransformerStudent.Create(
        Texts(200, 60), new TransformerOptions { Layers = 12, Hidden = 768, Heads = 12, MaxLength = 512, Vocabulary = 2000, Dropout = 0, Threads = 1 }, ["a", "b", "c"]);

    /// <summary>Texts of single letters, each a token, so that a length in words is one in tokens.</summary>
    public static IEnumerable<string> Texts(int count, int words)
    {
        var random = new RandomStream(words, "bench");
        for (int i = 0; i < count; i++) yield return Text(random, words);
    }

    /// <summary>Texts of log-normal lengths: median 25 tokens, mean 30, one in a hundred above 100, none above 128.</summary>
    public static string[] Mixed(int count)
    {
        var random = new RandomStream(7, "lengths");
        return [.. Enumerable.Range(0, count).Select(_ => Text(random, Math.Clamp((int)Math.Exp(3.2 + 0.6 * random.NextGaussian()), 2, 126)))];
    }

    private static string Text(RandomStream random, int words) =>
        string.Join(' ', Enumerable.Range(0, words).Select(_ => Letters[random.NextInt32(Letters.Length)])).ToString(CultureInfo.InvariantCulture);
}
