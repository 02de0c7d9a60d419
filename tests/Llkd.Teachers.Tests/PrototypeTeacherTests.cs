using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class PrototypeTeacherTests
{
    private static readonly TaskLabel[] Labels = [new() { Name = "p" }, new() { Name = "q" }];

    [Fact]
    public void Distribution_of_a_hand_worked_case()
    {
        // Words of one letter have no character runs, so every feature can be written down. Document frequencies in
        // the pool of N = 4: x 2, y 1, z 2, everything else 0 (the pair "x y" too); idf = ln(5 / (1 + df)) + 1.
        var teacher = new PrototypeTeacher(Labels, [Document("x y", 0), Document("z", 1)], ["x", "y", "z", "x z"]);
        double x = Math.Log(5.0 / 3) + 1, y = Math.Log(5.0 / 2) + 1, pair = 0.5 * (Math.Log(5) + 1);
        double length = Math.Sqrt(x * x + y * y + pair * pair);
        // V_p = (x, y, pair)/length + the label's own word, two orthogonal unit vectors; "x" is a unit vector too.
        double cosine = x / length / Math.Sqrt(2);

        // Left out, either example shares nothing with what remains: every temperature fits alike, the highest stays.
        Assert.Equal(2.0, teacher.Temperature, 12);
        Assert.Equal(0.5, teacher.LeaveOneOutAccuracy);
        float[] q = teacher.Label("X!");
        Assert.Equal(1 / (1 + Math.Exp(-cosine / 2)), q[0], 1e-6);
        Assert.Equal(1, q[0] + q[1], 1e-6);
    }

    [Fact]
    public void A_text_that_shares_nothing_with_any_prototype_gets_the_uniform_distribution()
    {
        var teacher = new PrototypeTeacher(Labels, [Document("good film", 0), Document("bad film", 1)]);
        Assert.Equal([0.5f, 0.5f], teacher.Label("zzz"));
        Assert.Equal([0.5f, 0.5f], teacher.Label("?!"));
    }

    [Theory]
    [InlineData("card_arrival", "card arrival")]
    [InlineData("AddToPlaylist", "Add To Playlist")]
    [InlineData("HUM", "HUM")]
    [InlineData("HTMLPage", "HTML Page")]
    [InlineData("not-biased", "not-biased")]
    [InlineData("top5Songs", "top5 Songs")]
    public void Label_names_are_split_into_words(string name, string words) =>
        Assert.Equal(words, LabelWords.Split(name));

    [Fact]
    public void Zero_shot_goes_by_names_and_descriptions()
    {
        TaskLabel[] labels = [new() { Name = "card_arrival" }, new() { Name = "other", Description = "exchange rates between currencies" }];
        var teacher = new PrototypeTeacher(labels, []);
        Assert.True(teacher.Label("When will my cards arrive?")[0] > 0.6);
        Assert.True(teacher.Label("What is the rate of this currency")[1] > 0.6);
        Assert.Equal(PrototypeTeacher.ZeroShotTemperature, teacher.Temperature);
        Assert.Null(teacher.LeaveOneOutAccuracy);
        Assert.Equal("prototype, zero-shot", teacher.Summary);
    }

    [Fact]
    public void Scripts_without_spaces_are_told_apart_by_character()
    {
        TaskLabel[] labels = [new() { Name = "天气" }, new() { Name = "音乐" }];
        Assert.True(new PrototypeTeacher(labels, []).Label("今天天气怎么样")[0] > 0.6);
    }

    [Fact]
    public void The_order_of_examples_and_repetitions_change_nothing()
    {
        Document[] examples = [Document("one two", 0), Document("three two", 1), Document("four five six", 0), Document("seven", 1)];
        var first = new PrototypeTeacher(Labels, examples);
        var second = new PrototypeTeacher(Labels, [.. examples.Reverse(), examples[1]]);
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(first.Label("two three four"), second.Label("two three four"));
    }

    [Fact]
    public void Everything_that_changes_answers_changes_the_fingerprint()
    {
        Document[] examples = [Document("one two", 0), Document("three two", 1)];
        string[] hashes = [.. new PrototypeTeacher[]
        {
            new(Labels, examples), new(Labels, examples[..1]), new(Labels, []), new(Labels, examples, ["one two three"]),
            new(Labels, [Document("one two", 1), Document("three two", 1)]),
            new([new TaskLabel { Name = "p", Description = "d" }, Labels[1]], examples), new([Labels[1], Labels[0]], examples),
        }.Select(teacher => teacher.Fingerprint.Hash)];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void Fingerprints_stay_the_same_from_run_to_run()
    {
        // If this fails after a change of the algorithm, raise AlgorithmVersion; old labels are then made anew.
        TeacherFingerprint fingerprint = new PrototypeTeacher(Labels, [], ["some words", "Ωmega 中文"]).Fingerprint;
        const string Expected = """
            {"kind":"prototype","version":1,"labels":[{"name":"p"},{"name":"q"}],"examples":0,
            "examplesHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "frequencyTexts":2,"frequencyHash":"c86be618f0a0fdf2432c4548b8fa2304","temperature":0.05}
            """;
        Assert.Equal(Expected.ReplaceLineEndings(""), fingerprint.Description);
    }

    [Theory]
    [InlineData(new[] { 0, 0, 1, 1 }, "prototype, 2 shots")]
    [InlineData(new[] { 0, 1 }, "prototype, 1 shot")]
    [InlineData(new[] { 0, 0, 1 }, "prototype, 1 to 2 shots")]
    [InlineData(new[] { 1 }, "prototype, 0 to 1 shots")]
    public void Summary_counts_shots(int[] classes, string summary) =>
        Assert.Equal(summary, new PrototypeTeacher(Labels, [.. classes.Select((k, i) => Document($"text {i}", k))]).Summary);

    [Fact]
    public void An_example_without_a_label_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new PrototypeTeacher(Labels, [Document("x", -1)]));
        Assert.Throws<ArgumentException>(() => new PrototypeTeacher(Labels, [Document("x", 2)]));
        Assert.Throws<ArgumentException>(() => new PrototypeTeacher(Labels[..1], []));
    }

    [Fact]
    public async Task Answers_come_for_every_document_and_do_not_depend_on_company()
    {
        Document[] examples = [.. Enumerable.Range(0, 40).Select(i => Document($"word{i % 7} word{i} thing", i % 2))];
        var teacher = new PrototypeTeacher(Labels, examples);
        Document[] documents = [.. Enumerable.Range(0, 3000).Select(i => Document($"word{i % 40} thing number {i}"))];
        var answers = await teacher.LabelAsync(documents.ToAsyncEnumerable(), TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(documents.Select(document => document.Key), answers.Select(answer => answer.Key));
        Assert.All(answers.Zip(documents), pair => Assert.Equal(teacher.Label(pair.Second.Text), pair.First.Distribution));
    }

    [Fact]
    public void Hostile_texts_are_answered()
    {
        var teacher = new PrototypeTeacher(Labels, [Document("\ud800 lone", 0), Document(new string('a', 100_000), 1)]);
        foreach (string text in (string[])["\udc00", new string('b', 1_000_000), "\0\u0301\u200d", "👩‍👩‍👧 𝔘𝔫𝔦", new string('中', 5000)])
            Assert.Equal(1, teacher.Label(text).Sum(), 1e-5);
    }
}
