using Llkd.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Llkd.Students.Transformer;

/// <summary>
/// An encoder (post-layer-norm, as Vaswani et al. 2017) with the head of Hugging Face's …ForSequenceClassification, under
/// the same tensor names: RoBERTa, XLM-RoBERTa, BERT, DistilBERT (<see cref="EncoderFamily"/>). It is computed in stages:
/// 0 the embeddings' norm, 1 to L the layers, L + 1 the head.
/// </summary>
internal sealed class TransformerNetwork : IDisposable
{
    private readonly TransformerShape _shape;
    private readonly EncoderFamily _family;
    private readonly double _dropout;
    private readonly Engine _engine;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly LowPrecision _low;

    /// <summary>A network with random weights.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="dropout">Dropout probability.</param>
    /// <param name="random">Random numbers of the weights; null leaves them as memory is, all of them to be loaded or given to <see cref="InitialiseHead"/>.</param>
    /// <param name="engine">How it is computed.</param>
    /// <param name="type">Number type; float64 is for gradient checks.</param>
    /// <param name="frozen">How many groups are not trained: 1 the embeddings, 2 the first layer too, and so on.</param>
    /// <param name="layerDecay">Factor on the learning rate from one group to the one before it; the head has the whole rate.</param>
    public TransformerNetwork(
        TransformerShape shape, double dropout, RandomStream? random, Engine engine, ScalarType type = ScalarType.Float32, int frozen = 0, double layerDecay = 1)
    {
        (_shape, _family, _dropout, _engine, Frozen, Bf16) = (shape, shape.Family, dropout, engine, frozen, engine.Bf16);
        var weights = new List<NetworkWeight>();
        foreach ((string name, long[] size, int group) in TransformerTensors.Of(shape))
        {
            Tensor weight = Made(name, size).DetachFromDisposeScope();
            weight.requires_grad_(group >= frozen);
            weights.Add(new NetworkWeight(name, weight, Math.Pow(layerDecay, shape.Layers + 1 - group)));
            _tensors.Add(name, weight);
        }
        Weights = weights;
        Trained = [.. weights.Where(weight => weight.Tensor.requires_grad)];
        _low = new LowPrecision(_tensors, _engine.Emulated);

        Tensor Made(string name, long[] size)
        {
            if (random is null) return empty(size, type, engine.Device);
            using Tensor here = tensor(TransformerTensors.Initial(shape, name, size, random), size, dtype: type);
            return here.to(engine.Device, copy: true);
        }
    }

    private TransformerNetwork(TransformerNetwork twin)
    {
        (_shape, _family, _dropout, _engine, Frozen, Bf16) = (twin._shape, twin._family, twin._dropout, twin._engine, twin.Frozen, twin.Bf16);
        Weights = [.. twin.Weights.Select(weight => new NetworkWeight(
            weight.Name, weight.Tensor.detach().DetachFromDisposeScope().requires_grad_(weight.Tensor.requires_grad), weight.Rate))];
        foreach (NetworkWeight weight in Weights) _tensors.Add(weight.Name, weight.Tensor);
        Trained = [.. Weights.Where(weight => weight.Tensor.requires_grad)];
        _low = new LowPrecision(_tensors, _engine.Emulated);
    }

    /// <summary>The same weights in the same memory, with gradients of its own.</summary>
    public TransformerNetwork Twin() => new(this);

    /// <summary>All weights, in the order of the forward pass.</summary>
    public IReadOnlyList<NetworkWeight> Weights { get; }

    /// <summary>Those that are not frozen.</summary>
    public IReadOnlyList<NetworkWeight> Trained { get; }

    /// <summary>Number of the last stage, the head.</summary>
    public int LastStage => _shape.Layers + 1;

    /// <summary>The first stage that is trained.</summary>
    public int Frozen { get; }

    /// <summary>Whether the encoder multiplies in bf16.</summary>
    public bool Bf16 { get; set; }

    /// <summary>Gives the head random weights.</summary>
    public void InitialiseHead(RandomStream random)
    {
        foreach ((string name, long[] size, int group) in TransformerTensors.Of(_shape))
            if (group == _shape.Layers + 1) NetworkWeight.Write(_tensors[name], TransformerTensors.Initial(_shape, name, size, random));
    }

    /// <summary>To be called whenever weights have changed: what was computed from them is stale.</summary>
    public void WeightsChanged() => _low.Forget();

    /// <summary>Logits of a batch, without dropout.</summary>
    /// <param name="batch">The texts.</param>
    /// <returns>[texts, classes], in the batch's order.</returns>
    public Tensor Forward(TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using var tokens = new TokenTensors(batch, _engine.Device);
        return Run(LastStage, Hidden(tokens), tokens, null).MoveToOuterDisposeScope();
    }

    /// <summary>What the head reads of a batch: its first token's or its tokens' mean hidden state.</summary>
    /// <param name="batch">The texts.</param>
    /// <returns>[texts, hidden], in the batch's order.</returns>
    public Tensor Encode(TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using var tokens = new TokenTensors(batch, _engine.Device);
        return Pool(Hidden(tokens), tokens).MoveToOuterDisposeScope();
    }

    /// <summary>Sum of word and position embeddings, outside of any graph, [texts, length, hidden].</summary>
    public Tensor Rows(TokenTensors tokens)
    {
        using IDisposable noGradient = no_grad();
        using Tensor words = Select(TransformerTensors.Words(_family), tokens.Ids);
        using Tensor positions = Select(TransformerTensors.Positions(_family), tokens.Positions);
        return words.add(positions, Scalars.One);
    }

    /// <summary>
    /// Adds the gradient of <see cref="Rows"/> to that of the two tables, row by row; libtorch's own embedding makes a
    /// table-sized gradient in every pass. A padding row gets none.
    /// </summary>
    public void AddRowGradient(TokenTensors tokens, Tensor gradient)
    {
        using IDisposable noGradient = no_grad();
        using Tensor flat = gradient.view(-1, _shape.Hidden);
        foreach ((string name, Tensor ids) in new[] { (TransformerTensors.Words(_family), tokens.Ids), (TransformerTensors.Positions(_family), tokens.Positions) })
        {
            using Tensor rows = ids.view(-1);
            Weights.First(weight => weight.Name == name).AddToRows(rows, flat, TransformerTensors.HasPadding(_shape, name) ? _shape.PadId : null);
        }
    }

    /// <summary>One stage.</summary>
    /// <param name="stage">Which.</param>
    /// <param name="x">What the stage before gave; of stage 0: <see cref="Rows"/>.</param>
    /// <param name="tokens">The batch.</param>
    /// <param name="dropout">Seeds of dropout; null: none.</param>
    public Tensor Run(int stage, Tensor x, TokenTensors tokens, DropoutSeeds? dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        DropoutMasks? masks = dropout is { } seeds && _dropout > 0 ? new DropoutMasks(_dropout, seeds.At(stage), _engine.ThreadsWithin, _engine.Device) : null;
        Tensor y = stage == 0 ? Embed(x, masks)
            : stage == LastStage ? Head(Pool(x, tokens), masks)
            : Layer(stage - 1, x, tokens, masks);
        return y.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _low.Forget();
        foreach (NetworkWeight weight in Weights) weight.Dispose();
    }

    private Tensor Hidden(TokenTensors tokens)
    {
        Tensor x = Rows(tokens);
        for (int stage = 0; stage < LastStage; stage++)
        {
            Tensor before = x;
            x = Run(stage, x, tokens, null);
            before.Dispose();
        }
        return x;
    }

    private Tensor Select(string table, Tensor ids)
    {
        using Tensor rows = ids.view(-1), flat = _tensors[table].index_select(0, rows);
        return flat.view(ids.shape[0], ids.shape[1], _shape.Hidden);
    }

    private Tensor Embed(Tensor rows, DropoutMasks? masks)
    {
        Tensor x = _shape.TokenTypes > 0 ? rows.add(_tensors[TransformerTensors.Types(_family)].select(0, 0), Scalars.One) : rows;
        return Dropout(Norm(_family.Embeddings + "LayerNorm", x), masks);
    }

    private Tensor Layer(int layer, Tensor x, TokenTensors tokens, DropoutMasks? masks)
    {
        string name = _family.Layer(layer);
        Tensor all = Low(x);
        // Where the head reads the first token alone, the last layer need give no other: keys and values of all, the rest of one.
        if (layer == _shape.Layers - 1 && _shape.Pooling == Pooling.Cls) x = x.narrow(1, 0, 1);
        Tensor asking = x.shape[1] == all.shape[1] ? all : all.narrow(1, 0, 1);
        Tensor query = Heads(LowLinear(name + _family.Query, asking)), key = Heads(LowLinear(name + _family.Key, all)), value = Heads(LowLinear(name + _family.Value, all));
        Tensor attended = masks is null ? Rounded(scaled_dot_product_attention(query, key, value, tokens.Mask)) : Attend(query, key, value, tokens, masks);
        attended = High(LowLinear(name + _family.AttentionOutput, attended.transpose(1, 2).flatten(2)), x);
        x = Norm(name + _family.AttentionNorm, Added(x, attended, masks));
        Tensor fed = High(LowLinear(name + _family.Output, Rounded(Activate(LowLinear(name + _family.Intermediate, Low(x))))), x);
        return Norm(name + _family.OutputNorm, Added(x, fed, masks));
    }

    /// <summary>
    /// Attention with dropout on its weights, which libtorch computes in these parts as well, with its own masks. Softmax is in
    /// fp32 whatever the products are in.
    /// </summary>
    private Tensor Attend(Tensor query, Tensor key, Tensor value, TokenTensors tokens, DropoutMasks masks)
    {
        long texts = query.shape[0], width = query.shape[3];
        Tensor q = query.reshape(-1, query.shape[2], width), k = key.reshape(-1, key.shape[2], width), v = value.reshape(-1, key.shape[2], width);
        // TorchSharp hands the three on in another order than it names them: the last is the one that is added.
        Tensor scores = Rounded(baddbmm(q, k.transpose(1, 2), tokens.Bias(_shape.Heads, q.dtype), 1, (float)(1 / Math.Sqrt(width))));
        Tensor weights = scores.softmax(-1, scores.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : scores.dtype);
        weights = High(Rounded(weights.mul(masks.Next(weights.shape, weights.dtype))), v);
        return Rounded(weights.bmm(v)).view(texts, _shape.Heads, -1, width);
    }

    /// <summary>[texts, length, hidden] → [texts, hidden].</summary>
    private Tensor Pool(Tensor x, TokenTensors tokens)
    {
        if (_shape.Pooling == Pooling.Cls) return x.select(1, 0);
        if (tokens.Mask is null) return x.mean([1]);
        Tensor here = tokens.Mask.view(x.shape[0], x.shape[1], 1).to_type(x.dtype);
        return (x * here).sum(1) / here.sum(1);
    }

    /// <summary>Where dropout stands differs: RoBERTa has it before both layers, BERT and DistilBERT before the last.</summary>
    private Tensor Head(Tensor x, DropoutMasks? masks)
    {
        if (_family.CountsFromPadding) x = Dropout(x, masks);
        x = Linear(_family.HeadDense, x);
        return Linear(_family.HeadOutput, Dropout(_family.IsDistil ? x.relu() : x.tanh(), masks));
    }

    private Tensor Activate(Tensor x) => _shape.Activation switch
    {
        Activation.Relu => x.relu(),
        Activation.GeluTanh => x.mul(Scalars.Half).mul(x.add(x.pow(Scalars.Three).mul(Scalars.GeluFactor), Scalars.One).mul(Scalars.GeluRoot).tanh().add(Scalars.One)),
        _ => gelu(x),
    };

    /// <summary>[texts, length, hidden] → [texts, heads, length, hidden / heads].</summary>
    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], _shape.Heads, -1).transpose(1, 2);

    private Tensor Linear(string name, Tensor x) => linear(x, _tensors[name + ".weight"], _tensors[name + ".bias"]);

    /// <summary>In the encoder's number type, as its input is.</summary>
    private Tensor LowLinear(string name, Tensor x) =>
        Bf16 ? Rounded(linear(x, _low.Of(name + ".weight"), _low.Of(name + ".bias"))) : Linear(name, x);

    /// <summary>What an operation gave, rounded where bf16 is emulated.</summary>
    private Tensor Rounded(Tensor x) => Bf16 && _engine.Emulated ? _low.Of(x) : x;

    private Tensor Low(Tensor x) => Bf16 ? _low.Of(x) : x;

    /// <summary>In the number type of another.</summary>
    private static Tensor High(Tensor x, Tensor like) => x.dtype == like.dtype ? x : x.to_type(like.dtype);

    private Tensor Norm(string name, Tensor x) =>
        layer_norm(x, [_shape.Hidden], _tensors[name + ".weight"], _tensors[name + ".bias"], _shape.LayerNormEpsilon);

    private static Tensor Dropout(Tensor x, DropoutMasks? masks) => masks is null ? x : x.mul(masks.Next(x.shape, x.dtype));

    /// <summary>x and what a layer adds to it, with dropout in one pass over memory.</summary>
    private static Tensor Added(Tensor x, Tensor change, DropoutMasks? masks) =>
        masks is null ? x.add(change, Scalars.One) : x.addcmul(change, masks.Next(change.shape, change.dtype), Scalars.One);
}
