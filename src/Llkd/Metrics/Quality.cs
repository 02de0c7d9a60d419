using Llkd.Runs;

namespace Llkd.Metrics;

/// <summary>Quality of a classifier's answers against gold labels.</summary>
public static class Quality
{
    /// <summary>Bins of the expected calibration error and of the reliability curve.</summary>
    public const int Bins = 15;

    /// <summary>Measures answers.</summary>
    /// <param name="gold">Gold labels, [texts], each an index into <paramref name="labels"/>.</param>
    /// <param name="predicted">Answers, [texts]; −1 where there is none. Those count in the coverage only.</param>
    /// <param name="confidences">Probability of the answer, [texts].</param>
    /// <param name="labels">Label names, [classes].</param>
    /// <returns>
    /// Accuracy, macro F1 (the unweighted mean over the classes that occur among gold labels or answers, as
    /// scikit-learn has it), expected calibration error Σ_b n_b/n · |accuracy_b − confidence_b| over bins of equal
    /// width (Guo et al. 2017), coverage, per-class figures and the confusion counts.
    /// </returns>
    /// <exception cref="ArgumentException">The spans differ in length, a gold label or an answer is out of range, or the confidence of an answer is not a number.</exception>
    public static QualityRecord Measure(
        ReadOnlySpan<int> gold, ReadOnlySpan<int> predicted, ReadOnlySpan<float> confidences, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (predicted.Length != gold.Length || confidences.Length != gold.Length)
            throw new ArgumentException("Gold labels, answers and confidences differ in length.");
        int classes = labels.Count;
        var confusion = new int[classes][];
        for (int k = 0; k < classes; k++) confusion[k] = new int[classes];
        var binCount = new int[Bins];
        var binRight = new int[Bins];
        var binConfidence = new double[Bins];
        int answered = 0, right = 0;
        for (int i = 0; i < gold.Length; i++)
        {
            if ((uint)gold[i] >= (uint)classes) throw new ArgumentException($"Text {i} has no gold label.", nameof(gold));
            if (predicted[i] < 0) continue;
            if (predicted[i] >= classes) throw new ArgumentException($"Text {i} has no label {predicted[i]} to be answered with.", nameof(predicted));
            if (float.IsNaN(confidences[i])) throw new ArgumentException($"The confidence of text {i} is not a number.", nameof(confidences));
            answered++;
            confusion[gold[i]][predicted[i]]++;
            bool isRight = gold[i] == predicted[i];
            if (isRight) right++;
            int bin = BinOf(confidences[i]);
            binCount[bin]++;
            binConfidence[bin] += confidences[i];
            if (isRight) binRight[bin]++;
        }

        double ece = 0;
        var reliability = new ReliabilityBin[Bins];
        for (int b = 0; b < Bins; b++)
        {
            int n = binCount[b];
            double confidence = n == 0 ? 0 : binConfidence[b] / n;
            double accuracy = n == 0 ? 0 : (double)binRight[b] / n;
            ece += (double)n / Math.Max(1, answered) * Math.Abs(accuracy - confidence);
            reliability[b] = new ReliabilityBin((double)b / Bins, (b + 1.0) / Bins, n, confidence, accuracy);
        }

        var perClass = new ClassRecord[classes];
        double sumF1 = 0;
        int present = 0;
        for (int k = 0; k < classes; k++)
        {
            int hit = confusion[k][k];
            int support = confusion[k].Sum();
            int said = confusion.Sum(row => row[k]);
            double precision = said == 0 ? 0 : (double)hit / said;
            double recall = support == 0 ? 0 : (double)hit / support;
            double f1 = support + said == 0 ? 0 : 2.0 * hit / (support + said);
            perClass[k] = new ClassRecord(labels[k], precision, recall, f1, support);
            if (support + said == 0) continue;
            present++;
            sumF1 += f1;
        }

        return new QualityRecord
        {
            Accuracy = (double)right / Math.Max(1, answered),
            MacroF1 = sumF1 / Math.Max(1, present),
            Ece = ece,
            Coverage = gold.Length == 0 ? 0 : (double)answered / gold.Length,
            Count = answered,
            PerClass = perClass,
            Confusion = confusion,
            Reliability = reliability,
        };
    }

    /// <summary>
    /// The bin (b/15, (b+1)/15] of a confidence. Edges are compared in single precision, so that a confidence of 3/5
    /// lies on its edge although the float nearest to it is a hair above.
    /// </summary>
    private static int BinOf(float confidence)
    {
        int bin = Math.Clamp((int)(confidence * Bins), 0, Bins - 1);
        while (bin > 0 && confidence <= (float)bin / Bins) bin--;
        while (bin < Bins - 1 && confidence > (float)(bin + 1) / Bins) bin++;
        return bin;
    }
}
