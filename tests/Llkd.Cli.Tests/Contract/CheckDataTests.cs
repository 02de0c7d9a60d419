using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd evaluate --check-data`: everything that is wrong with a copy of the data, at once.</summary>
public sealed class CheckDataTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    private Ended Check(params IEnumerable<string> more) => _place.Llkd(["evaluate", "--check-data", "task.yaml", .. more]);

    [Fact]
    public void Good_data_is_described_and_nothing_is_written()
    {
        Ended ended = Check("--set", "data.expected={ pool: 240, validation: 45, test: 45 }").Says(0);
        Assert.Contains("pool.csv: 240 rows", ended.Output, StringComparison.Ordinal);
        Assert.Contains("labels: billing 80 (33.3 %), bug 80 (33.3 %), access 80 (33.3 %)", ended.Output, StringComparison.Ordinal);
        Assert.Contains("All is well.", ended.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_place["runs"]));
    }

    [Fact]
    public void Counts_that_differ_from_what_the_task_expects_are_told() =>
        Check("--set", "data.expected.pool=250").Says(2, "pool.csv: 240 rows", "`data.expected.pool` is 250", "10 are missing");

    [Fact]
    public void All_problems_of_all_files_come_at_once()
    {
        File.AppendAllText(_place["pool.csv"], "x,some text,biling\ny,other text,biling\n");
        _place.Write("validation.csv", "id,body,label\n1,hello,bug\n");
        File.AppendAllText(_place["test.csv"], "x,a text without a label,\n");
        Check().Says(2, "`biling` 2× from row 241 (nearest: `billing`)", "validation.csv: there is no column `text`", "test.csv: 1 text has no label, first in row 46");
    }

    [Fact]
    public void Numbers_where_names_are_expected_are_recognised()
    {
        _place.Write("test.csv", "id,text,label\n1,hello,0\n2,you,1\n");
        Check().Says(2, "`0` 1×", "give each label its number as `value`");
    }

    [Fact]
    public void A_label_that_no_file_has_and_a_missing_file_are_problems()
    {
        File.Delete(_place["test.csv"]);
        Check("--set", "labels=[billing, bug, access, praise]").Says(2, "test.csv: there is no such file", "No file has a text of `praise`");
    }

    [Fact]
    public void Empty_repeated_and_shared_texts_are_counted_but_are_no_problem()
    {
        string row = File.ReadLines(_place["test.csv"]).ElementAt(1);
        File.AppendAllText(_place["pool.csv"], $"{row}\n{row}\nz, ,bug\n");
        string output = Check().Says(0).Output;
        Assert.Contains("pool.csv: 243 rows (1 empty, 1 repeated)", output, StringComparison.Ordinal);
        Assert.Contains("overlap: 1 text stands in both pool and test", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_of_PubMed_RCT_is_read_in_its_own_format()
    {
        _place.Write("task.yaml", """
            name: rct
            labels: [{ name: methods, value: METHODS }, { name: results, value: RESULTS }]
            data: { pool: train.txt, test: test.txt, format: pubmed-rct, expected: { pool: 3 } }
            """);
        _place.Write("train.txt", "###1\nMETHODS\tWe measured .\nRESULTS\tIt fell .\n\n###2\nMETHODS\tWe counted .\n\n");
        _place.Write("test.txt", "###3\nRESULTS\tIt rose .\n\n");
        Assert.Contains("labels: methods 2 (66.7 %), results 1 (33.3 %)", Check().Says(0).Output, StringComparison.Ordinal);
        _place.Write("test.txt", "###3\nRESULTS It rose .\n\n");
        Check().Says(2, "test.txt, line 2: there is no tab between label and sentence");
    }

    [Fact]
    public void Without_a_folder_or_a_task_or_with_both_the_usage_is_told()
    {
        _place.Llkd("evaluate").Says(2, "--check-data");
        _place.Llkd("evaluate", "out", "--check-data", "task.yaml").Says(2, "not both");
        _place.Llkd("evaluate", "out", "--set", "a=b").Says(2, "--set goes with --check-data");
    }
}
