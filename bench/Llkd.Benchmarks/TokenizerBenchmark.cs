using System.Text;
using BenchmarkDotNet.Attributes;
using Llkd.Numerics;
using Llkd.Tokenizers;

namespace Llkd.Benchmarks;

/// <summary>
/// Encoding 2,000 texts of 32 words on one core; words are as frequent as in language, a tenth with accents, with commas
/// and full stops. Tokens a second are <see cref="Tokens"/> (printed at the start) over the time.
/// </summary>
[MemoryDiagnoser]
public class TokenizerBenchmark
{
    private readonly List<int> _ids = [];
    private string[] _texts = [];
    private ITextTokenizer? _tokenizer;

    [Params("byte-level BPE", "WordPiece")]
    public string Kind { get; set; } = "";

    /// <summary>Tokens of all texts.</summary>
    public int Tokens => Encode();

    [GlobalSetup]
    public void Setup()
    {
        var random = new RandomStream(1, "tokenizer benchmark");
        string[] words = [.. Enumerable.Range(0, 30_000).Select(_ => Word(random))];
        _texts = [.. Enumerable.Range(0, 2000).Select(_ => string.Concat(Enumerable.Range(0, 32).Select(i =>
            (i == 0 ? "" : " ") + words[(int)Math.Exp(random.NextDouble() * Math.Log(words.Length))] + (random.NextInt32(8) == 0 ? "," : ""))) + ".")];
        BpeVocabulary vocabulary = BpeTrainer.Train(_texts, 20_000);
        _tokenizer = Kind == "WordPiece" ? WordPiece(vocabulary) : new ByteLevelBpe(vocabulary);
        Console.WriteLine($"// {Kind}: {Tokens} tokens");
    }

    [Benchmark]
    public int Encode()
    {
        int tokens = 0;
        foreach (string text in _texts)
        {
            _ids.Clear();
            _tokenizer!.Encode(text, 512, _ids);
            tokens += _ids.Count;
        }
        return tokens;
    }

    private static string Word(RandomStream random)
    {
        const string Letters = "eeeeaaaioutnrsslldcmpbgfhvwykjqxzéü";
        var word = new StringBuilder();
        for (int length = 2 + random.NextInt32(8); length > 0; length--) word.Append(Letters[random.NextInt32(random.NextInt32(10) == 0 ? Letters.Length : Letters.Length - 2)]);
        return word.ToString();
    }

    /// <summary>The words' own pieces, each as a first piece and inside a word.</summary>
    private static ITextTokenizer WordPiece(BpeVocabulary vocabulary)
    {
        string folder = Directory.CreateTempSubdirectory("llkd-benchmark-").FullName;
        try
        {
            IEnumerable<string> pieces = vocabulary.Ids.Keys.Select(token => token.TrimStart('Ġ')).Where(token => token.All(char.IsAscii) && token.Length > 0).Distinct();
            File.WriteAllLines(
                Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. pieces.SelectMany(piece => new[] { piece, "##" + piece })]);
            return TokenizerFolder.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
