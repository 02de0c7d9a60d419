using System.Xml.Linq;
using CsCheck;

namespace Llkd.Reports.Tests;

public sealed class HtmlReportTests
{
    [Fact]
    public void A_report_of_any_record_is_well_formed_and_its_drawings_stay_in_their_boxes() =>
        GenRun.Run.Sample(run =>
        {
            var page = Page.Parse(HtmlReport.Render(run));
            var faults = Page.DrawingFaults(page).Take(3).ToList();
            Assert.True(faults.Count == 0, string.Join("; ", faults));
            var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
        }, iter: 150, threads: 1);

    [Theory]
    [InlineData("six")]
    [InlineData("banking")]
    [InlineData("noTest")]
    [InlineData("noGold")]
    [InlineData("random")]
    [InlineData("hostile")]
    public void Every_drawing_with_something_to_say_has_a_name_and_a_description(string name)
    {
        var page = Page.Parse(HtmlReport.Render(SampleRuns.All[name]));
        var drawings = page.Descendants("svg").Where(svg => svg.Attribute("aria-hidden") is null).ToList();
        Assert.NotEmpty(drawings);
        foreach (var svg in drawings)
        {
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.NotEqual("", svg.Element("title")!.Value.Trim());
            Assert.NotEqual("", svg.Element("desc")!.Value.Trim());
            Assert.Equal((string?)svg.Attribute("aria-labelledby"), $"{(string?)svg.Element("title")!.Attribute("id")} {(string?)svg.Element("desc")!.Attribute("id")}");
        }
    }

    [Fact]
    public void A_report_tells_the_share_of_texts_that_were_cut_where_it_is_known()
    {
        var run = SampleRuns.All["six"];
        Assert.DoesNotContain("longer than the student reads", Setup(run), StringComparison.OrdinalIgnoreCase);
        string told = Setup(run with { Data = run.Data with { PoolTruncated = 0.0123, TestTruncated = 0 } });
        Assert.Contains("cut: pool1.2\u202F%", told, StringComparison.Ordinal);
        Assert.Contains("The same in the test setnone", told, StringComparison.Ordinal);

        static string Setup(Llkd.Runs.RunRecord run) => Page.TextOf(Page.Parse(HtmlReport.Render(run)), "setup");
    }

    [Fact]
    public void A_report_asks_for_nothing_outside_itself()
    {
        string html = HtmlReport.Render(SampleRuns.All["six"]);
        var page = Page.Parse(html);
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "link" or "img" or "iframe" or "object" or "image" or "use");
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href");
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_the_data_stays_text()
    {
        var page = Page.Parse(HtmlReport.Render(SampleRuns.All["hostile"]));
        Assert.Single(page.Descendants("script"));
        Assert.Empty(page.Descendants("img"));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        string unsure = Page.TextOf(page, "unsure");
        Assert.Contains("</td></table><script>throw 'hit'</script><img src=x onerror=throw-1> \"'&amp; [U+202E]gnp.exe \uFFFD\uFFFD \uFFFD ]]> -->", unsure, StringComparison.Ordinal);
        string html = page.ToString();
        Assert.DoesNotContain('\u202E', html);
        Assert.Contains("[U+202E]reversed", Page.TextOf(page, "classes"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_headline_shows_every_figure_of_the_record()
    {
        var run = SampleRuns.All["six"];
        string header = Page.Parse(HtmlReport.Render(run)).Descendants("header").Single().Value.Replace('\u202F', ' ');
        var invariant = System.Globalization.CultureInfo.InvariantCulture;
        string Percent(double share) => (100 * share).ToString("0.0", invariant) + " %";
        string Count(long n) => n.ToString("#,0", invariant).Replace(',', ' ');
        var student = run.Method.Test!;
        var teacher = run.TeacherTest!;
        foreach (string expected in new[]
        {
            run.Task, run.Method.Name, run.Teacher, run.Student, Percent(student.Accuracy), Percent(student.MacroF1), Percent(teacher.Accuracy), Percent(teacher.MacroF1),
            "+" + (100 * (student.Accuracy - teacher.Accuracy)).ToString("0.0", invariant), "+" + (100 * (student.MacroF1 - teacher.MacroF1)).ToString("0.0", invariant),
            Percent((double)run.Method.Seen / run.Method.Offered), Count(run.Method.Seen), Count(run.Method.Offered),
            run.Method.TrainSeconds.ToString("0.0", invariant) + " s", Count(run.Labelling.Calls), "9 530 020 tokens", "13 min 32 s", "23 November 2026",
        })
            Assert.Contains(expected, header, StringComparison.Ordinal);
        Assert.Contains($"The student labels {Percent(student.Accuracy)} of the test texts correctly; the teacher it learned from, {Percent(teacher.Accuracy)}.", header, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_worse_than_its_teacher_is_said_to_be() =>
        Assert.Contains("The student falls short of its teacher", Lead("worse"), StringComparison.Ordinal);

    [Fact]
    public void Without_a_test_set_the_report_says_what_it_shows_instead()
    {
        Assert.Contains("of the validation texts", Lead("noTest"), StringComparison.Ordinal);
        Assert.Contains("There is no gold test set.", Header("noTest"), StringComparison.Ordinal);
        Assert.Contains("gives the teacher’s answer on", Lead("noGold"), StringComparison.Ordinal);
        Assert.Contains("There is no gold test set", Header("noGold"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_partly_answering_teacher_is_measured_on_what_it_answered_and_the_sentence_says_so()
    {
        var run = SampleRuns.All["six"];
        run = run with { TeacherTest = run.TeacherTest! with { Coverage = 0.9 } };
        Assert.Contains("of the 90.0\u202F% it answered", Page.Parse(HtmlReport.Render(run)).Descendants("header").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_without_thresholds_gets_a_sentence_instead_of_charts()
    {
        var page = Page.Parse(HtmlReport.Render(SampleRuns.All["random"]));
        Assert.Contains("selects without adaptive thresholds", Page.TextOf(page, "thresholds"), StringComparison.Ordinal);
        Assert.Empty(page.Descendants("section").Single(s => (string?)s.Attribute("id") == "thresholds").Descendants("svg"));
    }

    [Fact]
    public void A_single_threshold_is_drawn_and_the_lack_of_the_other_is_said()
    {
        var run = SampleRuns.All["six"];
        run = run with { Method = run.Method with { Steps = [.. run.Method.Steps.Select(step => step with { StudentThresholds = null })] } };
        var page = Page.Parse(HtmlReport.Render(run));
        Assert.Contains("no threshold on the student’s uncertainty", Page.TextOf(page, "thresholds"), StringComparison.Ordinal);
        Assert.Equal(2, page.Descendants("section").Single(s => (string?)s.Attribute("id") == "thresholds").Descendants("svg").Count());
    }

    [Fact]
    public void Few_classes_have_a_line_each_and_many_the_mean_and_five_extremes()
    {
        Assert.Equal(6, Labels("six"));
        Assert.Equal(6, Labels("banking"));
        Assert.Equal(8, Labels("hostile"));

        // The wide drawing of the first chart; a leader runs to every named line.
        static int Labels(string name) => Page.Parse(HtmlReport.Render(SampleRuns.All[name])).Descendants("section")
            .Single(s => (string?)s.Attribute("id") == "thresholds").Descendants("svg").First()
            .Elements("polyline").Count(line => ((string)line.Attribute("class")!).StartsWith("leader", StringComparison.Ordinal));
    }

    [Fact]
    public void The_confusion_matrix_holds_every_count()
    {
        var run = SampleRuns.All["six"];
        var svg = Page.Parse(HtmlReport.Render(run)).Descendants("svg").First(s => s.Element("title")?.Value.StartsWith("Confusion", StringComparison.Ordinal) == true);
        int shown = svg.Elements("text").Where(t => ((string)t.Attribute("class")!).StartsWith("cell", StringComparison.Ordinal))
            .Sum(t => int.Parse(t.Value.Replace("\u202F", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(run.Method.Test!.Count, shown);
    }

    [Fact]
    public void The_most_confused_pairs_come_largest_first()
    {
        var run = SampleRuns.All["banking"];
        var table = Page.Parse(HtmlReport.Render(run)).Descendants("table").Single(t => t.Element("caption")!.Value == "Most confused pairs");
        var rows = table.Element("tbody")!.Elements("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray()).ToList();
        var confusion = run.Method.Test!.Confusion;
        int largest = confusion.SelectMany((row, gold) => row.Where((_, predicted) => predicted != gold)).Max();
        Assert.Equal(10, rows.Count);
        Assert.Equal(largest.ToString(System.Globalization.CultureInfo.InvariantCulture), rows[0][2]);
        Assert.Equal(confusion[run.Labels.ToList().IndexOf(rows[0][0])][run.Labels.ToList().IndexOf(rows[0][1])], largest);
    }

    [Fact]
    public void All_counts_of_the_data_and_the_paper_are_told()
    {
        var page = Page.Parse(HtmlReport.Render(SampleRuns.All["six"]));
        string setup = Page.TextOf(page, "setup").Replace('\u202F', ' ');
        foreach (string expected in new[] { "15 969", "1 988", "2 000", "22", "41", "0.1.0", "Debian", "9 482 113", "47 907" })
            Assert.Contains(expected, setup, StringComparison.Ordinal);
        string reading = Page.TextOf(page, "reading");
        Assert.Contains("arXiv 2411.08028", reading, StringComparison.Ordinal);
        Assert.Contains("reconstruction", reading, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_record_gives_the_same_bytes() =>
        Assert.Equal(HtmlReport.Render(SampleRuns.All["six"]), HtmlReport.Render(SampleRuns.Make(SampleRuns.Emotions)));

    [Fact]
    public void A_report_of_77_classes_stays_small_enough_to_mail() =>
        Assert.InRange(HtmlReport.Render(SampleRuns.All["banking"]).Length, 1, 2_000_000);

    [Fact]
    public void Writing_replaces_an_older_report_and_leaves_no_temporary_file()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "new", "report.html");
        HtmlReport.Write(SampleRuns.All["two"], path);
        HtmlReport.Write(SampleRuns.All["six"], path);
        Assert.Equal(HtmlReport.Render(SampleRuns.All["six"]), File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_a_failed_run_that_names_the_file()
    {
        using var folder = new TemporaryFolder();
        string taken = Path.Combine(folder.Path, "report.html");
        Directory.CreateDirectory(Path.Combine(taken, "inside"));
        var error = Assert.Throws<RunFailedException>(() => HtmlReport.Write(SampleRuns.All["two"], taken));
        Assert.Contains(taken, error.Message, StringComparison.Ordinal);
        Assert.Equal([taken], Directory.GetFileSystemEntries(folder.Path));
    }

    private static string Header(string name) => Page.Parse(HtmlReport.Render(SampleRuns.All[name])).Descendants("header").Single().Value;

    private static string Lead(string name) => Page.Parse(HtmlReport.Render(SampleRuns.All[name])).Descendants("p")
        .Single(p => (string?)p.Attribute("class") == "lead").Value;
}
