using Llkd.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Llkd.Students.Transformer;

/// <summary>
/// RoBERTa for sequence classification (Liu et al. 2019; post-layer-norm as Vaswani et al. 2017), as
/// Hugging Face's RobertaForSequenceClassification computes it, under the same tensor names.
/// </summary>
internal sealed class TransformerNetwork : IDisposable
{
    private const double InitialDeviation = 0.02;
    private const string Embeddings = "roberta.embeddings.";
    private const string WordEmbeddings = Embeddings + "word_embeddings.weight";
    private const string PositionEmbeddings = Embeddings + "position_embeddings.weight";
    private readonly TransformerShape _shape;
    private readonly double _dropout;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Embedding> _tables = new(StringComparer.Ordinal);

    /// <summary>A network with random weights: N(0, 0.02²), biases and padding rows 0, layer norms 1.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dropout">Dropout probability.</param>
    /// <param name="random">Random numbers of the weights; null leaves all at 0, to be loaded.</param>
    /// <param name="type">Number type; float64 is for gradient checks.</param>
    public TransformerNetwork(TransformerShape shape, double dropout, RandomStream? random, ScalarType type = ScalarType.Float32)
    {
        (_shape, _dropout) = (shape, dropout);
        var weights = new List<NetworkWeight>();
        foreach ((string name, long[] size) in Names(shape))
        {
            Tensor weight = tensor(Initial(name, size, shape, random), size, dtype: type).DetachFromDisposeScope();
            if (HasPadding(name))
            {
                // libtorch's embedding is reached through its module only; the module takes the weights over.
                Embedding table = nn.Embedding_from_pretrained(weight, freeze: false, padding_idx: shape.PadId);
                _tables.Add(name, table);
                weight = table.weight!.DetachFromDisposeScope();
            }
            weight.requires_grad_();
            weights.Add(new NetworkWeight(name, weight));
            _tensors.Add(name, weight);
        }
        Weights = weights;
    }

    /// <summary>All weights, in the order of the forward pass.</summary>
    public IReadOnlyList<NetworkWeight> Weights { get; }

    /// <summary>Logits of a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="training">Whether dropout is on.</param>
    /// <returns>[texts, classes], in the batch's order.</returns>
    public Tensor Forward(TokenBatch batch, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] size = [batch.Texts.Length, batch.Length];
        Tensor? mask = batch.Mask is null ? null : tensor(batch.Mask, [size[0], 1, 1, size[1]]);
        Tensor x = Embed(tensor(batch.Ids, size), tensor(batch.Positions, size), training);
        for (int layer = 0; layer < _shape.Layers; layer++) x = Layer($"roberta.encoder.layer.{layer}.", x, mask, training);
        x = Dropout(x.select(1, 0), training);
        x = Dropout(Linear("classifier.dense", x).tanh(), training);
        return Linear("classifier.out_proj", x).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Embedding table in _tables.Values) table.Dispose();
        foreach (NetworkWeight weight in Weights) weight.Dispose();
    }

    private Tensor Embed(Tensor ids, Tensor positions, bool training)
    {
        Tensor x = _tables[WordEmbeddings].call(ids)
            + _tables[PositionEmbeddings].call(positions)
            + _tensors[Embeddings + "token_type_embeddings.weight"].select(0, 0);
        return Dropout(Norm(Embeddings + "LayerNorm", x), training);
    }

    private Tensor Layer(string name, Tensor x, Tensor? mask, bool training)
    {
        // A scope a layer: while scoring, what a layer needed goes before the next begins.
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = scaled_dot_product_attention(
            Heads(Linear(name + "attention.self.query", x)),
            Heads(Linear(name + "attention.self.key", x)),
            Heads(Linear(name + "attention.self.value", x)),
            mask, training ? _dropout : 0, false);
        attended = Linear(name + "attention.output.dense", attended.transpose(1, 2).flatten(2));
        x = Norm(name + "attention.output.LayerNorm", x + Dropout(attended, training));
        Tensor fed = Linear(name + "output.dense", gelu(Linear(name + "intermediate.dense", x)));
        return Norm(name + "output.LayerNorm", x + Dropout(fed, training)).MoveToOuterDisposeScope();
    }

    /// <summary>[texts, length, hidden] → [texts, heads, length, hidden / heads].</summary>
    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], _shape.Heads, -1).transpose(1, 2);

    private Tensor Linear(string name, Tensor x) => linear(x, _tensors[name + ".weight"], _tensors[name + ".bias"]);

    private Tensor Norm(string name, Tensor x) =>
        layer_norm(x, [_shape.Hidden], _tensors[name + ".weight"], _tensors[name + ".bias"], _shape.LayerNormEpsilon);

    private Tensor Dropout(Tensor x, bool training) => training && _dropout > 0 ? dropout(x, _dropout, training: true) : x;

    private static IEnumerable<(string Name, long[] Size)> Names(TransformerShape s)
    {
        long h = s.Hidden;
        yield return (WordEmbeddings, [s.Vocabulary, h]);
        yield return (PositionEmbeddings, [s.MaxLength + s.PadId + 1, h]);
        yield return (Embeddings + "token_type_embeddings.weight", [1, h]);
        foreach ((string, long[]) norm in NormOf(Embeddings + "LayerNorm", h)) yield return norm;
        for (int layer = 0; layer < s.Layers; layer++)
        {
            string name = $"roberta.encoder.layer.{layer}.";
            (string, long[])[] parts =
            [
                .. LinearOf(name + "attention.self.query", h, h),
                .. LinearOf(name + "attention.self.key", h, h),
                .. LinearOf(name + "attention.self.value", h, h),
                .. LinearOf(name + "attention.output.dense", h, h),
                .. NormOf(name + "attention.output.LayerNorm", h),
                .. LinearOf(name + "intermediate.dense", s.Intermediate, h),
                .. LinearOf(name + "output.dense", h, s.Intermediate),
                .. NormOf(name + "output.LayerNorm", h),
            ];
            foreach ((string, long[]) part in parts) yield return part;
        }
        foreach ((string, long[]) part in LinearOf("classifier.dense", h, h)) yield return part;
        foreach ((string, long[]) part in LinearOf("classifier.out_proj", s.Classes, h)) yield return part;
    }

    private static (string, long[])[] LinearOf(string name, long outputs, long inputs) =>
        [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])];

    private static (string, long[])[] NormOf(string name, long size) => [(name + ".weight", [size]), (name + ".bias", [size])];

    private static bool HasPadding(string name) => name is WordEmbeddings or PositionEmbeddings;

    private static float[] Initial(string name, long[] size, TransformerShape shape, RandomStream? random)
    {
        var values = new float[size.Aggregate(1L, (a, b) => a * b)];
        if (random is null || name.EndsWith(".bias", StringComparison.Ordinal)) return values;
        if (name.EndsWith("LayerNorm.weight", StringComparison.Ordinal))
        {
            Array.Fill(values, 1);
            return values;
        }
        for (int i = 0; i < values.Length; i++) values[i] = (float)(InitialDeviation * random.NextGaussian());
        if (HasPadding(name)) Array.Clear(values, shape.PadId * shape.Hidden, shape.Hidden);
        return values;
    }
}
