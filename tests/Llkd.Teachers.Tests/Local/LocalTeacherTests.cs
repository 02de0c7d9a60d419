using System.Globalization;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>A model of random weights, in every layout, as a teacher.</summary>
public sealed class LocalTeacherTests
{
    [Theory]
    [InlineData(TokenizerFamily.Llama3, "llama-3")]
    [InlineData(TokenizerFamily.Qwen, "chatml")]
    [InlineData(TokenizerFamily.SmolLM, "chatml")]
    [InlineData(TokenizerFamily.Llama2, "plain")]
    [InlineData(TokenizerFamily.Gemma, "gemma")]
    public async Task Every_text_gets_a_distribution(TokenizerFamily family, string format)
    {
        using var local = new LocalTeacher(family);
        Assert.Equal(format, local.Model.Format.Name);
        TeacherLabel[] answers = await local.LabelAsync("I could sing", "leave me alone", "what was that noise?");
        foreach (TeacherLabel answer in answers)
        {
            Assert.Equal(1, answer.Distribution!.Sum(), 1e-5f);
            Assert.Equal(("label scores", 1), (answer.Evidence, answer.Calls));
            Assert.InRange(answer.Unseen!.Value, 0, 1e-3f);
            Assert.Equal("ABC"[Array.IndexOf(answer.Distribution!, answer.Distribution!.Max())].ToString(), answer.RawReply);
            Assert.True(answer.PromptTokens > local.Model.Count(local.Prompts.For("")));
        }
        Assert.NotEqual(answers[0].Distribution, answers[1].Distribution);
    }

    [Fact]
    public async Task Texts_side_by_side_get_the_answers_they_get_alone()
    {
        using var local = new LocalTeacher();
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => string.Concat(Enumerable.Repeat(i.ToString(CultureInfo.InvariantCulture) + " feels so happy ", 1 + i % 7)))];
        TeacherLabel[] together = await local.LabelAsync(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            float[] alone = (await local.LabelAsync(texts[i]))[0].Distribution!;
            for (int k = 0; k < alone.Length; k++) Assert.Equal(alone[k], together[i].Distribution![k], 1e-5f);
        }
    }

    [Theory]
    [InlineData(AnswerStyle.Words)]
    [InlineData(AnswerStyle.Number)]
    public async Task Labels_of_several_tokens_are_scored_as_they_are_one_by_one(AnswerStyle style)
    {
        string[] labels = ["card", "card payment", "card payment declined", "cash withdrawal charge", "Zürich", "joy", "anger", "fear", "love", "sadness", "surprise", "card arrival"];
        // A rather even distribution: the model says nothing about any label, and every fork is followed.
        using var local = new LocalTeacher(TokenizerFamily.Qwen, shape => shape with { Sharpness = 0.3f }, labels, style);
        TeacherLabel answer = (await local.LabelAsync("when will it come?"))[0];
        double[] expected = BruteForce.Score(local, "when will it come?");
        for (int k = 0; k < labels.Length; k++) Assert.Equal(expected[k], answer.Distribution![k], answer.Unseen!.Value + 1e-5);
        Assert.InRange(answer.Unseen!.Value, 0, 1e-3f);
        Assert.True(answer.CompletionTokens > 0, "No token of a label was read.");
    }

    [Fact]
    public async Task A_text_that_is_too_long_loses_its_end_and_is_marked()
    {
        using var local = new LocalTeacher(maxTokens: 400);
        string[] texts = ["short", "word " + string.Concat(Enumerable.Repeat("it was a day like no other, 🙂 ", 200))];
        TeacherLabel[] answers = await local.LabelAsync(texts);
        Assert.Equal(["label scores", "label scores, text cut"], answers.Select(answer => answer.Evidence));
        Assert.InRange(answers[1].PromptTokens, 390, 400);
        using var whole = new LocalTeacher();
        Assert.NotEqual(whole.Teacher.Fingerprint, local.Teacher.Fingerprint);
        Assert.True((await whole.LabelAsync(texts[1]))[0].PromptTokens > 2000);
    }

    [Fact]
    public void A_prompt_without_room_for_any_text_is_an_error()
    {
        InputException error = Assert.Throws<InputException>(() => new LocalTeacher(maxTokens: 60));
        Assert.Contains("tokens without any text, and the model reads 60", error.Message, StringComparison.Ordinal);
        Assert.Contains("teacher.shots", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examples_may_be_the_same_for_all_texts_or_the_nearest()
    {
        Document[] examples = [TestData.Document("a sunny day", 0), TestData.Document("go away", 1), TestData.Document("a dark cellar", 2)];
        using var fixedOnes = new LocalTeacher(examples: examples);
        using var nearest = new LocalTeacher(examples: examples, nearest: 1);
        TeacherLabel a = (await fixedOnes.LabelAsync("in a dark wood"))[0], b = (await nearest.LabelAsync("in a dark wood"))[0];
        Assert.True(a.PromptTokens > b.PromptTokens);
        Assert.NotEqual(fixedOnes.Teacher.Fingerprint, nearest.Teacher.Fingerprint);
    }

    [Fact]
    public void The_same_files_in_another_folder_are_the_same_teacher_and_other_weights_another()
    {
        using var one = new LocalTeacher();
        using var two = new LocalTeacher();
        using var other = new LocalTeacher(shape: shape => shape with { Seed = 2 });
        using var plain = new LocalTeacher(format: "plain");
        Assert.Equal(one.Teacher.Fingerprint, two.Teacher.Fingerprint);
        Assert.NotEqual(one.Teacher.Fingerprint, other.Teacher.Fingerprint);
        Assert.NotEqual(one.Teacher.Fingerprint, plain.Teacher.Fingerprint);
        Assert.DoesNotContain(one.Folder, one.Teacher.Fingerprint.Description, StringComparison.Ordinal);
    }
}
