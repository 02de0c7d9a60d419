using System.Globalization;
using Llkd.Cli.Tests.Support;
using Llkd.Documents;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd label` and `llkd train`.</summary>
public sealed class LabelTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("csv")]
    [InlineData("tsv")]
    [InlineData("jsonl")]
    [InlineData("parquet")]
    public void Exported_labels_have_the_documented_columns_and_the_pools_rows_in_order(string format)
    {
        string path = _place["labels." + format];
        Ended ended = _place.Llkd("label", "task.yaml", "--output", "out", "--export", path).Says(0, "240 labels", path);
        Assert.Equal("", ended.Output);
        string[] pool = [.. File.ReadLines(_place["pool.csv"]).Skip(1)];
        using ITable table = Table.Open(path);
        int row = 0;
        while (table.Read())
        {
            Assert.Equal(["id", "text", "label", "confidence", "p_billing", "p_bug", "p_access"], table.Columns);
            Assert.StartsWith($"{table[0]},\"{table[1]}\",", pool[row], StringComparison.Ordinal);
            double[] p = [.. Enumerable.Range(4, 3).Select(c => double.Parse(table[c]!, CultureInfo.InvariantCulture))];
            Assert.Equal(1, p.Sum(), 1e-5);
            Assert.Equal(p.Max(), double.Parse(table[3]!, CultureInfo.InvariantCulture), 1e-6);
            Assert.Equal(Workplace.Labels[Array.IndexOf(p, p.Max())], table[2]);
            row++;
        }
        Assert.Equal(240, row);
    }

    [Fact]
    public void An_export_to_an_unknown_format_is_refused_before_labelling()
    {
        Ended ended = _place.Llkd("label", "task.yaml", "--output", "out", "--export", "labels.xlsx").Says(2, "labels.xlsx", ".csv");
        Assert.DoesNotContain("labelling:", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_label_run_asks_about_nothing()
    {
        _place.Llkd("label", "task.yaml", "--output", "out").Says(0, "labelling: 285 of 285");
        Ended second = _place.Llkd("label", "task.yaml", "--output", "out").Says(0, "285 answers were in the journal already");
        Assert.DoesNotContain("labelling:", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void After_rows_were_appended_only_the_new_ones_are_labelled()
    {
        string more = Workplace.Table(15, 8, "more-");
        _place.Write("recorded.csv", Workplace.Table(240, 1) + more[(more.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        _place.WriteTask("kind: recorded, labels: recorded.csv, labelTest: false");
        _place.Llkd("label", "task.yaml", "--output", "out").Says(0, "labelling: 240 of 240");
        string before = _place.ExportedLabels();
        File.AppendAllText(_place["pool.csv"], more[(more.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        _place.Llkd("label", "task.yaml", "--output", "out").Says(0, "labelling: 15 of 15", "240 answers were in the journal already");
        Assert.StartsWith(before, _place.ExportedLabels(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_teacher_labels_anew_and_the_first_ones_labels_are_still_there()
    {
        string first = _place.ExportedLabels();
        _place.Llkd("label", "task.yaml", "--output", "out", "--set", "teacher.shots=2").Says(0, "labelling: 285 of 285");
        Assert.Equal(first, _place.ExportedLabels());
    }

    [Fact]
    public void Train_without_labels_advises_to_label_first()
    {
        _place.Llkd("train", "task.yaml", "--output", "out").Says(2, "240 of 240", "llkd label");
        _place.Llkd("label", "task.yaml", "--output", "out").Succeeds();
        Ended trained = _place.Llkd("train", "task.yaml", "--output", "out").Succeeds();
        Assert.Matches(@"^Trained llkd: \d+ of 720 samples used, .* Model: .*model\n$", trained.Output);
        _place.Llkd("evaluate", "out").Succeeds();
        byte[] weights = _place.Weights();
        _place.Llkd("run", "task.yaml", "--output", "whole").Succeeds();
        Assert.Equal(File.ReadAllBytes(_place["whole/model/model.safetensors"]), weights);
    }

    [Fact]
    public void A_run_too_short_for_the_thresholds_warns()
    {
        _place.Run("--set", "training.options={momentum: 0.999}").Says(0, "warning: only ", "training.epochs", "training.options.momentum");
        Assert.DoesNotContain("warning:", _place.Run("--set", "training.method=no-ds", "--restart").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_validation_and_test_sets_a_run_says_that_nothing_was_measured()
    {
        _place.Write("task.yaml", "name: bare\nlabels: [billing, bug, access]\ndata: { pool: pool.csv }\nteacher: { shots: 0 }\ntraining: { epochs: 2, batchSize: 16 }\n");
        Ended ended = _place.Run().Succeeds();
        Assert.Contains("nothing was measured", ended.Output, StringComparison.Ordinal);
        Assert.Contains("data.test", ended.Output, StringComparison.Ordinal);
    }
}
