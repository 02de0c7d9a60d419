using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Tests.Local;

/// <summary>How a teacher hands texts to a model in this process: neighbours by length, several at once.</summary>
public sealed class PromptGroupTests
{
    [Fact]
    public async Task Texts_go_to_the_model_in_groups_of_about_the_same_length()
    {
        var model = new Noting(together: 4);
        TeacherLabel[] answers = await LabelAsync(model, [.. Enumerable.Range(1, 40).Select(i => new string('x', i * 7 % 41))]);
        Assert.Equal(40, answers.Count(answer => answer.Distribution is not null));
        Assert.Equal(10, model.Groups.Count);
        foreach (string[] group in model.Groups)
        {
            Assert.Equal(4, group.Length);
            Assert.Equal(3, group.Max(text => text.Length) - group.Min(text => text.Length));
        }
    }

    [Fact]
    public async Task Few_texts_are_spread_over_all_that_go_side_by_side()
    {
        var model = new Noting(together: 8);
        await LabelAsync(model, ["a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg", "hhhhhhhh"]);
        Assert.All(model.Groups, group => Assert.Equal(2, group.Length));
    }

    [Fact]
    public async Task A_text_that_fails_is_marked_and_its_group_is_labelled()
    {
        TeacherLabel[] answers = await LabelAsync(new Noting(together: 4), ["aaaa", "bbb!", "cccc", "dddd", .. Enumerable.Repeat("y", 12).Select((text, i) => text + i)]);
        TeacherLabel failed = Assert.Single(answers, answer => answer.Distribution is null);
        Assert.Equal(DocumentKey.Of("bbb!"), failed.Key);
        Assert.Equal(15, answers.Count(answer => answer.Distribution is not null));
    }

    [Fact]
    public async Task A_text_that_is_asked_about_again_goes_alone()
    {
        var model = new Noting(together: 4);
        TeacherLabel[] answers = await LabelAsync(model, ["aaaa", "bbb?", "cccc", "dddd", .. Enumerable.Repeat("y", 12).Select((text, i) => text + i)]);
        Assert.All(answers, answer => Assert.NotNull(answer.Distribution));
        Assert.Equal(["bbb?"], model.Alone);
    }

    [Fact]
    public async Task Once_stopped_no_further_group_is_begun()
    {
        using var stop = new CancellationTokenSource();
        var model = new Noting(together: 4, stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LabelAsync(model, [.. Enumerable.Range(0, 400).Select(i => i.ToString(CultureInfo.InvariantCulture))], stop.Token));
        // Those that were side by side when it was stopped.
        Assert.InRange(model.Groups.Count, 1, 2);
    }

    [Fact]
    public async Task A_model_that_knows_no_groups_scores_one_after_the_other()
    {
        ILocalModel model = new Plain();
        var prompts = Enumerable.Range(0, 3).Select(i => new Prompt([], [new PromptMessage(PromptRole.User, i == 1 ? "!" : "text")])).ToArray();
        IReadOnlyList<Task<AnswerScores>> scores = model.ScoreTogether(prompts, ["a", "b"], TestContext.Current.CancellationToken);
        Assert.Equal(1, model.Together);
        Assert.Equal(0, (await scores[0]).LogProbabilities[0]);
        await Assert.ThrowsAsync<ModelException>(() => scores[1]);
        Assert.Equal(0, (await scores[2]).LogProbabilities[0]);
    }

    private static async Task<TeacherLabel[]> LabelAsync(ILocalModel model, string[] texts, CancellationToken? stop = null)
    {
        var prompts = new PromptBuilder([new TaskLabel { Name = "joy" }, new TaskLabel { Name = "anger" }], PromptTemplate.BuiltIn(PromptFormat.Find("plain")!), AnswerStyle.Letter, [], seed: 1);
        using var teacher = new LanguageModelTeacher(model, prompts, new LanguageModelOptions(), new CallOptions());
        var answers = new List<TeacherLabel>();
        await foreach (TeacherLabel answer in teacher.LabelAsync(Stream(texts), stop ?? TestContext.Current.CancellationToken)) answers.Add(answer);
        return [.. answers];
    }

    private static async IAsyncEnumerable<Document> Stream(string[] texts, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (string text in texts) yield return TestData.Document(text);
        await Task.CompletedTask;
    }

    /// <summary>A model without a way of its own with groups.</summary>
    private class Plain : ILocalModel
    {
        public string Name => "plain";
        public int MaxTokens => 1 << 20;
        public int SideBySide => 2;
        public void Prepare() { }
        public int Count(Prompt prompt) => Text(prompt).Length;
        public int Share(IEnumerable<Prompt> samples) => 0;

        public virtual Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken) =>
            Text(prompt).Contains('!', StringComparison.Ordinal) ? Task.FromException<AnswerScores>(new ModelException(ModelFailure.Rejected, "no")) : Task.FromResult(Scores(answers));

        protected static AnswerScores Scores(IReadOnlyList<string> answers) => new([.. answers.Select((_, i) => (double)-i)], 0, 1, 0);

        /// <summary>The text between the two delimiter lines, or else the whole.</summary>
        protected static string Text(Prompt prompt)
        {
            string[] lines = prompt.Messages.Last().Content.Split('\n');
            for (int i = 0; i + 2 < lines.Length; i++)
                if (lines[i].Length > 4 && lines[i] == lines[i + 2]) return lines[i + 1];
            return prompt.Messages.Last().Content;
        }
    }

    /// <summary>Notes what it is given. A text with a question mark fails the first time.</summary>
    private sealed class Noting(int together, CancellationTokenSource? stop = null) : Plain, ILocalModel
    {
        public ConcurrentBag<string[]> Groups { get; } = [];
        public ConcurrentBag<string> Alone { get; } = [];
        public int Together => together;

        public override Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken)
        {
            Alone.Add(Text(prompt));
            return Task.FromResult(Scores(answers));
        }

        public IReadOnlyList<Task<AnswerScores>> ScoreTogether(IReadOnlyList<Prompt> prompts, IReadOnlyList<string> answers, CancellationToken cancellationToken)
        {
            Groups.Add([.. prompts.Select(Text)]);
            stop?.Cancel();
            return [.. prompts.Select(prompt => Text(prompt) switch
            {
                var text when text.Contains('?', StringComparison.Ordinal) => Task.FromException<AnswerScores>(new ModelException(ModelFailure.Busy, "later", TimeSpan.FromMilliseconds(1))),
                var text when text.Contains('!', StringComparison.Ordinal) => Task.FromException<AnswerScores>(new ModelException(ModelFailure.Rejected, "no")),
                _ => Task.FromResult(Scores(answers)),
            })];
        }
    }
}
