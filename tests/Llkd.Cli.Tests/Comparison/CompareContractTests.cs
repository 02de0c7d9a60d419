using System.Text.Json;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Comparison;

/// <summary>What `compare` leaves and prints; scripts of users and the checks of others rely on it.</summary>
public sealed class CompareContractTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Rows_have_exactly_the_documented_fields_for_every_method_and_seed()
    {
        Compare("teacher,no-ds,random:share=0.5,llkd", 3).Succeeds();
        JsonElement[] rows = Rows();
        Assert.All(rows, row => Assert.Equal(
            ["dataSet", "method", "seed", "accuracy", "macroF1", "seen", "share", "seconds"], row.EnumerateObject().Select(field => field.Name)));
        Assert.Equal(
            new[] { "teacher", "no-ds", "random:share=0.5", "llkd" }.SelectMany(method => new[] { $"{method} 1", $"{method} 2", $"{method} 3" }),
            rows.Select(row => $"{row.GetProperty("method").GetString()} {row.GetProperty("seed").GetInt32()}"));
        foreach (JsonElement row in rows.Where(row => row.GetProperty("method").GetString() == "no-ds"))
        {
            Assert.Equal(3 * 240, row.GetProperty("seen").GetInt64());
            Assert.Equal(1, row.GetProperty("share").GetDouble());
        }
        Assert.All(rows.Take(3), row => Assert.Equal(JsonValueKind.Null, row.GetProperty("seen").ValueKind));
        Assert.True(File.Exists(_place["out/comparison.md"]) && File.Exists(_place["out/comparison.html"]));
    }

    [Fact]
    public void A_cell_has_the_figures_of_the_same_run_by_itself()
    {
        Compare("llkd", 2).Succeeds();
        _place.Llkd("run", "task.yaml", "--output", "alone", "--set", "training.seed=2").Succeeds();
        JsonElement test = JsonDocument.Parse(File.ReadAllText(_place["alone/metrics.json"])).RootElement;
        JsonElement row = Rows().Single(row => row.GetProperty("seed").GetInt32() == 2);
        Assert.Equal(test.GetProperty("test").GetProperty("macroF1").GetDouble(), row.GetProperty("macroF1").GetDouble());
        Assert.Equal(test.GetProperty("samples").GetProperty("seen").GetInt64(), row.GetProperty("seen").GetInt64());
    }

    [Fact]
    public void Figures_do_not_depend_on_how_many_cells_run_side_by_side()
    {
        Compare("no-ds,llkd,random", 2, "--jobs", "1").Succeeds();
        string alone = Figures();
        _place.Llkd("compare", "task.yaml", "--methods", "no-ds,llkd,random", "--seeds", "2", "--output", "beside", "--jobs", "4").Succeeds();
        Assert.Equal(alone, Figures("beside"));
    }

    [Fact]
    public void An_open_share_is_chosen_on_the_validation_set_once_for_all_seeds()
    {
        Compare("random", 3).Succeeds();
        string[] chosen = [.. Rows().Select(row => row.GetProperty("chosen").GetString()!)];
        Assert.Single(chosen.Distinct());
        Assert.Matches(@"^share=0\.[13579]$", chosen[0]);
        double share = double.Parse(chosen[0]["share=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.All(Rows(), row => Assert.Equal(share, row.GetProperty("share").GetDouble(), 0.05));
    }

    [Fact]
    public void Random_at_LLKDs_budget_sees_as_many_samples_as_LLKD()
    {
        Compare("llkd,random-budget", 2).Succeeds();
        foreach (IGrouping<int, JsonElement> seed in Rows().GroupBy(row => row.GetProperty("seed").GetInt32()))
        {
            double[] shares = [.. seed.Select(row => row.GetProperty("share").GetDouble())];
            // Every batch of 16 is rounded to whole samples, at least one.
            Assert.Equal(shares[0], shares[1], 0.04);
        }
    }

    [Fact]
    public void Lbl2TransformerVec_says_which_sentence_encoder_it_has()
    {
        _place.Llkd("run", "task.yaml", "--output", "encoder", "--set", "student.kind=transformer", "--set", "student.layers=1", "--set", "student.vocabulary=300",
            "--set", "training.epochs=1", "--set", "training.threads=1").Succeeds();
        Compare("lbl2transformervec,lbl2transformervec:encoder=encoder/model", 1).Succeeds();
        string[] notes = [.. Rows().Select(row => row.GetProperty("notes")[0].GetString()!)];
        Assert.Contains("latent semantic analysis", notes[0], StringComparison.Ordinal);
        Assert.Contains("mean hidden state of model", notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tasks_are_compared_at_once()
    {
        _place.Write("other.yaml", File.ReadAllText(_place["task.yaml"]).Replace("name: small", "name: other", StringComparison.Ordinal).Replace("shots: 4", "shots: 0", StringComparison.Ordinal));
        Ended ended = _place.Llkd("compare", "task.yaml", "other.yaml", "--methods", "teacher,llkd", "--seeds", "1", "--output", "out").Succeeds();
        Assert.Equal(["small", "small", "other", "other"], Rows().Select(row => row.GetProperty("dataSet").GetString()));
        Assert.Contains("Means over 2 data sets and 1 seed.", ended.Output, StringComparison.Ordinal);
    }

    private Ended Compare(string methods, int seeds, params IEnumerable<string> more) =>
        _place.Llkd(["compare", "task.yaml", "--methods", methods, "--seeds", $"{seeds}", "--output", "out", .. more]);

    private JsonElement[] Rows(string folder = "out") =>
        [.. JsonDocument.Parse(File.ReadAllText(_place[folder + "/comparison.json"])).RootElement.EnumerateArray()];

    /// <summary>All but the seconds.</summary>
    private string Figures(string folder = "out") => string.Join('\n', Rows(folder).Select(row => string.Join(' ', row.EnumerateObject()
        .Where(field => field.Name != "seconds").Select(field => field.Value.GetRawText()))));
}
