using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Llkd.Teachers.Local;

/// <summary>Tokens to be read.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="Rows">How many of them, counted from the end, get a row of logits.</param>
/// <param name="Behind">Behind what, where the past holds other texts too; null: right behind the tokens that all stretches see.</param>
internal readonly record struct DecoderStretch(int[] Tokens, int Rows, DecoderReading? Behind = null);

/// <summary>What a run says of one stretch of tokens. It is of use as long as its run lives.</summary>
/// <param name="logits">The run's logits, one row after the other, each [vocabulary].</param>
/// <param name="vocabulary">Length of a row.</param>
/// <param name="firstRow">The stretch's first row among them.</param>
/// <param name="rows">Number of its rows.</param>
/// <param name="length">Tokens up to the stretch's end, from the beginning of the prompt.</param>
/// <param name="own">Ranges of the text's own tokens, up to the stretch's end, among everything that was read.</param>
internal sealed class DecoderReading(OrtValue logits, int vocabulary, int firstRow, int rows, int length, IReadOnlyList<(int Start, int Count)> own) : IReading
{
    private readonly double?[] _logSums = new double?[rows];

    public int Rows => rows;

    /// <summary>Tokens up to the stretch's end, from the beginning of the prompt.</summary>
    public int Length => length;

    /// <summary>Ranges of the text's own tokens, up to the stretch's end, among everything that was read.</summary>
    public IReadOnlyList<(int Start, int Count)> Own => own;

    private bool IsHalf => logits.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float16;

    /// <exception cref="RunFailedException">The model's logits are not finite.</exception>
    public double LogProbability(int row, int token)
    {
        double logSum = _logSums[row] ??= LogSum(Logits(row));
        int at = (firstRow + row) * vocabulary + token;
        return (IsHalf ? (float)logits.GetTensorDataAsSpan<Float16>()[at] : logits.GetTensorDataAsSpan<float>()[at]) - logSum;
    }

    /// <summary>The logits behind a row's token, [vocabulary].</summary>
    /// <exception cref="RunFailedException">They are not finite.</exception>
    public ReadOnlySpan<float> Logits(int row)
    {
        int start = (firstRow + row) * vocabulary;
        if (!IsHalf) return logits.GetTensorDataAsSpan<float>().Slice(start, vocabulary);
        var read = new float[vocabulary];
        ReadOnlySpan<Float16> half = logits.GetTensorDataAsSpan<Float16>().Slice(start, vocabulary);
        for (int i = 0; i < read.Length; i++) read[i] = (float)half[i];
        return read;
    }

    private static double LogSum(ReadOnlySpan<float> logits)
    {
        float most = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float z in logits) sum += MathF.Exp(z - most);
        // A model that overflows says nothing about any label.
        if (!float.IsFinite(most) || !(sum > 0)) throw new RunFailedException("The model's logits are not finite: its number format does not hold what it computes. Take a model with 32-bit floats.");
        return most + Math.Log(sum);
    }
}
