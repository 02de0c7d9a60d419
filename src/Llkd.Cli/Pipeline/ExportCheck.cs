using System.Globalization;
using Llkd.Metrics;
using Llkd.Numerics;
using Llkd.Runs;
using Llkd.Students.Training;

namespace Llkd.Cli.Pipeline;

/// <summary>How an exported model's answers differ from the student's.</summary>
/// <param name="Texts">Texts compared.</param>
/// <param name="LargestDifference">Largest absolute difference of a logit.</param>
/// <param name="AnswersChanged">Texts with another label.</param>
/// <param name="StudentAccuracy">Share of right answers of the student; null without gold labels.</param>
/// <param name="ExportedAccuracy">And of the exported model.</param>
internal sealed record ExportCheck(int Texts, double LargestDifference, int AnswersChanged, double? StudentAccuracy, double? ExportedAccuracy)
{
    /// <summary>Largest difference of a logit that rounding explains.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Compares logits, row-major [texts, classes].</summary>
    /// <param name="student">The student's.</param>
    /// <param name="exported">The exported model's.</param>
    /// <param name="gold">Gold labels, [texts]; empty where there are none.</param>
    /// <param name="labels">Label names, [classes].</param>
    public static ExportCheck Of(float[] student, float[] exported, int[] gold, IReadOnlyList<string> labels)
    {
        int classes = labels.Count, texts = student.Length / classes, changed = 0;
        double largest = 0;
        for (int i = 0; i < student.Length; i++)
        {
            double difference = Math.Abs((double)student[i] - exported[i]);
            // A NaN is no small difference.
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }
        for (int i = 0; i < texts; i++)
            if (Softmax.ArgMax(student.AsSpan(i * classes, classes)) != Softmax.ArgMax(exported.AsSpan(i * classes, classes))) changed++;
        return new ExportCheck(texts, largest, changed, Accuracy(student), Accuracy(exported));

        double? Accuracy(float[] logits) => double.IsInfinity(largest) ? null : Quality(logits, gold, labels)?.Accuracy;
    }

    /// <summary>Refuses a model in floats that is not the student.</summary>
    /// <exception cref="RunFailedException">A logit differs by more than <see cref="Tolerance"/>.</exception>
    public ExportCheck RequireEqual()
    {
        if (LargestDifference <= Tolerance) return this;
        throw new RunFailedException(string.Create(CultureInfo.InvariantCulture,
            $"The exported model is not the student: on {Texts:N0} texts a logit differs by up to {LargestDifference:0.######}, more than the {Tolerance:0.####} that rounding explains, and {AnswersChanged:N0} answers are others. Nothing was written. Please report this."));
    }

    /// <summary>Quality of logits against gold labels, at a temperature; null without gold labels.</summary>
    public static QualityRecord? Quality(float[] logits, int[] gold, IReadOnlyList<string> labels, double temperature = 1)
    {
        if (gold.Length == 0) return null;
        float[] p = [.. logits.Select(z => (float)(z / temperature))];
        (int[] predicted, float[] confidences) = Predictions.From(p, labels.Count);
        return Metrics.Quality.Measure(gold, predicted, confidences, labels);
    }
}
