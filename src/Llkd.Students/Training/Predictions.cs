using Llkd.Numerics;

namespace Llkd.Students.Training;

/// <summary>Answers read off logits.</summary>
public static class Predictions
{
    /// <summary>argmax p and max p of each row.</summary>
    /// <param name="logits">Row-major [texts, classes]; left holding the probabilities p.</param>
    /// <param name="classCount">Number of classes.</param>
    public static (int[] Labels, float[] Confidences) From(Span<float> logits, int classCount)
    {
        Softmax.Rows(logits, logits, classCount);
        var labels = new int[logits.Length / classCount];
        var confidences = new float[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * classCount, classCount);
            labels[i] = Softmax.ArgMax(row);
            confidences[i] = row[labels[i]];
        }
        return (labels, confidences);
    }
}
