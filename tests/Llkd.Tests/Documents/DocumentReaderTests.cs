using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Tests.Documents;

public sealed class DocumentReaderTests : IDisposable
{
    private static readonly TaskLabel[] Labels = [new() { Name = "joy" }, new() { Name = "anger" }];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private List<Document> Read(string content, bool requireLabels = false, DataOptions? options = null, ReadCounts? counts = null, string name = "a.csv") =>
        [.. DocumentReader.Read(_folder.Write(name, content), options ?? new DataOptions(), Labels, requireLabels, counts ?? new ReadCounts())];

    private string Error(string content, bool requireLabels = false, DataOptions? options = null) =>
        Assert.Throws<InputException>(() => Read(content, requireLabels, options)).Message;

    [Fact]
    public void Documents_carry_row_id_key_and_label()
    {
        var counts = new ReadCounts();
        List<Document> documents = Read("id,label,text\n7,anger,so bad\n8,,\" \n\"\n9,,fine \n", counts: counts);
        Assert.Equal(
            [new Document(DocumentKey.Of("so bad"), 1, "7", "so bad", 1), new Document(DocumentKey.Of("fine "), 3, "9", "fine ", -1)], documents);
        Assert.Equal((3, 1, 1), (counts.Rows, counts.Empty, counts.Labelled));
    }

    [Fact]
    public void A_pool_needs_no_label_column_and_no_id() =>
        Assert.Equal([(null, -1)], Read("text\na\n").Select(document => (document.Id, document.Label)));

    [Fact]
    public void A_label_key_that_comes_up_later_is_read() =>
        Assert.Equal([-1, 0], Read("{\"text\":\"a\"}\n{\"text\":\"b\",\"label\":\"joy\"}\n", name: "a.jsonl").Select(document => document.Label));

    [Fact]
    public void Columns_have_the_names_the_task_gives_them()
    {
        List<Document> documents = Read("body,gold,key\na,joy,k\n", true, new DataOptions { Text = "body", Label = "gold", Id = "key" });
        Assert.Equal(("a", 0, "k"), (documents[0].Text, documents[0].Label, documents[0].Id));
    }

    [Fact]
    public void Rows_are_read_only_as_they_are_asked_for()
    {
        string path = _folder.Write("a.csv", "text\na\nb\nc,d\n");
        Assert.Equal("b", DocumentReader.Read(path, new DataOptions(), Labels, false, new ReadCounts()).Skip(1).First().Text);
    }

    [Fact]
    public void What_is_wrong_is_named_with_file_row_and_advice()
    {
        Assert.EndsWith("a.csv, row 2: `angre` in column `label` is none of the task's labels (`joy`, `anger`); the nearest is `anger`.",
            Error("text,label\na,joy\nb,angre\n"), StringComparison.Ordinal);
        Assert.EndsWith("row 1: `1` in column `label` is none of the task's labels (`joy`, `anger`); write label names instead of numbers, or give each label its number as `value`.",
            Error("text,label\na,1\n"), StringComparison.Ordinal);
        Assert.EndsWith("row 2: column `label` is empty, but a gold label is needed here.", Error("text,label\na,joy\nb,\n", true), StringComparison.Ordinal);
        Assert.Contains("there is no column `label` (data.label)", Error("text\na\n", true), StringComparison.Ordinal);
        Assert.Contains("there is no column `text` (data.text). Columns: `Text`. The nearest is `Text`.", Error("Text\na\n"), StringComparison.Ordinal);
        Assert.Contains("row 1: the text has 4 characters, more than `data.maxTextLength`, 3",
            Error("text\nabcd\n", options: new DataOptions { MaxTextLength = 3 }), StringComparison.Ordinal);
    }
}
