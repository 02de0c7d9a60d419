using Llkd.Tasks;
using Llkd.Teachers.Answers;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Tests.Answers;

public sealed class AnswerReaderTests
{
    private static AnswerReader Reader(AnswerStyle style, params string[] labels) =>
        new(new AnswerMarkers([.. labels.Select(name => new TaskLabel { Name = name })], style));

    [Theory]
    [InlineData("B", 1)]
    [InlineData(" b", 1)]
    [InlineData("B.", 1)]
    [InlineData("B. anger", 1)]
    [InlineData("B) because", 1)]
    [InlineData("B (anger)", 1)]
    [InlineData("B anger", 1)]
    [InlineData("B\nThe text says A lot.", 1)]
    [InlineData("**C**", 2)]
    [InlineData("\"C\"", 2)]
    [InlineData("(C)", 2)]
    [InlineData("Answer: C", 2)]
    [InlineData("The correct answer is C.", 2)]
    [InlineData("{\"label\": \"C\"}", 2)]
    [InlineData("The answer is: A", 0)]
    [InlineData("Die Antwort lautet **B**.", 1)]
    [InlineData("答案是 B", 1)]
    [InlineData("A text like this is C", 2)]
    [InlineData("I think it is C", 2)]
    [InlineData("<think>A or B? A text about fear.</think>\n\nC", 2)]
    [InlineData("anger", 1)]
    [InlineData("It shows Fear", 2)]
    public void A_letter_is_found_in_what_models_write_around_it(string reply, int label) =>
        Assert.Equal(label, Reader(AnswerStyle.Letter, "joy", "anger", "fear").Find(reply)?.Label);

    [Theory]
    [InlineData("")]
    [InlineData("   \n")]
    [InlineData("D")]
    [InlineData("A or B")]
    [InlineData("Both joy and fear")]
    [InlineData("I would rather not say.")]
    [InlineData("A text about nothing")]
    [InlineData("Apples")]
    [InlineData("\n<think>\nThe text shows joy. It is")]
    public void A_reply_that_names_no_label_or_several_is_not_guessed_at(string reply) =>
        Assert.Null(Reader(AnswerStyle.Letter, "joy", "anger", "fear").Find(reply));

    [Theory]
    [InlineData("12", 11)]
    [InlineData("1", 0)]
    [InlineData("Label: 2.", 1)]
    [InlineData("13", null)]
    public void A_number_is_read_whole(string reply, int? label) =>
        Assert.Equal(label, Reader(AnswerStyle.Number, [.. Enumerable.Range(0, 12).Select(i => $"l{(char)('a' + i)}")]).Find(reply)?.Label);

    [Theory]
    [InlineData("card payment", 1)]
    [InlineData("Card.", 0)]
    [InlineData("It is about a card payment, I think", 1)]
    [InlineData("cardboard", null)]
    public void The_longest_of_labels_with_one_beginning_is_taken(string reply, int? label) =>
        Assert.Equal(label, Reader(AnswerStyle.Words, "card", "card payment", "top up").Find(reply)?.Label);
}
