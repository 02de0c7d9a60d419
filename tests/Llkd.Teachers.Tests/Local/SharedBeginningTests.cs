using System.Globalization;
using Llkd.Teachers.Local;
using Llkd.Teachers.Prompting;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>What prompts share is computed once, and changes no answer; nor does the layout of the export.</summary>
public sealed class SharedBeginningTests
{
    private static readonly string[] Texts = ["I could sing", "-----", "0", "ünïcödé 🙂", string.Concat(Enumerable.Repeat("a text of many words and some more ", 60))];

    [Theory]
    [InlineData(TokenizerFamily.Llama3, AttentionLayout.Plain, WeightFormat.Float32)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.GroupQuery, WeightFormat.Float32)]
    [InlineData(TokenizerFamily.Llama2, AttentionLayout.Plain, WeightFormat.Int4)]
    [InlineData(TokenizerFamily.Gemma, AttentionLayout.GroupQuery, WeightFormat.Int4)]
    public void Logits_behind_a_shared_beginning_are_those_of_the_whole_prompt(TokenizerFamily family, AttentionLayout layout, WeightFormat weights)
    {
        using var local = new LocalTeacher(family, shape => shape with { Layout = layout, Weights = weights });
        using var whole = new LocalModel(new LocalModelOptions { Folder = local.Folder });
        Assert.True(local.Teacher.SharedTokens > 60, $"Only {local.Teacher.SharedTokens} tokens are shared: {local.Model.Format.Render(local.Prompts.For("x").Messages)}");
        foreach (string text in Texts)
        {
            float[] shared = local.Model.Logits(local.Prompts.For(text), out int[] tokens), expected = whole.Logits(local.Prompts.For(text), out int[] same);
            Assert.Equal(same, tokens);
            Near(expected, shared, 1e-4f);
        }
    }

    [Fact]
    public void A_prompt_that_begins_otherwise_is_read_from_its_own_beginning()
    {
        using var local = new LocalTeacher();
        using var whole = new LocalModel(new LocalModelOptions { Folder = local.Folder });
        var other = new Prompt([], [new PromptMessage(PromptRole.User, "Something else altogether")]);
        Near(whole.Logits(other, out _), local.Model.Logits(other, out _), 1e-6f);
    }

    [Fact]
    public void Every_layout_gives_the_same_logits()
    {
        using var plain = new LocalTeacher();
        foreach (Func<DecoderShape, DecoderShape> change in new Func<DecoderShape, DecoderShape>[]
        {
            shape => shape with { PositionIds = false },
            shape => shape with { LogitsToKeep = true },
            shape => shape with { Layout = AttentionLayout.GroupQuery, PositionIds = false },
        })
        {
            using var other = new LocalTeacher(shape: change);
            foreach (string text in Texts) Near(plain.Model.Logits(plain.Prompts.For(text), out _), other.Model.Logits(other.Prompts.For(text), out _), 1e-3f);
        }
    }

    [Theory]
    [InlineData(TokenizerFamily.Llama3)]
    [InlineData(TokenizerFamily.Qwen)]
    [InlineData(TokenizerFamily.SmolLM)]
    [InlineData(TokenizerFamily.Llama2)]
    [InlineData(TokenizerFamily.Gemma)]
    public void Nearly_all_prompts_begin_with_the_tokens_found_on_the_samples(TokenizerFamily family)
    {
        using var local = new LocalTeacher(family);
        var tokens = new PromptTokens(Tokenizers.TokenizerFolder.Load(local.Folder), local.Model.Format);
        int[][] prompts = [.. Enumerable.Range(0, 1000).Select(i => tokens.Of(local.Prompts.For(string.Create(CultureInfo.InvariantCulture, $"{i} another text"))))];
        Assert.Equal(local.Teacher.SharedTokens, PromptTokens.CommonPrefix(prompts));
    }

    private static void Near(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }
}
