using System.Globalization;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class RecordedTeacherTests
{
    private static readonly TaskLabel[] Labels = [.. new[] { "sadness", "joy", "love", "fear", "anger" }.Select(name => new TaskLabel { Name = name })];

    [Fact]
    public async Task A_label_with_a_confidence_leaves_the_rest_evenly_to_the_others() =>
        AssertNear([0.05f, 0.8f, 0.05f, 0.05f, 0.05f], (await Answer(Row("x", "joy", "0.8"), "x")).Distribution);

    [Fact]
    public async Task A_label_alone_is_certain() =>
        AssertNear([0, 0, 0, 0, 1], (await Answer(Row("x", " anger "), "x")).Distribution);

    [Fact]
    public async Task Probabilities_are_renormalised() =>
        AssertNear([0.5f, 0.25f, 0.25f, 0, 0], (await Answer(Row("x", null, null, "0.505", "0.2525", "2.525e-1", "0", "0"), "x")).Distribution);

    [Fact]
    public async Task A_label_that_ties_is_the_pseudo_label()
    {
        float[] tied = (await Answer(Row("x", "love", null, "0.4", "0.2", "0.4", "0", "0"), "x")).Distribution!;
        Assert.Equal(2, new PseudoLabels(tied, 5).Labels[0]);
        AssertNear([0.4f, 0.2f, 0.4f, 0, 0], tied);
        float[] even = (await Answer(Row("x", "fear", "0.2"), "x")).Distribution!;
        Assert.Equal(3, new PseudoLabels(even, 5).Labels[0]);
        AssertNear([0.2f, 0.2f, 0.2f, 0.2f, 0.2f], even);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task An_empty_label_is_a_failure(string label) =>
        Assert.Equal(RecordedTeacher.NoLabel, (await Answer(Row("x", label, "0.9", "1", "0", "0", "0", "0"), "x")).Failure);

    [Fact]
    public async Task A_document_without_a_row_is_a_failure()
    {
        TeacherLabel answer = await Answer(Row("x", "joy"), "y");
        Assert.Equal(RecordedTeacher.NoLabel, answer.Failure);
        Assert.Null(answer.Distribution);
    }

    [Theory]
    [InlineData("joi", null, "none of the task's; the nearest is 'joy'")]
    [InlineData("Anger", null, "the nearest is 'anger'")]
    [InlineData("joy", "1.01", "not in (0, 1]")]
    [InlineData("joy", "0", "not in (0, 1]")]
    [InlineData("joy", "-0.5", "not in (0, 1]")]
    [InlineData("joy", "NaN", "not a number")]
    [InlineData("joy", "0,8", "with a point")]
    [InlineData("joy", "", "lacks the confidence")]
    [InlineData("joy", "0.15", "less than 1/5")]
    [InlineData(null, null, "neither a label nor probabilities")]
    public void Wrong_labels_and_confidences_are_named_by_file_and_row(string? label, string? confidence, string reason)
    {
        InputException e = Assert.Throws<InputException>(() => Teacher(Row("x", label, confidence) with { Row = 7 }));
        Assert.StartsWith("votes.csv, row 7: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "0.5|0.5|0.1|0|0", "sum to 1.1, not to 1")]
    [InlineData(null, "0|0|0|0|0", "sum to 0, not to 1")]
    [InlineData(null, "1.5|-0.5|0|0|0", "negative probability of 'joy'")]
    [InlineData(null, "NaN|1|0|0|0", "probability of 'sadness'")]
    [InlineData(null, "1|0||0|0", "lacks the probability of 'love'")]
    [InlineData(null, "1|0|Infinity|0|0", "probability of 'love'")]
    [InlineData("joy", "0.6|0.4|0|0|0", "label 'joy' with probability 0.4, but 'sadness' has 0.6")]
    [InlineData("joy", "||||", "a label but no probabilities")]
    public void Wrong_probabilities_are_named_by_file_row_and_column(string? label, string cells, string reason)
    {
        InputException e = Assert.Throws<InputException>(() => Teacher(Row("x", label, null, cells.Split('|'))));
        Assert.StartsWith("votes.csv, row 1: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Documents_with_an_id_go_by_the_id_and_others_by_their_text()
    {
        RecordedTeacher teacher = Teacher(
            Row("one", "joy") with { Id = "1" }, Row("two", "fear") with { Id = "2" }, new RecordedRow(3, "3", null, "love", null, null));
        TeacherLabel[] answers = await Ask(teacher,
            Document("one", id: "1"), Document("two"), Document("whatever", id: "3"), Document("two", id: "4"));
        Assert.Equal([1, 3, 2], answers[..3].Select(answer => Array.IndexOf(answer.Distribution!, 1f)));
        Assert.Equal(RecordedTeacher.NoLabel, answers[3].Failure);
        Assert.Empty(teacher.Warnings);
    }

    [Fact]
    public async Task The_row_of_an_id_is_not_taken_for_another_text()
    {
        RecordedTeacher teacher = Teacher(Row("one", "joy") with { Id = "1" }, Row("two", "fear") with { Id = "2" });
        TeacherLabel[] answers = await Ask(teacher, Document("two", id: "1"), Document("three", id: "2"));
        Assert.Equal(3, Array.IndexOf(answers[0].Distribution!, 1f));
        Assert.Equal(RecordedTeacher.NoLabel, answers[1].Failure);
        Assert.Contains("2 documents have another text than the row of their id", Assert.Single(teacher.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_without_ids_is_matched_by_text_even_where_documents_have_ids() =>
        Assert.Null((await Ask(Teacher(Row("one", "joy")), Document("one", id: "1")))[0].Failure);

    [Fact]
    public void A_row_with_neither_id_nor_text_and_an_empty_table_are_refused()
    {
        Assert.Contains("neither an id nor a text", Assert.Throws<InputException>(() => Teacher(new RecordedRow(1, null, "", "joy", null, null))).Message, StringComparison.Ordinal);
        Assert.Contains("no recorded labels", Assert.Throws<InputException>(() => Teacher()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_texts_are_averaged_and_contradictions_counted()
    {
        RecordedTeacher same = Teacher(Row("x", "joy", "0.8"), Row("x", "joy", "0.8"));
        AssertNear([0.05f, 0.8f, 0.05f, 0.05f, 0.05f], (await Ask(same, Document("x")))[0].Distribution);
        Assert.Empty(same.Warnings);

        RecordedTeacher contradicting = Teacher(Row("x", "joy"), Row("x", "joy"), Row("x", "fear"), Row("y", "love"), Row("x", ""));
        AssertNear([0, 2 / 3f, 0, 1 / 3f, 0], (await Ask(contradicting, Document("x")))[0].Distribution);
        Assert.Contains("1 texts have rows that contradict", Assert.Single(contradicting.Warnings), StringComparison.Ordinal);
        Assert.Equal((5, 1), (contradicting.Rows, contradicting.EmptyRows));
    }

    [Fact]
    public void The_fingerprint_follows_the_content_and_not_the_file()
    {
        RecordedRow[] rows = [Row("x", "joy", "0.8"), Row("y", "fear", "0.9")];
        string hash = Teacher(rows).Fingerprint.Hash;
        Assert.Equal(hash, new RecordedTeacher(rows, Labels, "elsewhere/other.csv").Fingerprint.Hash);
        Assert.NotEqual(hash, Teacher(rows[0], Row("y", "fear", "0.91")).Fingerprint.Hash);
        Assert.NotEqual(hash, new RecordedTeacher(rows, [.. Labels.Reverse()], "votes.csv").Fingerprint.Hash);
        Assert.NotEqual(Teacher(Row("ab", "joy")).Fingerprint.Hash, Teacher(Row("ab", "joy") with { Id = "" }).Fingerprint.Hash);
    }

    [Theory]
    [InlineData("gpt_4")]
    [InlineData("gpt_3_5")]
    [InlineData("llama_13b")]
    [InlineData("llama_7b")]
    [InlineData("mixtral_8x7b")]
    public async Task Real_votes_are_taken_as_they_were_recorded(string model)
    {
        var table = Rows($"llm_babe/{model}.csv");
        TaskLabel[] labels = [new() { Name = "not-biased" }, new() { Name = "biased" }];
        var teacher = new RecordedTeacher(table.Select((row, i) => new RecordedRow(i + 1, null, row["text"], row["llm_label"], row["confidence"],
            [row["p_not-biased"], row["p_biased"]])), labels, model);
        TeacherLabel[] answers = await Ask(teacher, [.. table.Select(row => Document(row["text"]))]);
        var repeated = table.GroupBy(row => row["text"]).Where(group => group.Count() > 1).ToDictionary(group => group.Key);
        int contradicting = repeated.Values.Count(group => group.Where(row => row["llm_label"].Length > 0)
            .Select(row => (row["llm_label"], row["p_biased"])).Distinct().Count() > 1);
        if (contradicting == 0) Assert.Empty(teacher.Warnings);
        else Assert.Contains($"{model}: {contradicting} texts", Assert.Single(teacher.Warnings), StringComparison.Ordinal);
        foreach ((var row, TeacherLabel answer) in table.Zip(answers))
        {
            if (repeated.ContainsKey(row["text"])) continue;
            if (row["llm_label"].Length == 0)
            {
                Assert.Equal(RecordedTeacher.NoLabel, answer.Failure);
                continue;
            }
            int label = Array.FindIndex(labels, candidate => candidate.Name == row["llm_label"]);
            var pseudo = new PseudoLabels(answer.Distribution!, 2);
            Assert.Equal(label, pseudo.Labels[0]);
            Assert.Equal(double.Parse(row["confidence"], CultureInfo.InvariantCulture), pseudo.Confidences[0], 1e-3);
        }
    }

    private static RecordedRow Row(string text, string? label, string? confidence = null, params string?[] probabilities) =>
        new(1, null, text, label, confidence, probabilities.Length == 0 ? null : probabilities);

    private static RecordedTeacher Teacher(params RecordedRow[] rows) => new(rows, Labels, "votes.csv");

    private static async Task<TeacherLabel> Answer(RecordedRow row, string text) => (await Ask(Teacher(row), Document(text)))[0];

    private static async Task<TeacherLabel[]> Ask(RecordedTeacher teacher, params Document[] documents) =>
        await teacher.LabelAsync(documents.ToAsyncEnumerable(), TestContext.Current.CancellationToken)
            .ToArrayAsync(TestContext.Current.CancellationToken);

    private static void AssertNear(float[] expected, float[]? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], actual[k], 1e-6);
    }
}
