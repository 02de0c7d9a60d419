using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Llkd.Teachers.Local;

/// <summary>The outputs of one run: logits, and the keys and values to read on from.</summary>
internal sealed class DecoderReading : IReading
{
    private readonly Decoder _decoder;
    private readonly IDisposableReadOnlyCollection<OrtValue> _outputs;
    private readonly KeyValues _past;
    private readonly (float[] Logits, double LogSum)?[] _rows;
    private readonly int _firstRow;

    public DecoderReading(Decoder decoder, IDisposableReadOnlyCollection<OrtValue> outputs, int length, int rows)
    {
        (_decoder, _outputs) = (decoder, outputs);
        _past = new KeyValues([.. outputs.Skip(1)], length);
        _rows = new (float[], double)?[rows];
        // Models that know `num_logits_to_keep` give the rows asked for, all others one for every token.
        _firstRow = (int)outputs[0].GetTensorTypeAndShape().Shape[1] - rows;
    }

    public int Rows => _rows.Length;

    /// <summary>Keys and values of everything read so far; they live as long as this does.</summary>
    public KeyValues Past => _past;

    public IReading Read(ReadOnlySpan<int> tokens) => _decoder.Read(_past, tokens, tokens.Length);

    public double LogProbability(int row, int token)
    {
        (float[] logits, double logSum) = _rows[row] ??= Normalised(row);
        return logits[token] - logSum;
    }

    /// <summary>The logits behind a row's token, [vocabulary].</summary>
    public ReadOnlySpan<float> Logits(int row) => (_rows[row] ??= Normalised(row)).Logits;

    private (float[], double) Normalised(int row)
    {
        int size = _decoder.Vocabulary;
        var logits = new float[size];
        OrtValue output = _outputs[0];
        if (output.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float16)
        {
            ReadOnlySpan<Float16> half = output.GetTensorDataAsSpan<Float16>().Slice((_firstRow + row) * size, size);
            for (int i = 0; i < size; i++) logits[i] = (float)half[i];
        }
        else output.GetTensorDataAsSpan<float>().Slice((_firstRow + row) * size, size).CopyTo(logits);
        float most = float.NegativeInfinity;
        foreach (float z in logits) most = MathF.Max(most, z);
        double sum = 0;
        foreach (float z in logits) sum += MathF.Exp(z - most);
        // A model that overflows says nothing about any label.
        if (!float.IsFinite(most) || !(sum > 0)) throw new RunFailedException("The model's logits are not finite: its number format does not hold what it computes. Take a model with 32-bit floats.");
        return (logits, most + Math.Log(sum));
    }

    public void Dispose() => _outputs.Dispose();
}
