using System.Text;
using Llkd.TestModels;
using Llkd.Tokenizers.Unicode;

namespace Llkd.Tokenizers.Tests;

/// <summary>Tokenizers in the form of the decoder-only families, compared with @huggingface/transformers.</summary>
public sealed class DecoderTokenizerTests
{
    [Theory]
    [InlineData(TokenizerFamily.Llama3)]
    [InlineData(TokenizerFamily.Qwen)]
    [InlineData(TokenizerFamily.SmolLM)]
    [InlineData(TokenizerFamily.Llama2)]
    [InlineData(TokenizerFamily.Gemma)]
    public async Task Ids_of_a_decoder_are_those_of_Hugging_Face(TokenizerFamily family)
    {
        HuggingFace.Script();
        using var folder = new ScratchFolder();
        DecoderFolder.Write(folder.Path, family, texts: SharedData.Texts("emotions").Take(500), merges: 1000);
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        // Alone digits of other scripts: JavaScript's \d knows only those of ASCII, where Rust knows all numbers.
        IEnumerable<string> texts = OracleTexts.All().Where(text => family != TokenizerFamily.SmolLM || !text.EnumerateRunes().Any(rune => !rune.IsAscii && Rune.IsNumber(rune)));
        await HuggingFace.Compare($"decoder-{family}", folder.Path, tokenizer,
            [.. texts, "<|im_start|>user\nA 12345 é\u0301 e\u0301<|im_end|>\n", "<start_of_turn>model\nB", "<|start_header_id|>assistant<|end_header_id|>\n\nC", "[INST] <<SYS>>\nx [/INST] D </s>"]);
    }

    /// <summary>Cases of UAX #15, as its tables and its section on blocked marks show them.</summary>
    [Theory]
    [InlineData("plain ASCII", "plain ASCII")]
    [InlineData("A\u030A", "Å")]
    [InlineData("\u212B", "Å")]
    [InlineData("e\u0323\u0302", "ệ")]
    [InlineData("e\u0302\u0323", "ệ")]
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("\u1100\u1161", "가")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("a\u0327\u0301", "á\u0327")]
    [InlineData("a\u0301\u0301", "á\u0301")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u1611\u0301", "\u1611\u0301")]
    public void A_base_is_joined_with_its_marks(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));
}
