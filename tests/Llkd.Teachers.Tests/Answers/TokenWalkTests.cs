using CsCheck;
using Llkd.Tasks;
using Llkd.Teachers.Answers;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Tests.Answers;

public sealed class TokenWalkTests
{
    private static TokenWalk Walk(AnswerStyle style, params string[] labels) =>
        new(new AnswerMarkers([.. labels.Select(name => new TaskLabel { Name = name })], style), ignoreCase: style != AnswerStyle.Letter);

    private static ReplyToken Token(string chosen, params (string Text, double P)[] top) =>
        new(new TokenProbability(chosen, top.First(t => t.Text == chosen).P), [.. top.Select(t => new TokenProbability(t.Text, t.P))]);

    private static void Near(float[] expected, TokenDistribution? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Length, actual.Value.Distribution.Length);
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], actual.Value.Distribution[k], 1e-5f);
    }

    [Fact]
    public void Equal_spellings_add_up_and_the_rest_is_left_out()
    {
        // A: .5 + .1, B: .2; "The" is no label; nothing is unlisted; C was listed nowhere, and nothing is left for it.
        TokenDistribution? q = Walk(AnswerStyle.Letter, "x", "y", "z").Read([Token("A", ("A", .5), (" A", .1), ("B", .2), ("The", .2))], 0);
        Near([.75f, .25f, 0], q);
        Assert.Equal(0, q!.Value.Unseen, 1e-6f);
    }

    [Fact]
    public void What_is_not_listed_is_shared_among_the_labels_not_seen()
    {
        // .1 unlisted for C and D: .05 each, which is less than the least that is listed.
        TokenDistribution? q = Walk(AnswerStyle.Letter, "x", "y", "z", "w").Read([Token("A", ("A", .7), ("B", .2))], 0);
        Near([.7f, .2f, .05f, .05f], q);
        Assert.Equal(.1f, q!.Value.Unseen, 1e-6f);
    }

    [Fact]
    public void No_label_gets_more_than_what_would_have_been_listed()
    {
        // .3 unlisted, but C would stand in the list if it had .1.
        Near([.6f / .799f, .1f / .799f, .099f / .799f], Walk(AnswerStyle.Letter, "x", "y", "z").Read([Token("A", ("A", .6), ("B", .1))], 0));
    }

    [Fact]
    public void The_answer_is_read_where_it_stands()
    {
        ReplyToken[] tokens = [Token("Answer", ("Answer", .9), ("A", .1)), Token(":", (":", 1)), Token(" B", (" B", .8), (" A", .2)), Token(".", (".", 1))];
        Near([.2f, .8f], Walk(AnswerStyle.Letter, "x", "y").Read(tokens, "Answer: ".Length));
    }

    [Fact]
    public void An_answer_inside_a_token_is_compared_without_what_stands_before_it()
    {
        Near([.25f, .75f], Walk(AnswerStyle.Letter, "x", "y").Read([Token(":B", (":B", .6), (":A", .2), ("C", .2))], 1));
    }

    [Fact]
    public void Labels_with_a_common_beginning_are_told_apart_at_the_next_token()
    {
        // "card" then " arrival" or " payment"; "top" leads to one label only.
        ReplyToken[] tokens =
        [
            Token("card", ("card", .8), ("top", .2)),
            Token(" payment", (" payment", .75), (" arrival", .25)),
        ];
        Near([.2f, .6f, .2f], Walk(AnswerStyle.Words, "card arrival", "card payment", "top up").Read(tokens, 0));
    }

    [Fact]
    public void A_label_that_begins_another_is_told_apart_by_what_follows()
    {
        // "1" and then the end, or a 2: 1 has .9 · .7, 12 has .9 · .3, 2 has .1; ten labels more have nothing.
        ReplyToken[] tokens = [Token("1", ("1", .9), ("2", .1)), Token("2", ("2", .3), ("<|im_end|>", .7))];
        float[] q = Walk(AnswerStyle.Number, [.. Enumerable.Range(1, 12).Select(i => $"l{i}")]).Read(tokens, 0)!.Value.Distribution;
        Assert.Equal(.27f, q[11], 1e-5f);
        Assert.Equal(.63f, q[0], 1e-5f);
        Assert.Equal(.1f, q[1], 1e-5f);
    }

    [Fact]
    public void Any_list_gives_a_distribution_in_the_order_of_the_labels_probabilities()
    {
        Gen.Double[0.001, 1].Array[3, 12].Sample(weights =>
        {
            double sum = weights.Sum() * 1.2;
            double[] p = [.. weights.Select(w => w / sum)];
            string[] letters = [.. Enumerable.Range(0, p.Length).Select(k => ((char)('A' + k)).ToString())];
            (string, double)[] listed = [.. letters.Zip(p).OrderByDescending(pair => pair.Second).Take(Math.Max(2, p.Length - 1))];
            TokenDistribution? q = Walk(AnswerStyle.Letter, [.. letters.Select(l => "label " + l)]).Read([Token(listed[0].Item1, listed)], 0);
            float[] read = q!.Value.Distribution;
            return Math.Abs(read.Sum() - 1) < 1e-5 && read.All(v => v >= 0)
                && letters[Array.IndexOf(read, read.Max())] == listed[0].Item1
                && Enumerable.Range(0, p.Length).All(a => Enumerable.Range(0, p.Length).All(b => p[a] <= p[b] || read[a] >= read[b] - 1e-6f));
        }, iter: 2000);
    }
}
