using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class ModelCardTests
{
    private static RunRecord Run => SampleRuns.All["six"];

    [Fact]
    public void It_tells_the_figures_and_the_share_of_the_data()
    {
        RunRecord run = Run;
        QualityRecord test = run.Method.Test! with { Accuracy = 0.912, MacroF1 = 0.875, Ece = 0.0312, Count = 2000 };
        run = run with { Method = run.Method with { Test = test, Validation = null, Seen = 1234, Offered = 4936 }, TeacherTest = test with { Accuracy = 0.8 } };
        string card = ModelCard.Markdown(run, run.Method, inTransformers: true);
        Assert.StartsWith("---\nlibrary_name: transformers\npipeline_tag: text-classification\n", card, StringComparison.Ordinal);
        Assert.Contains("| test set | 2,000 | 91.2 % | 87.5 % | 3.1 % |\n", card, StringComparison.Ordinal);
        Assert.Contains("| the teacher, on the test set | 2,000 | 80.0 % |", card, StringComparison.Ordinal);
        Assert.DoesNotContain("validation set |", card, StringComparison.Ordinal);
        Assert.Contains("| samples trained on | 1,234 (25.0 % of those offered) |\n", card, StringComparison.Ordinal);
        Assert.All(run.Labels, label => Assert.Contains(label, card, StringComparison.Ordinal));
        Assert.Contains("from transformers import pipeline", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_transformers_cannot_load_does_not_say_it_can()
    {
        string card = ModelCard.Markdown(Run, Run.Method, inTransformers: false);
        Assert.DoesNotContain("transformers", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_stand_as_they_are_whatever_Markdown_would_make_of_them()
    {
        RunRecord run = Run with { Task = "a|b\n# <b>*c*</b>", Labels = ["_x_", "[y](z)"] };
        string card = ModelCard.Markdown(run, run.Method, inTransformers: true);
        Assert.Contains("# a\\|b \\# \\<b\\>\\*c\\*\\</b\\>\n", card, StringComparison.Ordinal);
        Assert.Contains("(\\_x\\_, \\[y\\](z))", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_gold_label_it_says_that_nothing_is_known()
    {
        RunRecord run = Run with { TeacherTest = null };
        Assert.Contains("nothing is known of its quality", ModelCard.Markdown(run, run.Method with { Test = null, Validation = null }, true), StringComparison.Ordinal);
    }
}
