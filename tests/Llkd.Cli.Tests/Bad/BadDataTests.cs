using System.Text;
using Llkd.Cli.Tests.Support;
using Llkd.Documents;

namespace Llkd.Cli.Tests.Bad;

/// <summary>Input tables that are wrong: exit status 2 and a message that names file, row and what to do.</summary>
public sealed class BadDataTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void An_empty_pool_file_is_named()
    {
        _place.Write("pool.csv", "");
        _place.Run().Says(2, "pool.csv", "is empty");
    }

    [Fact]
    public void A_pool_with_a_header_only_is_named()
    {
        _place.Write("pool.csv", "id,text,label\n");
        _place.Run().Says(2, "pool.csv", "no texts");
    }

    [Fact]
    public void A_missing_text_column_is_named_with_the_columns_there_are()
    {
        _place.Write("pool.csv", "id,body\n1,hello\n");
        _place.Run().Says(2, "pool.csv", "`text`", "data.text", "body");
    }

    [Fact]
    public void A_missing_pool_file_is_named()
    {
        File.Delete(_place["pool.csv"]);
        _place.Run().Says(2, "pool.csv");
    }

    [Fact]
    public void A_validation_label_that_the_task_lacks_is_named_with_row_and_nearest()
    {
        _place.Write("validation.csv", Workplace.Table(5, 2) + "x,some text,biling\n");
        _place.Run().Says(2, "validation.csv", "row 6", "`biling`", "`billing`");
    }

    [Fact]
    public void A_teacher_that_gives_one_class_only_is_told_and_its_labels_are_kept()
    {
        var recorded = new StringBuilder("id,label\n");
        foreach (string line in File.ReadLines(_place["pool.csv"]).Skip(1)) recorded.Append(line.Split(',')[0]).Append(",bug\n");
        _place.Write("recorded.csv", recorded.ToString());
        _place.WriteTask("kind: recorded, labels: recorded.csv, labelTest: false");
        _place.Run().Says(2, "same label", "`bug`");
        Assert.True(new FileInfo(_place["out/labels.db"]).Length > 0);
    }

    [Fact]
    public void A_pool_smaller_than_a_batch_is_refused_before_the_teacher_is_asked()
    {
        _place.Run("--set", "training.batchSize=1000").Says(2, "240", "1000", "training.batchSize");
        Ended label = _place.Llkd("label", "task.yaml", "--output", "out").Says(0);
        Assert.DoesNotContain("in the journal already", label.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 }, "not valid UTF-8")]
    [InlineData(new byte[] { 0x00 }, "NUL")]
    public void Bytes_that_are_no_text_are_named_with_their_row(byte[] damage, string what)
    {
        byte[] start = Encoding.UTF8.GetBytes("id,text,label\n1,fine,bug\n2,not fi");
        _place.Write("pool.csv", [.. start, .. damage, .. Encoding.UTF8.GetBytes("ne,bug\n")]);
        _place.Run().Says(2, "pool.csv", "row 2", what);
    }

    [Fact]
    public void A_text_of_ten_megabytes_is_named_with_its_row_and_read_where_the_limit_is_raised()
    {
        string huge = new StringBuilder().Insert(0, "crash error ", 10_000_000 / 12).ToString();
        File.AppendAllText(_place["pool.csv"], $"huge,{huge},bug\n");
        _place.Run().Says(2, "pool.csv", "row 241", "data.maxTextLength");
        _place.Run("--set", "data.maxTextLength=20000000").Succeeds();
    }

    [Fact]
    public void A_Parquet_file_cut_in_half_is_named()
    {
        using (TableWriter writer = TableWriter.Create(_place["pool.parquet"], [new("text")]))
        {
            for (int i = 0; i < 500; i++) writer.Write(TableCell.Of($"text number {i}"));
            writer.Complete();
        }
        byte[] whole = File.ReadAllBytes(_place["pool.parquet"]);
        _place.Write("pool.parquet", whole[..(whole.Length / 2)]);
        _place.WriteTask(pool: "pool.parquet");
        _place.Run().Says(2, "pool.parquet", "cut off");
    }

    [Fact]
    public void Wrong_data_after_a_finished_run_loses_nothing()
    {
        _place.Run().Succeeds();
        byte[] weights = _place.Weights();
        string labels = _place.ExportedLabels();
        string good = File.ReadAllText(_place["pool.csv"]);
        _place.Write("pool.csv", "id,body\n1,hello\n");
        _place.Run().Says(2);
        Assert.Equal(weights, _place.Weights());
        _place.Write("pool.csv", good);
        _place.Run().Says(0, "in the journal already");
        Assert.Equal(weights, _place.Weights());
        Assert.Equal(labels, _place.ExportedLabels());
    }
}
