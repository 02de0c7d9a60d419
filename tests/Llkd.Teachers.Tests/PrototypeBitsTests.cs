using CsCheck;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Prototype;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

/// <summary>The prototype teacher is made to be fast; its labels are those of <see cref="PlainPrototype"/>, bit for bit.</summary>
public sealed class PrototypeBitsTests
{
    private static readonly TaskLabel[] Labels = [new() { Name = "card_arrival" }, new() { Name = "weather", Description = "rain 天气" }, new() { Name = "other" }];

    private static readonly string[] Pieces =
    [
        "a", "Card", "cards", "ARRIVAL", "rain", "it", "walking", "w1234", "naïve", "Straße", "ΣΊΣΥΦΟΣ", "е\u0301", "天气", "カード", "𝔘𝔫𝔦", "İ",
        "x2", "_", "👩‍👧", "\ud800", "\udc00", "\0", new string('z', 70), string.Concat(Enumerable.Repeat("𐐀", 40)), "\u200d",
    ];

    private static readonly string[] Separators = [" ", "", ", ", "-", "\n", "\u00a0", "。"];

    private static readonly Gen<string> Text = Gen.Select(Gen.Int[0, Pieces.Length - 1], Gen.Int[0, Separators.Length - 1]).List[0, 60]
        .Select(parts => string.Concat(parts.Select(part => Pieces[part.Item1] + Separators[part.Item2])));

    private static readonly Gen<Document[]> Examples = Gen.Select(Text, Gen.Int[0, 2]).Array[0, 12]
        .Select(pairs => pairs.Select(pair => Document(pair.Item1, pair.Item2)).DistinctBy(d => (d.Key, d.Label)).ToArray());

    [Fact]
    public void Labels_of_random_texts() =>
        Gen.Select(Examples, Text.Array[0, 10].Null(0.5), Text.Array[1, 10]).Sample((examples, pool, texts) =>
        {
            var teacher = new PrototypeTeacher(Labels, examples, pool);
            var plain = new PlainPrototype(Labels, examples, pool);
            foreach (string text in texts) Same(plain, teacher, text);
        }, iter: 300);

    [Fact]
    public void Sums_in_double_precision_which_labels_would_not_tell_apart() =>
        Gen.Select(Text.Array[1, 10], Text).Sample((pool, text) =>
        {
            var weighted = new WeightedText();
            weighted.Read(text, new DocumentFrequencies(pool));
            Assert.Equal(BitConverter.DoubleToInt64Bits(new PlainPrototype(Labels, [], pool).Length(text)), BitConverter.DoubleToInt64Bits(weighted.Length));
        }, iter: 300);

    [Fact]
    public void Labels_where_words_are_repeated_more_often_than_is_tabulated()
    {
        string[] pool = [.. Enumerable.Repeat("rain", 1030), .. Enumerable.Repeat("card rain", 3)];
        Document[] examples = [Document("card", 0), Document("rain it rains", 1), Document("walking", 2)];
        var teacher = new PrototypeTeacher(Labels, examples, pool);
        var plain = new PlainPrototype(Labels, examples, pool);
        foreach (int times in (int[])[1, 63, 64, 65, 2000])
            Same(plain, teacher, string.Concat(Enumerable.Repeat("card rain rains ", times)) + "walking");
    }

    [Fact]
    public void Labels_of_a_long_text_and_of_the_short_one_after_it()
    {
        Document[] examples = [Document("card w17 w18", 0), Document("rain w19", 1)];
        var teacher = new PrototypeTeacher(Labels, examples);
        var plain = new PlainPrototype(Labels, examples);
        foreach (string text in (string[])[string.Join(' ', Enumerable.Range(0, 20_000).Select(i => $"w{i}")), "w17 rain", "", "w19"]) Same(plain, teacher, text);
    }

    [Fact]
    public async Task What_is_journalled_of_a_pool()
    {
        // More than a commit holds, so that the order of asking is not the pool's.
        Document[] examples = [.. Enumerable.Range(0, 30).Select(i => Document($"w{i} w{i % 7} w{i * 31 % 50}", i % 3))];
        var random = new Random(5);
        Document[] pool = [.. Enumerable.Range(0, 3 * Labelling.BatchAnswers / 2).Select(i => Document($"w{random.Next(60)} w{random.Next(60)} w{random.Next(60)} t{i}"))];
        var teacher = new PrototypeTeacher(Labels, examples);
        var plain = new PlainPrototype(Labels, examples);
        using var folder = new Folder();
        using LabelJournal journal = LabelJournal.Open(folder.File("labels.db"), "bits", [.. Labels.Select(label => label.Name)]);
        await Labelling.RunAsync(teacher, pool, journal, cancellationToken: TestContext.Current.CancellationToken);

        Dictionary<DocumentKey, TeacherLabel> rows = journal.Read(teacher.Fingerprint).ToDictionary(row => row.Key);
        Assert.Equal(pool.Length, rows.Count);
        foreach (Document document in pool)
            Assert.Equal(plain.Label(document.Text, teacher.Temperature).Select(BitConverter.SingleToInt32Bits), rows[document.Key].Distribution!.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(300)]
    [InlineData(100_000)]
    public void Keys_are_sorted_whether_they_spread_or_meet_in_one_bucket(int count)
    {
        var random = new Random(count);
        ulong[] spread = [.. Enumerable.Range(0, count).Select(_ => (2UL << 62) | ((ulong)random.NextInt64() >> 1))];
        ulong[] met = [.. spread.Select(key => (key & 0xFFFFFFFF) | (1UL << 62))];
        ulong[] few = [.. spread.Select(key => (key >> 60 << 60) | (key & 3))];
        foreach (ulong[] keys in (ulong[][])[spread, met, few])
        {
            ulong[] sorted = [.. keys];
            UniformSort.Sort(sorted, new ulong[count]);
            Assert.Equal(keys.Order(), sorted);
        }
    }

    private static void Same(PlainPrototype plain, PrototypeTeacher teacher, string text) =>
        Assert.Equal(
            plain.Label(text, teacher.Temperature).Select(BitConverter.SingleToInt32Bits), teacher.Label(text).Select(BitConverter.SingleToInt32Bits));
}
