using System.Text.Json;
using CsCheck;
using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Tests.Selection;

/// <summary>For every registered method, those of later days included.</summary>
public sealed class SelectionStateTests
{
    public static TheoryData<string> Methods => [.. SelectionMethods.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Saving_and_restoring_in_the_middle_changes_nothing(string name) =>
        Gen.Select(TestBatch.Sequences(longest: 20), Gen.Int[0, 19], Gen.Int).Sample((batches, cut, seed) =>
        {
            int classes = batches[0].Teacher[0].Length;
            SelectionMethod whole = SelectionMethods.Create(name, OptionMap.Empty, classes, seed);
            SelectionMethod resumed = SelectionMethods.Create(name, OptionMap.Empty, classes, seed);
            for (int step = 0; step < batches.Length; step++)
            {
                if (step == cut % batches.Length)
                {
                    // Through JSON, as a checkpoint keeps it, and into a method whose own state is another.
                    string kept = JsonSerializer.Serialize(resumed.State);
                    resumed = SelectionMethods.Create(name, OptionMap.Empty, classes, seed + 1);
                    batches[0].SelectWith(resumed);
                    resumed.State = JsonSerializer.Deserialize<Dictionary<string, double[]>>(kept)!;
                }
                Choice expected = batches[step].SelectWith(whole, step), actual = batches[step].SelectWith(resumed, step);
                Assert.Equal(expected.Positions, actual.Positions);
                Assert.Equal(expected.Weights, actual.Weights);
                Assert.Equal(expected.Targets, actual.Targets);
                Assert.Equal(expected.Divisor, actual.Divisor);
                Assert.Equal(expected.TeacherThresholds, actual.TeacherThresholds);
                Assert.Equal(expected.StudentThresholds, actual.StudentThresholds);
            }
        }, iter: 100);

    [Theory]
    [MemberData(nameof(Methods))]
    public void State_that_was_read_does_not_change_with_later_batches(string name) => TestBatch.Sequences().Sample(batches =>
    {
        SelectionMethod method = SelectionMethods.Create(name, OptionMap.Empty, batches[0].Teacher[0].Length, seed: 1);
        IReadOnlyDictionary<string, double[]> state = method.State;
        string before = JsonSerializer.Serialize(state);
        foreach (TestBatch batch in batches) batch.SelectWith(method);
        Assert.Equal(before, JsonSerializer.Serialize(state));
    }, iter: 20);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Positions_ascend_and_targets_sum_to_one(string name) => TestBatch.Sequences().Sample(batches =>
    {
        SelectionMethod method = SelectionMethods.Create(name, OptionMap.Empty, batches[0].Teacher[0].Length, seed: 1);
        for (int step = 0; step < batches.Length; step++)
        {
            Choice choice = batches[step].SelectWith(method, step);
            Assert.Equal(choice.Positions.Order().Distinct(), choice.Positions);
            Assert.All(choice.Positions, i => Assert.InRange(i, 0, batches[step].Count - 1));
            Assert.All(choice.Targets, target => Assert.Equal(1, target.Sum(), 1e-4));
            Assert.All(choice.Weights, weight => Assert.True(weight >= 0 && float.IsFinite(weight)));
        }
    }, iter: 50);

    [Fact]
    public void State_over_another_number_of_classes_is_refused()
    {
        var method = new LlkdMethod(3);
        Assert.Throws<ArgumentException>(() => method.State = new LlkdMethod(4).State);
    }
}
