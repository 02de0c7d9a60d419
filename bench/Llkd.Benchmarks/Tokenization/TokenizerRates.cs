using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Llkd.Benchmarks.Prediction;
using Llkd.Tokenizers;
using Microsoft.ML.Tokenizers;

namespace Llkd.Benchmarks.Tokenization;

/// <summary>
/// `tokenizers [shared folder]`: tokens a second on one core over the texts of shared/data, with real vocabularies of byte-level BPE
/// and WordPiece and a unigram one made of the texts' words; Microsoft.ML.Tokenizers in turns with the first two, on the same texts.
/// The first pass begins with nothing remembered; of the others it is the median.
/// </summary>
internal static class TokenizerRates
{
    private const int Passes = 7;

    // GPT-2's pattern, https://github.com/openai/gpt-2/blob/master/src/encoder.py
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly string[] Specials = ["<s>", "<pad>", "</s>", "<unk>"];

    public static void Run(string shared)
    {
        string[] texts = RealTexts.Read(Path.Combine(shared, "data"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{texts.Length:N0} texts, {texts.Sum(text => (long)text.Length):N0} characters, one thread, {Environment.ProcessorCount} cores"));
        string bpe = Path.Combine(shared, "tokenizers", "roberta-kant"), bert = Path.Combine(shared, "tokenizers", "bert-minilm");
        var theirBpe = BpeTokenizer.Create(new BpeOptions(Path.Combine(bpe, "vocab.json"), Path.Combine(bpe, "merges.txt"))
        {
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(new System.Text.RegularExpressions.Regex(Gpt2Pattern, System.Text.RegularExpressions.RegexOptions.Compiled), null),
        });
        var theirBert = BertTokenizer.Create(Path.Combine(bert, "vocab.txt"));
        string unigram = Directory.CreateTempSubdirectory("llkd-bench-").FullName;
        WriteUnigram(unigram, texts);
        Measure(texts, "byte-level BPE", TokenizerFolder.Load(bpe), text => theirBpe.EncodeToIds(text).Count);
        Measure(texts, "WordPiece", TokenizerFolder.Load(bert), text => theirBert.EncodeToIds(text).Count);
        Measure(texts, "unigram", TokenizerFolder.Load(unigram), null);
        Directory.Delete(unigram, recursive: true);
    }

    private static void Measure(string[] texts, string kind, ITextTokenizer tokenizer, Func<string, int>? theirs)
    {
        var ids = new List<int>();
        int Ours(string text)
        {
            ids.Clear();
            tokenizer.Encode(text, 1 << 20, ids);
            return ids.Count;
        }
        var own = new double[Passes];
        var other = new double[Passes];
        for (int pass = 0; pass < Passes; pass++)
        {
            own[pass] = Rate(texts, Ours);
            if (theirs is not null) other[pass] = Rate(texts, theirs);
        }
        Report(kind + ", Llkd.Tokenizers", own);
        if (theirs is not null) Report(kind + ", Microsoft.ML.Tokenizers", other);
    }

    private static double Rate(string[] texts, Func<string, int> count)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        long tokens = 0;
        foreach (string text in texts) tokens += count(text);
        process.Refresh();
        return tokens / (process.TotalProcessorTime - before).TotalSeconds;
    }

    private static void Report(string name, double[] rates) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"  {name,-40} first pass {rates[0] / 1e6,6:0.00}, then {rates[1..].Order().ElementAt((Passes - 1) / 2) / 1e6,6:0.00} million tokens a second"));

    /// <summary>A tokenizer.json of 30,000 pieces: the texts' most frequent words, whole and their beginnings and ends, by frequency.</summary>
    private static void WriteUnigram(string folder, string[] texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in texts.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            string visible = "▁" + word;
            foreach (string piece in Enumerable.Range(1, visible.Length).SelectMany(length => new[] { visible[..length], visible[^length..] }).Distinct())
                counts[piece] = counts.GetValueOrDefault(piece) + (piece.Length == visible.Length ? 4 : 1) * piece.Length;
        }
        double total = counts.Values.Sum(count => (double)count);
        var pieces = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(30_000)
            .Select(pair => new object[] { pair.Key, Math.Log(pair.Value / total) });
        var special = Specials.Select(token => new object[] { token, 0.0 });
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["version"] = "1.0",
            ["added_tokens"] = Specials.Select((token, id) => new Dictionary<string, object> { ["id"] = id, ["content"] = token, ["special"] = true, ["normalized"] = false }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new Dictionary<string, object> { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = "always" },
            ["post_processor"] = null,
            ["model"] = new Dictionary<string, object> { ["type"] = "Unigram", ["unk_id"] = 3, ["vocab"] = special.Concat(pieces).ToArray() },
        }));
    }
}
