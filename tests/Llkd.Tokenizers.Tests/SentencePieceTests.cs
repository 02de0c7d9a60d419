using System.Text.Json;
using Llkd.Tokenizers.Normalizers;

namespace Llkd.Tokenizers.Tests;

/// <summary>Ids compared with those of SentencePiece itself, over models that it trains with its own maps of characters.</summary>
public sealed class SentencePieceTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>In a text these are tokens here, as with Hugging Face, and a row of characters to SentencePiece.</summary>
    private static readonly string[] Special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// The file is read as Hugging Face reads it, so texts are left out where that gives other ids than SentencePiece: where
    /// the map is applied otherwise, and where a text, before or after it, holds a special token, or after it a space that is not
    /// a plain one. What the map makes of a text is compared for all.
    /// </summary>
    [Theory]
    [InlineData("nmt_nfkc")]
    [InlineData("nmt_nfkc_cf")]
    [InlineData("nfkc")]
    [InlineData("nmt_nfkc", "--byte_fallback")]
    public async Task Ids_of_a_unigram_model_with_a_map_of_characters_are_those_of_SentencePiece(string rule, params string[] options)
    {
        SentencePieceTool.Require();
        string prefix = await Train("sentencepiece.bpe", [$"--normalization_rule_name={rule}", .. options]);
        SentencePieceFile file = SentencePieceFile.Read(prefix + ".model");
        var entries = new CharsMapEntries(file.CharsMap);
        var normalizer = new PrecompiledCharsMap(file.CharsMap, "here");
        List<string> all = Texts(), texts = [];
        foreach (string text in all)
        {
            string normalized = entries.ByGrapheme(text);
            Assert.Equal(normalized, normalizer.Normalize(text));
            bool special = Special.Append("<0x").Any(token => (text + '\n' + normalized).Contains(token, StringComparison.Ordinal));
            if (!special && normalized == entries.ByLongest(text) && !normalized.Any(c => c == '▁' || (c != ' ' && char.IsWhiteSpace(c)))) texts.Add(text);
        }
        output.WriteLine($"{entries.Count} entries; {texts.Count} of {all.Count} texts can be compared");
        Assert.True(texts.Count > 0.9 * all.Count, $"Only {texts.Count} of {all.Count} texts could be compared.");

        ITextTokenizer tokenizer = TokenizerFolder.Load(_folder.Path);
        tokenizer.Save(_folder.Path, 512);
        Dictionary<string, int> ids = SavedIds();
        int[] idOf = [.. File.ReadLines(prefix + ".vocab").Select(line => ids[line.Split('\t')[0]])];
        // What is no normal piece has no score; it must not pass for a tie.
        Dictionary<int, double> scores = file.Pieces.Select((piece, place) => (Id: idOf[place], Score: piece.Type == SentencePiece.Normal ? piece.Score : -100.0))
            .ToDictionary(piece => piece.Id, piece => piece.Score);
        await Compare(
            string.Concat([rule, .. options]), prefix, tokenizer, texts,
            pieces => [tokenizer.Special.Begin!.Value, .. pieces.Select(piece => idOf[piece]), tokenizer.Special.End!.Value],
            spelling => spelling.Sum(id => scores[id]));
        ITextTokenizer fast = TokenizerFolder.Load(_folder.Path);
        Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text, 100, out _), fast.Encode(text, 100, out _)));
    }

    [Theory]
    [InlineData("llama", "--byte_fallback", "--remove_extra_whitespaces=false", "--split_digits")]
    [InlineData("without-prefix", "--byte_fallback", "--remove_extra_whitespaces=false", "--add_dummy_prefix=false")]
    [InlineData("without-extra-spaces", "--byte_fallback")]
    [InlineData("without-bytes", "--remove_extra_whitespaces=false")]
    public async Task Ids_of_a_BPE_model_are_those_of_SentencePiece(string name, params string[] options)
    {
        SentencePieceTool.Require();
        string prefix = await Train("tokenizer", ["--model_type=bpe", "--normalization_rule_name=identity", .. options]);
        ITextTokenizer tokenizer = TokenizerFolder.Load(_folder.Path);
        List<string> texts = [.. Texts().Where(text => !Special.Any(token => text.Contains(token, StringComparison.Ordinal)))];
        await Compare("bpe-" + name, prefix, tokenizer, texts, pieces => [tokenizer.Special.Begin!.Value, .. pieces]);
    }

    [Theory]
    [InlineData("tokenizer", "--model_type=bpe", "--normalization_rule_name=nfkc")]
    [InlineData("tokenizer", "--model_type=bpe", "--normalization_rule_name=identity", "--treat_whitespace_as_suffix")]
    [InlineData("sentencepiece.bpe", "--treat_whitespace_as_suffix")]
    [InlineData("sentencepiece.bpe", "--remove_extra_whitespaces=false")]
    [InlineData("sentencepiece.bpe", "--add_dummy_prefix=false")]
    public async Task A_model_that_would_be_read_wrongly_is_refused_with_what_to_do(string name, params string[] options)
    {
        SentencePieceTool.Require();
        await Train(name, options);
        Assert.Contains("save_pretrained(folder)", Assert.Throws<InputException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private async Task<string> Train(string name, params string[] options)
    {
        string prefix = _folder[name];
        await SentencePieceTool.Train(prefix, OracleTexts.Data.SelectMany(data => SharedData.Texts(data).Take(3400)).Concat(OracleTexts.Words(3000)), options);
        return prefix;
    }

    /// <summary>Real texts, generated ones, and every character; none with a line break or NUL, which SentencePiece's programs do not take.</summary>
    private static List<string> Texts() =>
        [.. OracleTexts.All().Concat(OracleTexts.Odd(20_000)).Concat(OracleTexts.EveryCharacter()).Concat(["", " ", "    ", "▁"])
            .Where(text => text.AsSpan().IndexOfAny('\n', '\r', '\0') < 0)];

    /// <summary>Two spellings of equal scores are a tie, which rounding decides: SentencePiece adds in single precision. There are few.</summary>
    private async Task Compare(
        string name, string prefix, ITextTokenizer tokenizer, List<string> texts, Func<int[], int[]> idsOf, Func<int[], double>? score = null)
    {
        Assert.True(texts.Count >= 20_000, $"There are only {texts.Count} texts.");
        List<int[]> oracle = await SentencePieceTool.Encode(prefix, texts);
        Assert.Equal(texts.Count, oracle.Count);
        var differences = new Differences("SentencePiece");
        int ties = 0;
        foreach ((string text, int[] pieces) in texts.Zip(oracle))
        {
            int[] expected = idsOf(pieces), ids = tokenizer.Encode(text, int.MaxValue, out _);
            bool tie = score is not null && !expected.SequenceEqual(ids) && Math.Abs(score(expected) - score(ids)) < 0.001;
            if (tie) ties++;
            differences.Compare(text, expected, tie ? expected : ids);
        }
        await differences.AssertNone(name);
        output.WriteLine($"{texts.Count} texts compared, {ties} of them ties");
        Assert.True(ties <= texts.Count / 10_000, $"{ties} of {texts.Count} texts are ties.");
    }

    /// <summary>The ids of the pieces in the tokenizer.json that was saved.</summary>
    private Dictionary<string, int> SavedIds()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(_folder["tokenizer.json"]));
        return json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateArray().Select((piece, id) => (piece[0].GetString()!, id))
            .ToDictionary(pair => pair.Item1, pair => pair.id, StringComparer.Ordinal);
    }
}
