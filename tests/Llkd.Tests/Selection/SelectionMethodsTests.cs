using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Tests.Selection;

public sealed class SelectionMethodsTests
{
    [Theory]
    [InlineData("lkld", "llkd")]
    [InlineData("llkd_w", "llkd-w")]
    [InlineData("LLKD", "llkd")]
    [InlineData("no-sd", "no-ds")]
    [InlineData("randon", "random")]
    [InlineData("llkd-without-us", "llkd-without-su")]
    public void An_unknown_method_is_answered_with_the_nearest_names(string wrong, string nearest)
    {
        string message = Assert.Throws<InputException>(() => SelectionMethods.Find(wrong)).Message;
        Assert.Contains($"`{wrong}`", message, StringComparison.Ordinal);
        string near = message[message.IndexOf("Nearest: ", StringComparison.Ordinal)..message.IndexOf(". All", StringComparison.Ordinal)];
        Assert.Contains(nearest, near["Nearest: ".Length..].Split(", "));
        Assert.All(SelectionMethods.All, entry => Assert.Contains(entry.Name, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_differ_and_are_lower_case_with_hyphens()
    {
        Assert.Distinct(SelectionMethods.All.Select(entry => entry.Name));
        Assert.All(SelectionMethods.All, entry => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", entry.Name));
    }

    [Fact]
    public void Options_stand_in_a_description_with_their_defaults()
    {
        string description = SelectionMethods.Find("llkd").Describe(Options(("momentum", "0.5")));
        foreach (string part in new[] { "Momentum = 0.5", "ClassScaling = MaxNorm", "Target = Hard", "Uncertainty = Entropy", "Divisor = Selected" })
            Assert.Contains(part, description, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_those_of_the_method()
    {
        LlkdOptions options = OptionMap.Empty.Bind<LlkdOptions>();
        Assert.Equal(0.9, options.Momentum);
        Assert.Equal(ClassScaling.MaxNorm, options.ClassScaling);
        Assert.Equal(TargetKind.Hard, options.Target);
        Assert.Equal(UncertaintyMeasure.Entropy, options.Uncertainty);
        Assert.Equal(LossDivisor.Selected, options.Divisor);
        Assert.Equal(LlkdWeighting.Sum, options.Weighting);
        Assert.Equal(0.5, OptionMap.Empty.Bind<RandomSelectionOptions>().Share);
        Assert.Equal(TargetKind.Hard, OptionMap.Empty.Bind<NoDataSelectionOptions>().Target);
    }

    [Fact]
    public void Every_option_binds_by_its_name_in_a_task_file()
    {
        LlkdOptions options = Options(
            ("momentum", "0.25"), ("classScaling", "none"), ("target", "mix"), ("uncertainty", "least-confidence"),
            ("divideBy", "batch"), ("weighting", "product")).Bind<LlkdOptions>();
        Assert.Equal(
            new LlkdOptions
            {
                Momentum = 0.25,
                ClassScaling = ClassScaling.None,
                Target = TargetKind.Mix,
                Uncertainty = UncertaintyMeasure.LeastConfidence,
                Divisor = LossDivisor.Batch,
                Weighting = LlkdWeighting.Product,
            },
            options);
    }

    [Theory]
    [InlineData("llkd", "momentum", "1")]
    [InlineData("llkd", "momentum", "-0.1")]
    [InlineData("llkd", "momentum", "NaN")]
    [InlineData("llkd-w", "weighting", "max")]
    [InlineData("llkd", "classScaling", "max")]
    [InlineData("llkd", "momentun", "0.5")]
    [InlineData("random", "share", "1.01")]
    [InlineData("random", "share", "-0.01")]
    [InlineData("random", "momentum", "0.5")]
    [InlineData("no-ds", "target", "gold")]
    public void An_option_that_is_unknown_or_out_of_range_is_refused_by_name(string method, string option, string value)
    {
        string message = Assert.Throws<InputException>(() => SelectionMethods.Create(method, Options((option, value)), 3, 1)).Message;
        Assert.Contains($"training.options.{option}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_a_method_reach_it()
    {
        SelectionMethod method = SelectionMethods.Create("random", Options(("share", "0.25")), 2, seed: 1);
        var batch = new TestBatch([.. Enumerable.Repeat(new[] { 0.6f, 0.4f }, 40)], []);
        Assert.Equal(10, batch.SelectWith(method).Positions.Length);
    }

    private static OptionMap Options(params (string Key, string Value)[] options) =>
        OptionMap.Of(options.ToDictionary(option => option.Key, option => option.Value));
}
