using System.Text.Json.Nodes;

namespace Llkd.Tokenizers.Tests;

/// <summary>Ids compared with those of @huggingface/transformers over more than 20,000 texts.</summary>
public sealed class HuggingFaceTests
{
    [Theory]
    [InlineData("trained")]
    [InlineData("roberta-kant")]
    public async Task Ids_of_a_byte_level_vocabulary_are_those_of_Hugging_Face(string name)
    {
        HuggingFace.Script();
        BpeVocabulary vocabulary = name == "trained"
            ? BpeTrainer.Train(OracleTexts.Data.SelectMany(SharedData.Texts), 4000)
            : BpeVocabulary.Load(Path.Combine(SharedData.Folder("tokenizers"), name));
        using var folder = new ScratchFolder();
        var tokenizer = new ByteLevelBpe(vocabulary, addsPrefixSpace: name == "trained");
        tokenizer.Save(folder.Path, 512);
        List<string> texts = OracleTexts.All();
        await HuggingFace.Compare(name, folder.Path, tokenizer, texts);
        ITextTokenizer fast = TokenizerFolder.Load(folder.Path);
        Assert.Equal(tokenizer.Special, fast.Special);
        Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text, 100, out _), fast.Encode(text, 100, out _)));
    }

    [Fact]
    public async Task Ids_of_a_BERT_tokenizer_are_those_of_Hugging_Face()
    {
        HuggingFace.Script();
        string folder = Path.Combine(SharedData.Folder("tokenizers"), "bert-minilm");
        await HuggingFace.Compare("bert-minilm", folder, TokenizerFolder.Load(folder), WithoutAstralChinese(OracleTexts.All()));
    }

    /// <summary>JavaScript looks for Chinese characters by UTF-16 unit, and so misses those outside the basic plane; Rust and Python do not.</summary>
    private static List<string> WithoutAstralChinese(List<string> texts) =>
        [.. texts.Select(text => string.Concat(text.EnumerateRunes().Where(rune => rune.Value is < 0x20000 or > 0x2FFFF)))];

    [Fact]
    public void A_Chinese_character_outside_the_basic_plane_is_a_word_of_its_own()
    {
        ITextTokenizer tokenizer = TokenizerFolder.Load(Path.Combine(SharedData.Folder("tokenizers"), "bert-minilm"));
        Assert.Equal(tokenizer.Encode("a \U00020000 b", 100, out _), tokenizer.Encode("a\U00020000b", 100, out _));
    }

    [Theory]
    [InlineData("bert-chinese", true, null, true)]
    [InlineData("bert-chinese", false, null, true)]
    [InlineData("bert-minilm", true, false, true)]
    [InlineData("bert-minilm", false, true, false)]
    public async Task Ids_of_a_BERT_vocabulary_are_those_of_Hugging_Face(string name, bool lowerCase, bool? stripAccents, bool splitChinese)
    {
        HuggingFace.Script();
        using var folder = new ScratchFolder();
        File.Copy(Path.Combine(SharedData.Folder("tokenizers"), name, "vocab.txt"), folder["vocab.txt"]);
        var config = new JsonObject { ["do_lower_case"] = lowerCase, ["strip_accents"] = stripAccents, ["tokenize_chinese_chars"] = splitChinese };
        await File.WriteAllTextAsync(folder["tokenizer_config.json"], config.ToJsonString(), TestContext.Current.CancellationToken);
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        tokenizer.Save(folder.Path, 512);
        List<string> texts = splitChinese ? WithoutAstralChinese(OracleTexts.All()) : OracleTexts.All();
        await HuggingFace.Compare($"{name}-{lowerCase}", folder.Path, tokenizer, texts);
        ITextTokenizer fast = TokenizerFolder.Load(folder.Path);
        Assert.Equal(tokenizer.Special, fast.Special);
        Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text, 100, out _), fast.Encode(text, 100, out _)));
    }

    [Theory]
    [InlineData("whitespace", true)]
    [InlineData("always", false)]
    [InlineData("first", false)]
    [InlineData("never", false)]
    public async Task Ids_of_a_unigram_vocabulary_are_those_of_Hugging_Face(string scheme, bool maskStripsLeft)
    {
        HuggingFace.Script();
        using var folder = new ScratchFolder();
        UnigramFolder.Write(folder.Path, scheme, maskStripsLeft);
        await HuggingFace.Compare("unigram-" + scheme, folder.Path, TokenizerFolder.Load(folder.Path), OracleTexts.All());
    }

    [Fact]
    public async Task Ids_of_a_SentencePiece_file_alone_are_those_of_Hugging_Face_with_XLM_RoBERTas_tokenizer()
    {
        HuggingFace.Script();
        using ScratchFolder oracle = new(), folder = new();
        UnigramFolder.Write(oracle.Path, "whitespace", maskStripsLeft: true);
        SentencePieceFolder.Write(folder.Path, UnigramFolder.Pieces(), charsMap: []);
        ITextTokenizer slow = TokenizerFolder.Load(folder.Path);
        List<string> texts = OracleTexts.All();
        await HuggingFace.Compare("sentencepiece", oracle.Path, slow, texts);
        slow.Save(folder.Path, 512);
        await HuggingFace.Compare("sentencepiece-saved", folder.Path, slow, texts);
        ITextTokenizer fast = TokenizerFolder.Load(folder.Path);
        Assert.Equal((slow.Special, slow.Size), (fast.Special, fast.Size));
        Assert.All(texts, text => Assert.Equal(slow.Encode(text, 100, out _), fast.Encode(text, 100, out _)));
    }

    [Fact]
    public async Task Ids_of_Llamas_vocabulary_are_those_of_Hugging_Face()
    {
        HuggingFace.Script();
        string model = Path.Combine(SharedData.Folder("tokenizers"), "llama2");
        using var folder = new ScratchFolder();
        LlamaFolder.Write(Path.Combine(model, "tokenizer.model"), folder.Path);
        List<string> texts = OracleTexts.All();
        ITextTokenizer fast = TokenizerFolder.Load(folder.Path), slow = TokenizerFolder.Load(model);
        await HuggingFace.Compare("llama2", folder.Path, fast, texts);
        Assert.All(texts, text => Assert.Equal(fast.Encode(text, 100_000, out _), slow.Encode(text, 100_000, out _)));
    }
}
