using System.Text.RegularExpressions;
using CsCheck;
using Llkd.Documents;
using Llkd.Tasks;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

/// <summary>The prototype teacher against a slow, independent implementation on strings and dictionaries.</summary>
public sealed class PrototypeOracleTests
{
    // A fixed vocabulary, so that the features are too few to meet in a bucket of the document frequencies.
    private static readonly string[] Words = ["a", "I", "to", "the", "Card", "cards", "arrive", "arrival", "café", "Wetter", "x2", "internationally"];
    private static readonly string[] Separators = [" ", ", ", "-", " _ "];
    private static readonly TaskLabel[] Labels =
        [new() { Name = "card_arrival" }, new() { Name = "the", Description = "I arrive" }, new() { Name = "Wetter" }];

    private static readonly Gen<string> Text =
        Gen.Select(Gen.Int[0, Words.Length - 1], Gen.Int[0, Separators.Length - 1]).List[0, 8].Select(parts => string.Concat(parts.Select(part => Words[part.Item1] + Separators[part.Item2])));

    private static readonly Gen<Document[]> Examples =
        Gen.Select(Text, Gen.Int[0, 2]).Array[0, 12].Select(pairs => pairs.Select(pair => Document(pair.Item1, pair.Item2)).DistinctBy(d => (d.Key, d.Label)).ToArray());

    [Fact]
    public void Distributions_are_those_of_the_slow_implementation() =>
        Gen.Select(Examples, Text.Array[1, 10], Text).Sample((examples, pool, text) =>
        {
            var teacher = new PrototypeTeacher(Labels, examples, pool);
            var oracle = new Oracle(pool);
            double[] cosines = [.. Labels.Select((_, k) => oracle.Cosine(text, oracle.Prototype(k, examples)))];
            double[] powers = [.. cosines.Select(cosine => Math.Exp(cosine / teacher.Temperature))];
            float[] q = teacher.Label(text);
            // The cosines are exact to single precision; the division by a low temperature magnifies what is lost.
            for (int k = 0; k < q.Length; k++) Assert.Equal(powers[k] / powers.Sum(), q[k], 2e-6 / teacher.Temperature);
        });

    [Fact]
    public void Temperature_is_the_most_likely_one_when_each_example_is_left_out_in_turn() =>
        Gen.Select(Examples.Where(examples => examples.Length > 0), Text.Array[1, 10]).Sample((examples, pool) =>
        {
            var teacher = new PrototypeTeacher(Labels, examples, pool);
            var oracle = new Oracle(pool);
            double[][] scores = [.. examples.Select(example => Labels
                .Select((_, k) => oracle.Cosine(example.Text, oracle.Prototype(k, [.. examples.Where(other => other != example)]))).ToArray())];
            double epsilon = 1.0 / (examples.Length + 1);
            double Likelihood(double temperature) => examples.Select((example, i) =>
            {
                double[] logs = [.. scores[i].Select(score => score / temperature)];
                double normaliser = logs.Max() + Math.Log(logs.Sum(log => Math.Exp(log - logs.Max())));
                return logs.Select((log, k) => ((k == example.Label ? 1 - epsilon : 0) + epsilon / logs.Length) * (log - normaliser)).Sum();
            }).Sum();
            double reached = Likelihood(teacher.Temperature);
            for (double temperature = 0.005; temperature <= 2; temperature *= 1.01)
                Assert.True(Likelihood(temperature) <= reached + 1e-3, $"T {temperature} is better than {teacher.Temperature}.");
        });

    private sealed class Oracle(string[] pool)
    {
        private readonly List<HashSet<string>> _pool = [.. pool.Select(text => Counts(text).Keys.ToHashSet())];

        public Dictionary<string, double> Prototype(int k, Document[] examples)
        {
            string words = k switch { 0 => "card arrival", 1 => "the I arrive", _ => "wetter" };
            var sum = new Dictionary<string, double>();
            foreach (string text in examples.Where(example => example.Label == k).Select(example => example.Text).Append(words))
                foreach ((string feature, double value) in Vector(text))
                    sum[feature] = sum.GetValueOrDefault(feature) + value;
            return sum;
        }

        public double Cosine(string text, Dictionary<string, double> prototype)
        {
            double length = Math.Sqrt(prototype.Values.Sum(value => value * value));
            return length == 0 ? 0 : Vector(text).Sum(pair => pair.Value * prototype.GetValueOrDefault(pair.Key)) / length;
        }

        private Dictionary<string, double> Vector(string text)
        {
            var values = Counts(text).ToDictionary(pair => pair.Key, pair =>
                (pair.Key[0] == 'w' ? 1 : 0.5) * (1 + Math.Log(pair.Value))
                * (Math.Log((1.0 + _pool.Count) / (1.0 + _pool.Count(set => set.Contains(pair.Key)))) + 1));
            double length = Math.Sqrt(values.Values.Sum(value => value * value));
            return values.ToDictionary(pair => pair.Key, pair => pair.Value / length);
        }

        private static Dictionary<string, int> Counts(string text)
        {
            string[] words = [.. Regex.Matches(text.ToLowerInvariant(), @"[\p{L}\p{N}]+").Select(match => match.Value)];
            IEnumerable<string> features = words.Select(word => "w" + word)
                .Concat(words.Zip(words.Skip(1), (a, b) => $"p{a} {b}"))
                .Concat(words.Select(word => $"<{word}>").SelectMany(word => Enumerable.Range(3, 3).Where(run => run < word.Length)
                    .SelectMany(run => Enumerable.Range(0, word.Length - run + 1).Select(start => $"c{word[start..(start + run)]}"))));
            return features.CountBy(feature => feature).ToDictionary();
        }
    }
}
