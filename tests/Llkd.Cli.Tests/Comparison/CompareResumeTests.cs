using System.Text.Json;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Comparison;

/// <summary>A finished cell is kept however the comparison ends, and only what is missing or has changed is made again.</summary>
public sealed class CompareResumeTests : IDisposable
{
    private const string Methods = "no-ds,random,llkd,llkd-w";
    private readonly Workplace _place = new(training: "epochs: 4, batchSize: 16");

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Killed_again_and_again_it_ends_with_the_same_figures_and_keeps_every_finished_cell()
    {
        Start("whole").Wait().Succeeds();
        var times = new Dictionary<string, DateTime>();
        bool finished = false;
        for (int round = 0; !finished; round++)
        {
            using LlkdProcess process = Start("killed");
            int before = Cells("killed").Length;
            while (!process.HasExited && (round >= 5 || Cells("killed").Length < before + 3)) Thread.Sleep(1);
            finished = process.HasExited;
            if (!finished) process.Kill();
            foreach ((string cell, DateTime written) in times) Assert.Equal(written, File.GetLastWriteTimeUtc(cell));
            times = Cells("killed").ToDictionary(cell => cell, File.GetLastWriteTimeUtc);
        }
        Start("killed").Wait().Succeeds();
        Assert.Equal(Figures("whole"), Figures("killed"));
    }

    [Fact]
    public void Interrupted_it_ends_with_130_and_shows_what_there_is()
    {
        using (LlkdProcess process = LlkdProcess.Start(
            _place.Folder, "compare", "task.yaml", "--methods", Methods, "--seeds", "40", "--output", "out", "--set", "training.epochs=30"))
        {
            while (!process.HasExited && Cells("out").Length < 10) Thread.Sleep(5);
            process.Interrupt();
            process.Wait().Says(130, "run the same command again");
        }
        Assert.Contains(" of 160 cells", File.ReadAllText(_place["out/comparison.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_of_other_settings_or_labels_is_made_again_and_no_other()
    {
        Start("out").Wait().Succeeds();
        Dictionary<string, DateTime> before = Cells("out").ToDictionary(cell => cell, File.GetLastWriteTimeUtc);
        _place.Llkd("compare", "task.yaml", "--methods", Methods + ",llkd:momentum=0.5", "--seeds", "2", "--output", "out").Succeeds();
        foreach ((string cell, DateTime written) in before) Assert.Equal(written, File.GetLastWriteTimeUtc(cell));
        _place.Llkd("compare", "task.yaml", "--methods", Methods, "--seeds", "2", "--output", "out", "--set", "teacher.shots=3").Succeeds();
        // Another share may be chosen now; the cells of the one before then stay as they are.
        Assert.All(before.Where(cell => !cell.Key.Contains("random", StringComparison.Ordinal)), cell => Assert.NotEqual(cell.Value, File.GetLastWriteTimeUtc(cell.Key)));
    }

    [Fact]
    public void A_damaged_cell_is_made_again()
    {
        Start("out").Wait().Succeeds();
        string figures = Figures("out");
        string cell = Cells("out").First(path => path.Contains("llkd-w", StringComparison.Ordinal));
        File.WriteAllText(cell, File.ReadAllText(cell)[..100]);
        Start("out").Wait().Succeeds();
        Assert.Equal(figures, Figures("out"));
    }

    private LlkdProcess Start(string folder) =>
        LlkdProcess.Start(_place.Folder, "compare", "task.yaml", "--methods", Methods, "--seeds", "2", "--output", folder);

    private string[] Cells(string folder) => Directory.Exists(_place[folder + "/cells"])
        ? Directory.GetFiles(_place[folder + "/cells"], "*.json", SearchOption.AllDirectories) : [];

    private string Figures(string folder) => string.Join('\n', JsonDocument.Parse(File.ReadAllText(_place[folder + "/comparison.json"])).RootElement.EnumerateArray()
        .Select(row => string.Join(' ', row.EnumerateObject().Where(field => field.Name != "seconds").Select(field => field.Value.GetRawText()))));
}
