using System.Buffers.Binary;
using CsCheck;
using Llkd.Tokenizers.Normalizers;

namespace Llkd.Tokenizers.Tests;

public sealed class TokenizerFolderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_without_tokenizer_files_is_refused_with_their_names()
    {
        Assert.Contains("vocab.json with merges.txt", Assert.Throws<InputException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_SentencePiece_file_alone_gives_the_ids_of_fairseq_and_normalises_by_its_own_table()
    {
        SentencePieceFolder.Write(_folder.Path, [("▁cafe", -2), ("▁", -3), ("yz", -4), ("a", -5)], HandMadeTable());
        ITextTokenizer tokenizer = TokenizerFolder.Load(_folder.Path);
        // <s> <pad> </s> <unk>, then the pieces behind SentencePiece's own three, and <mask> last.
        Assert.Equal([0, 4, 5, 6, 7, 3, 8, 2], tokenizer.Encode("café xa! <mask>", 100, out _));
        Assert.Equal(new SpecialTokens(0, 2, 1, 3, 8), tokenizer.Special);
        Assert.Equal(9, tokenizer.Size);
        Assert.Equal([0, 2], tokenizer.Encode(" ", 100, out _));
    }

    [Theory]
    [InlineData(2, "XLMRobertaTokenizer")]
    [InlineData(1, "CamembertTokenizer")]
    public void A_SentencePiece_file_of_another_family_is_refused_with_what_to_do(int kind, string tokenizerClass)
    {
        SentencePieceFolder.Write(_folder.Path, [("▁a", -2)], [], kind);
        File.WriteAllText(_folder["tokenizer_config.json"], $$"""{ "tokenizer_class": "{{tokenizerClass}}" }""");
        Assert.Contains("save_pretrained(folder)", Assert.Throws<InputException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_happens_to_a_SentencePiece_file_it_loads_or_is_refused_by_name()
    {
        SentencePieceFolder.Write(_folder.Path, [("▁a", -2), ("b", -3), ("▁", -4)], HandMadeTable());
        byte[] whole = File.ReadAllBytes(_folder["sentencepiece.bpe.model"]);
        int loaded = 0, refused = 0;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, cut) =>
        {
            byte[] changed = cut ? whole[..at] : [.. whole];
            if (!cut) changed[at] = value;
            File.WriteAllBytes(_folder["sentencepiece.bpe.model"], changed);
            try
            {
                Assert.NotEmpty(TokenizerFolder.Load(_folder.Path).Encode("a b é x", 100, out _));
                loaded++;
            }
            catch (InputException e)
            {
                Assert.Contains("sentencepiece.bpe.model", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }, iter: 2000, threads: 1);
        Assert.True(loaded > 20 && refused > 500, $"{loaded} loaded, {refused} refused");
    }

    [Fact]
    public void A_BERT_vocabulary_without_its_special_tokens_is_refused()
    {
        File.WriteAllText(_folder["vocab.txt"], "[PAD]\n[UNK]\n[CLS]\nword\n[MASK]\n");
        Assert.Contains("the token `[SEP]` is missing", Assert.Throws<InputException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_BERT_vocabulary_may_have_line_ends_of_Windows_and_other_names_of_special_tokens()
    {
        File.WriteAllText(_folder["vocab.txt"], "<p>\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nwor\r\n##d\r\n");
        File.WriteAllText(_folder["special_tokens_map.json"], """{ "pad_token": { "content": "<p>" } }""");
        ITextTokenizer tokenizer = TokenizerFolder.Load(_folder.Path);
        Assert.Equal([2, 5, 6, 1, 0, 3], tokenizer.Encode("Word words <p>", 100, out bool truncated));
        Assert.False(truncated);
        Assert.Equal([2, 5, 3], tokenizer.Encode("word word", 3, out truncated));
        Assert.True(truncated);
        Assert.Equal(0, tokenizer.Special.Pad);
    }

    [Theory]
    [InlineData("""{ "model": { "type": "BPE" } }""", "is not a tokenizer")]
    [InlineData("""{ "model": { "type": "WordLevel", "vocab": {} } }""", "`WordLevel` with settings that are not known")]
    [InlineData("""{ "model": { "type": "WordPiece", "unk_token": "?", "vocab": { "?": 0 } }, "normalizer": { "type": "NFKC" } }""", "`normalizer` is of the kind `NFKC`")]
    [InlineData("""{ "model": { "type": "WordPiece", "unk_token": "!", "vocab": { "?": 0 } } }""", "`!` is not in the vocabulary")]
    [InlineData("""{ "model": { "type": "WordPiece", "unk_token": "?", "vocab": { "?": -4 } } }""", "has the id -4, which is out of range")]
    [InlineData("""{ "model": { "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": ["a b"] } }""", "not of two tokens that make a third")]
    [InlineData("[1, 2", "is not a tokenizer")]
    public void A_broken_or_foreign_tokenizer_is_refused_by_name(string json, string expected)
    {
        File.WriteAllText(_folder["tokenizer.json"], json);
        InputException e = Assert.Throws<InputException>(() => TokenizerFolder.Load(_folder.Path));
        Assert.Contains("tokenizer.json", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_happens_to_a_tokenizer_file_it_loads_or_is_refused_by_name()
    {
        File.WriteAllText(_folder["vocab.txt"], "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwor\n##d\né\n漢\n");
        TokenizerFolder.Load(_folder.Path).Save(_folder.Path, 64);
        byte[] whole = File.ReadAllBytes(_folder["tokenizer.json"]);
        int loaded = 0, refused = 0;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Char["0{}[]\",:-9xe"], Gen.Bool).Sample((at, value, cut) =>
        {
            byte[] changed = cut ? whole[..at] : [.. whole];
            if (!cut) changed[at] = (byte)value;
            File.WriteAllBytes(_folder["tokenizer.json"], changed);
            try
            {
                Assert.NotEmpty(TokenizerFolder.Load(_folder.Path).Encode("word 漢 x", 100, out _));
                loaded++;
            }
            catch (InputException e)
            {
                Assert.Contains("tokenizer.json", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }, iter: 2000, threads: 1);
        Assert.True(loaded > 20 && refused > 500, $"{loaded} loaded, {refused} refused");
    }

    [Fact]
    public void A_precompiled_table_replaces_what_its_trie_holds()
    {
        byte[] table = HandMadeTable();
        var map = new PrecompiledCharsMap(table, "here");
        Assert.Equal("cafe ayzb 漢", map.Normalize("café axb 漢"));
        // A grapheme of fewer than six bytes is looked up whole, and its shortest entry replaces all of it.
        Assert.Equal("yz", map.Normalize("x\u0301"));
        BinaryPrimitives.WriteUInt32LittleEndian(table, uint.MaxValue - 3);
        Assert.Contains("damaged", Assert.Throws<InputException>(() => new PrecompiledCharsMap(table, "here")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_precompiled_table_of_any_bytes_does_no_harm() =>
        Gen.Select(Gen.UInt.Array[0, 300], Gen.Byte.Array[0, 20]).Sample((units, tail) =>
        {
            byte[] table = [.. BitConverter.GetBytes(4 * units.Length), .. units.SelectMany(BitConverter.GetBytes), .. tail];
            new PrecompiledCharsMap(table, "here").Normalize("a ﬁne ÿÿ 漢字 😀");
        }, iter: 2000);

    [Fact]
    public void A_long_text_without_spaces_is_encoded_in_time_that_grows_with_it()
    {
        ITextTokenizer tokenizer = new ByteLevelBpe(BpeTrainer.Train(["aaaaaaaa aaaa"], 264, 1));
        string text = new('a', 200_000);
        Assert.Equal(text.Length / 4 + 2, tokenizer.Encode(text, int.MaxValue, out _).Length);
    }

    /// <summary>A double array made by hand for two keys: "é" (C3 A9) becomes "e", "x" becomes "yz".</summary>
    private static byte[] HandMadeTable()
    {
        // Unit 0 points to base 256; a child stands at base XOR byte. Units: offset << 10 | has leaf << 8 | label.
        var units = new uint[1280];
        units[0] = 256u << 10;
        units[256 ^ 0xC3] = ((256u ^ 0xC3u ^ 512u) << 10) | 0xC3;
        units[512 ^ 0xA9] = ((512u ^ 0xA9u ^ 768u) << 10) | 0x100 | 0xA9;
        units[768] = 0x80000000 | 0;
        units[256 ^ (uint)'x'] = ((256u ^ (uint)'x' ^ 1024u) << 10) | 0x100 | 'x';
        units[1024] = 0x80000000 | 2;
        return [.. BitConverter.GetBytes(4 * units.Length), .. units.SelectMany(BitConverter.GetBytes), .. "e\0yz\0"u8];
    }
}
