using Llkd.Tasks;

namespace Llkd.Tests.Tasks;

public sealed class OptionMapTests
{
    [Fact]
    public void No_options_give_the_defaults() => Assert.Equal(new TestOptions(), OptionMap.Empty.Bind<TestOptions>());

    [Fact]
    public void Options_given_by_a_program_are_bound_like_those_of_a_file() =>
        Assert.Equal(
            new TestOptions { Momentum = 0.5, Scaling = TestScaling.MaxNorm, Ratio = 0.25f, Steps = 1L << 40 },
            OptionMap.Of(new Dictionary<string, string>
            {
                ["momentum"] = "0.5",
                ["scaling"] = "max-norm",
                ["ratio"] = "0.25",
                ["steps"] = "1099511627776",
            }).Bind<TestOptions>());

    [Theory]
    [InlineData("momentun", "0.5", "`training.options.momentun` is not known; the nearest known key is `momentum`.")]
    [InlineData("momentum", "1", "`training.options.momentum` is 1, but must be from 0 to 0.9999.")]
    [InlineData("scaling", "maxNorm", "takes one of `max-norm`, `none`; the nearest is `max-norm`.")]
    [InlineData("steps", "many", "`training.options.steps` is `many`, but takes a whole number.")]
    public void Wrong_options_are_named(string key, string value, string message)
    {
        OptionMap options = OptionMap.Of(new Dictionary<string, string> { [key] = value });
        Assert.Contains(message, Assert.Throws<InputException>(options.Bind<TestOptions>).Message, StringComparison.Ordinal);
    }
}
