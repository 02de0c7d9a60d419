using Llkd.References;

namespace Llkd.Students.Transformer;

/// <summary>
/// A Hugging Face encoder as a sentence encoder: a text's vector is the mean of its tokens' last hidden states, brought
/// to length 1, as the sentence-transformers models of this shape have it. Not trained. Thread-safe.
/// </summary>
public sealed class PretrainedSentenceEncoder : ISentenceEncoder, IDisposable
{
    private readonly TransformerStudent _encoder;
    private readonly Lock _lock = new();

    private PretrainedSentenceEncoder(TransformerStudent encoder, string description) => (_encoder, Description) = (encoder, description);

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Dimension => _encoder.Hidden;

    /// <summary>Loads a folder: config.json, model.safetensors, tokenizer files; roberta, xlm-roberta, bert or distilbert.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="maxLength">Longest input in tokens; what is longer is cut.</param>
    /// <param name="threads">Threads; 0: as many as the process may use.</param>
    /// <exception cref="InputException">The folder holds no such model, or a broken one.</exception>
    public static PretrainedSentenceEncoder Load(string folder, int maxLength = 128, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        // The head is never read; two labels are the fewest it can have.
        TransformerStudent encoder = TransformerStudent.LoadPretrained(
            folder, new PretrainedOptions { MaxLength = maxLength, Pooling = Pooling.Mean, Dropout = 0, Threads = threads, Precision = TrainingPrecision.Fp32 }, ["0", "1"]);
        return new PretrainedSentenceEncoder(encoder, $"the mean hidden state of {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}");
    }

    /// <inheritdoc/>
    public float[] Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        lock (_lock)
        {
            float[] vectors = _encoder.Encode(MemoryCorpus.Encode(_encoder, texts));
            for (int i = 0; i < texts.Count; i++)
            {
                Span<float> vector = vectors.AsSpan(i * Dimension, Dimension);
                double squares = 0;
                foreach (float value in vector) squares += (double)value * value;
                float scale = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
                for (int d = 0; d < vector.Length; d++) vector[d] *= scale;
            }
            return vectors;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();
}
