using System.Diagnostics;
using CsCheck;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers.Tests;

public sealed class BpeTests
{
    /// <summary>Texts over few characters, so that pairs repeat, with runs, spaces, apostrophes and characters of all planes.</summary>
    private static readonly Gen<string> Text =
        Gen.OneOf("a", "b", "ab", "aa", " ", "  ", "\n", "'s", "'", "1", "é", "漢", "𝒜", "😀", "𠀀", "!", "​", "\u00a0", "\u0301", "'ll").Array[0, 20].Select(string.Concat);

    [Fact]
    public void Words_are_those_of_the_regular_expression() =>
        Text.Sample(text =>
        {
            var words = new List<string>();
            for (int at = 0; at < text.Length; at += words[^1].Length)
                words.Add(text.Substring(at, Gpt2Splitter.NextWord(text.AsSpan(at))));
            Assert.Equal(SlowBpe.Words(text), words);
        }, iter: 3000);

    [Fact]
    public void Training_makes_the_merges_of_counting_anew_before_every_merge() =>
        Gen.Select(Text.Array[1, 12], Gen.Int[261, 300], Gen.Int[1, 3]).Sample((texts, size, minCount) =>
        {
            BpeVocabulary vocabulary = BpeTrainer.Train(texts, size, minCount);
            Assert.Equal(SlowBpe.Train(texts, size, minCount), vocabulary.Merges);
            Assert.Equal(Enumerable.Range(0, vocabulary.Ids.Count), vocabulary.Ids.Values.Order());
        }, iter: 300);

    [Fact]
    public void Training_does_not_depend_on_the_order_of_the_texts() =>
        Gen.Select(Text.Array[1, 12], Gen.Int[0, 100]).Sample((texts, seed) =>
        {
            string[] shuffled = (string[])texts.Clone();
            new Numerics.RandomStream(seed, "test").Shuffle(shuffled.AsSpan());
            Assert.Equal(BpeTrainer.Train(texts, 300).Merges, BpeTrainer.Train(shuffled, 300).Merges);
        }, iter: 200);

    [Fact]
    public void Encoding_applies_the_merges_in_their_order() =>
        Gen.Select(Text.Array[1, 12], Text).Sample((texts, text) =>
        {
            BpeVocabulary vocabulary = BpeTrainer.Train(texts, 290, 1);
            int[] expected = [0, .. SlowBpe.Tokens(text, vocabulary.Merges).Select(t => vocabulary.Ids[t]), 2];
            Assert.Equal(expected, Encode(new ByteLevelBpe(vocabulary), text));
        }, iter: 300);

    [Fact]
    public void A_long_text_keeps_its_first_tokens_and_both_ends() =>
        Gen.Select(Text, Gen.Int[3, 12]).Sample((text, maxLength) =>
        {
            BpeVocabulary vocabulary = BpeTrainer.Train(["aaaa abab", "漢 aa ab 😀"], 275, 1);
            int[] whole = Encode(new ByteLevelBpe(vocabulary), text);
            int[] cut = Encode(new ByteLevelBpe(vocabulary), text, maxLength);
            Assert.Equal([.. whole[..^1].Take(maxLength - 1), 2], cut);
        }, iter: 1000);

    [Fact]
    public void Special_tokens_in_a_text_become_their_ids_and_the_mask_takes_the_space_before_it()
    {
        BpeVocabulary vocabulary = BpeTrainer.Train(["a"], 261);
        int a = vocabulary.Ids["a"], space = vocabulary.Ids["Ġ"];
        Assert.Equal([0, a, 4, space, a, space, 1, a, 2], Encode(new ByteLevelBpe(vocabulary), "a \n<mask> a <pad>a"));
    }

    [Fact]
    public void A_lone_surrogate_is_read_as_the_replacement_character()
    {
        var bpe = new ByteLevelBpe(BpeTrainer.Train(["a"], 261));
        Assert.Equal(Encode(bpe, "a\uFFFDb"), Encode(bpe, "a\uD800b"));
    }

    [Fact]
    public void Sixteen_thousand_texts_make_eight_thousand_tokens_in_seconds()
    {
        IReadOnlyList<string> texts = SharedData.Texts("emotions");
        var clock = Stopwatch.StartNew();
        BpeVocabulary vocabulary = BpeTrainer.Train(texts, 8000);
        TestContext.Current.SendDiagnosticMessage($"{texts.Count} texts, {vocabulary.Ids.Count} tokens, {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal(8000, vocabulary.Ids.Count);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void A_saved_vocabulary_loads_as_it_was()
    {
        using var folder = new ScratchFolder();
        BpeVocabulary vocabulary = BpeTrainer.Train(["the cat, the \"hat\" \\ 漢字 漢字"], 290, 1);
        new ByteLevelBpe(vocabulary).Save(folder.Path, 64);
        BpeVocabulary loaded = BpeVocabulary.Load(folder.Path);
        Assert.Equal(vocabulary.Ids.OrderBy(p => p.Value), loaded.Ids.OrderBy(p => p.Value));
        Assert.Equal(vocabulary.Merges, loaded.Merges);
    }

    [Theory]
    [InlineData("vocab.json", "{", "not a JSON object")]
    [InlineData("vocab.json", "{\"<s>\": 0}", "`<pad>` is missing")]
    [InlineData("merges.txt", "#version: 0.2\na b c\n", "line 2")]
    [InlineData("merges.txt", "#version: 0.2\na b\na b\n", "line 3")]
    [InlineData("merges.txt", "z q\n", "line 1")]
    public void A_broken_vocabulary_is_refused_by_file_and_row(string file, string content, string expected)
    {
        using var folder = new ScratchFolder();
        new ByteLevelBpe(BpeTrainer.Train(["ab ab"], 263)).Save(folder.Path, 64);
        File.WriteAllText(Path.Combine(folder.Path, file), content);
        InputException e = Assert.Throws<InputException>(() => BpeVocabulary.Load(folder.Path));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    private static int[] Encode(ByteLevelBpe bpe, string text, int maxLength = 100_000)
    {
        var ids = new List<int>();
        bpe.Encode(text, maxLength, ids);
        return [.. ids];
    }
}
