using Llkd.Labels;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>A model of random weights, in every layout, as a teacher.</summary>
public sealed class LocalTeacherTests
{
    [Theory]
    [InlineData(TokenizerFamily.Llama3)]
    [InlineData(TokenizerFamily.Qwen)]
    [InlineData(TokenizerFamily.SmolLM)]
    [InlineData(TokenizerFamily.Llama2)]
    [InlineData(TokenizerFamily.Gemma)]
    public async Task Every_text_gets_a_distribution(TokenizerFamily family)
    {
        using var local = new LocalTeacher(family);
        TeacherLabel[] answers = await local.LabelAsync("I could sing", "leave me alone", "what was that noise?");
        foreach (TeacherLabel answer in answers)
        {
            Assert.Equal(1, answer.Distribution!.Sum(), 1e-5f);
            Assert.Equal(("label scores", 1), (answer.Evidence, answer.Calls));
            Assert.Equal("ABC"[Array.IndexOf(answer.Distribution!, answer.Distribution!.Max())].ToString(), answer.RawReply);
            Assert.True(answer.PromptTokens > 50);
        }
        Assert.NotEqual(answers[0].Distribution, answers[1].Distribution);
    }
}
