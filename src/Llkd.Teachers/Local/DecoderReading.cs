using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Llkd.Teachers.Local;

/// <summary>What a run says of one text: logits, and the keys and values to read on from.</summary>
/// <param name="decoder">Who read.</param>
/// <param name="logits">The run's logits, one row after the other.</param>
/// <param name="firstRow">The text's first row among them.</param>
/// <param name="rows">Number of its rows.</param>
/// <param name="past">Finds its keys and values once they are asked for; they live as long as this does.</param>
/// <param name="owned">What goes with the reading; null where the run lives on for other texts.</param>
internal sealed class DecoderReading(Decoder decoder, OrtValue logits, int firstRow, int rows, Func<KeyValues> past, IDisposable? owned) : IReading
{
    private readonly Lazy<KeyValues> _past = new(past);
    private readonly (float[] Logits, double LogSum)?[] _rows = new (float[], double)?[rows];

    public int Rows => _rows.Length;

    /// <summary>Keys and values of everything read so far; they live as long as this does.</summary>
    public KeyValues Past => _past.Value;

    public IReading Read(ReadOnlySpan<int> tokens) => decoder.Read(Past, tokens, tokens.Length);

    public double LogProbability(int row, int token)
    {
        (float[] logits, double logSum) = _rows[row] ??= Normalised(row);
        return logits[token] - logSum;
    }

    /// <summary>The logits behind a row's token, [vocabulary].</summary>
    public ReadOnlySpan<float> Logits(int row) => (_rows[row] ??= Normalised(row)).Logits;

    private (float[], double) Normalised(int row)
    {
        int size = decoder.Vocabulary;
        var read = new float[size];
        if (logits.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float16)
        {
            ReadOnlySpan<Float16> half = logits.GetTensorDataAsSpan<Float16>().Slice((firstRow + row) * size, size);
            for (int i = 0; i < size; i++) read[i] = (float)half[i];
        }
        else logits.GetTensorDataAsSpan<float>().Slice((firstRow + row) * size, size).CopyTo(read);
        float most = float.NegativeInfinity;
        foreach (float z in read) most = MathF.Max(most, z);
        double sum = 0;
        foreach (float z in read) sum += MathF.Exp(z - most);
        // A model that overflows says nothing about any label.
        if (!float.IsFinite(most) || !(sum > 0)) throw new RunFailedException("The model's logits are not finite: its number format does not hold what it computes. Take a model with 32-bit floats.");
        return (read, most + Math.Log(sum));
    }

    public void Dispose()
    {
        if (_past.IsValueCreated) _past.Value.Dispose();
        owned?.Dispose();
    }
}
