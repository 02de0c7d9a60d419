using Llkd.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Llkd.Students.Transformer;

/// <summary>
/// An encoder (post-layer-norm, as Vaswani et al. 2017) with the head of Hugging Face's …ForSequenceClassification, under
/// the same tensor names: RoBERTa, XLM-RoBERTa, BERT, DistilBERT (<see cref="EncoderFamily"/>).
/// </summary>
internal sealed class TransformerNetwork : IDisposable
{
    private readonly TransformerShape _shape;
    private readonly EncoderFamily _family;
    private readonly double _dropout;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Embedding> _tables = new(StringComparer.Ordinal);

    /// <summary>A network with random weights.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dropout">Dropout probability.</param>
    /// <param name="random">Random numbers of the weights; null leaves all at 0, to be loaded.</param>
    /// <param name="type">Number type; float64 is for gradient checks.</param>
    /// <param name="frozen">How many groups are not trained: 1 the embeddings, 2 the first layer too, and so on.</param>
    /// <param name="layerDecay">Factor on the learning rate from one group to the one before it; the head has the whole rate.</param>
    public TransformerNetwork(
        TransformerShape shape, double dropout, RandomStream? random, ScalarType type = ScalarType.Float32, int frozen = 0, double layerDecay = 1)
    {
        (_shape, _family, _dropout) = (shape, shape.Family, dropout);
        var weights = new List<NetworkWeight>();
        foreach ((string name, long[] size, int group) in TransformerTensors.Of(shape))
        {
            Tensor weight = (random is null ? zeros(size, dtype: type) : tensor(TransformerTensors.Initial(shape, name, size, random), size, dtype: type))
                .DetachFromDisposeScope();
            bool trained = group >= frozen;
            if (name == TransformerTensors.Words(_family) || name == TransformerTensors.Positions(_family))
            {
                // libtorch's embedding is reached through its module only; the module takes the weights over.
                Embedding table = nn.Embedding_from_pretrained(weight, freeze: false, padding_idx: TransformerTensors.HasPadding(shape, name) ? shape.PadId : null);
                _tables.Add(name, table);
                weight = table.weight!.DetachFromDisposeScope();
            }
            weight.requires_grad_(trained);
            weights.Add(new NetworkWeight(name, weight, Math.Pow(layerDecay, shape.Layers + 1 - group)));
            _tensors.Add(name, weight);
        }
        Weights = weights;
        Trained = [.. weights.Where(weight => weight.Tensor.requires_grad)];
    }

    /// <summary>All weights, in the order of the forward pass.</summary>
    public IReadOnlyList<NetworkWeight> Weights { get; }

    /// <summary>Those that are not frozen.</summary>
    public IReadOnlyList<NetworkWeight> Trained { get; }

    /// <summary>Gives the head random weights.</summary>
    public void InitialiseHead(RandomStream random)
    {
        foreach ((string name, long[] size, int group) in TransformerTensors.Of(_shape))
            if (group == _shape.Layers + 1) TransformerTensors.Initial(_shape, name, size, random).CopyTo(NetworkWeight.Span(_tensors[name]));
    }

    /// <summary>Logits of a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="training">Whether dropout is on.</param>
    /// <returns>[texts, classes], in the batch's order.</returns>
    public Tensor Forward(TokenBatch batch, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        return Head(Encode(batch, training), training).MoveToOuterDisposeScope();
    }

    /// <summary>What the head reads of a batch: its first token's or its tokens' mean hidden state.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="training">Whether dropout is on.</param>
    /// <returns>[texts, hidden], in the batch's order.</returns>
    public Tensor Encode(TokenBatch batch, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] size = [batch.Texts.Length, batch.Length];
        Tensor? mask = batch.Mask is null ? null : tensor(batch.Mask, [size[0], 1, 1, size[1]]);
        Tensor x = Embed(tensor(batch.Ids, size), tensor(batch.Positions, size), training);
        for (int layer = 0; layer < _shape.Layers; layer++) x = Layer(_family.Layer(layer), x, mask, training);
        return Pool(x, mask).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Embedding table in _tables.Values) table.Dispose();
        foreach (NetworkWeight weight in Weights) weight.Dispose();
    }

    private Tensor Embed(Tensor ids, Tensor positions, bool training)
    {
        Tensor x = _tables[TransformerTensors.Words(_family)].call(ids) + _tables[TransformerTensors.Positions(_family)].call(positions);
        if (_shape.TokenTypes > 0) x += _tensors[TransformerTensors.Types(_family)].select(0, 0);
        return Dropout(Norm(_family.Embeddings + "LayerNorm", x), training);
    }

    private Tensor Layer(string name, Tensor x, Tensor? mask, bool training)
    {
        // A scope a layer: while scoring, what a layer needed goes before the next begins.
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = scaled_dot_product_attention(
            Heads(Linear(name + _family.Query, x)),
            Heads(Linear(name + _family.Key, x)),
            Heads(Linear(name + _family.Value, x)),
            mask, training ? _dropout : 0, false);
        attended = Linear(name + _family.AttentionOutput, attended.transpose(1, 2).flatten(2));
        x = Norm(name + _family.AttentionNorm, x + Dropout(attended, training));
        Tensor fed = Linear(name + _family.Output, Activate(Linear(name + _family.Intermediate, x)));
        return Norm(name + _family.OutputNorm, x + Dropout(fed, training)).MoveToOuterDisposeScope();
    }

    /// <summary>[texts, length, hidden] → [texts, hidden].</summary>
    private Tensor Pool(Tensor x, Tensor? mask)
    {
        if (_shape.Pooling == Pooling.Cls) return x.select(1, 0);
        if (mask is null) return x.mean([1]);
        Tensor here = mask.view(x.shape[0], x.shape[1], 1).to_type(x.dtype);
        return (x * here).sum(1) / here.sum(1);
    }

    /// <summary>Where dropout stands differs: RoBERTa has it before both layers, BERT and DistilBERT before the last.</summary>
    private Tensor Head(Tensor x, bool training)
    {
        if (_family.CountsFromPadding) x = Dropout(x, training);
        x = Linear(_family.HeadDense, x);
        return Linear(_family.HeadOutput, Dropout(_family.IsDistil ? x.relu() : x.tanh(), training));
    }

    private Tensor Activate(Tensor x) => _shape.Activation switch
    {
        Activation.Relu => x.relu(),
        Activation.GeluTanh => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh()),
        _ => gelu(x),
    };

    /// <summary>[texts, length, hidden] → [texts, heads, length, hidden / heads].</summary>
    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], _shape.Heads, -1).transpose(1, 2);

    private Tensor Linear(string name, Tensor x) => linear(x, _tensors[name + ".weight"], _tensors[name + ".bias"]);

    private Tensor Norm(string name, Tensor x) =>
        layer_norm(x, [_shape.Hidden], _tensors[name + ".weight"], _tensors[name + ".bias"], _shape.LayerNormEpsilon);

    private Tensor Dropout(Tensor x, bool training) => training && _dropout > 0 ? dropout(x, _dropout, training: true) : x;
}
