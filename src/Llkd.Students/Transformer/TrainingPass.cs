using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>A forward pass with dropout that can go back: logits out, a gradient with respect to them in.</summary>
internal sealed class TrainingPass : IDisposable
{
    private readonly TransformerNetwork _network;
    private readonly TokenTensors _tokens;
    private readonly DropoutSeeds _dropout;

    /// <summary>Inputs of stages: all of them, or that of the first stage alone where the graph remembers the rest.</summary>
    private readonly List<Tensor> _inputs = [];

    /// <summary>Runs the forward pass.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">The texts.</param>
    /// <param name="dropout">Seeds of dropout.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="recompute">Keep only the stages' inputs.</param>
    public TrainingPass(TransformerNetwork network, TokenBatch batch, DropoutSeeds dropout, Device device, bool recompute)
    {
        (_network, _dropout, _tokens) = (network, dropout, new TokenTensors(batch, device));
        Tensor x = network.Rows(_tokens);
        _inputs.Add(x);
        if (recompute) Keep();
        else x.requires_grad_(network.Frozen == 0);
        Tensor last = recompute ? Leaf(_inputs[^1], network.Frozen < network.LastStage) : x;
        if (recompute) _inputs[^1] = last;
        for (int stage = recompute ? network.LastStage : 0; stage <= network.LastStage; stage++)
        {
            Tensor before = last;
            last = network.Run(stage, last, _tokens, dropout);
            if (!ReferenceEquals(before, _inputs[^1])) before.Dispose();
        }
        Logits = last;
    }

    /// <summary>[texts, classes].</summary>
    public Tensor Logits { get; }

    /// <summary>Adds the gradient to that of the weights, but for the embedding tables.</summary>
    /// <param name="gradient">With respect to <see cref="Logits"/>, of the same shape and on the same device.</param>
    /// <returns>The gradient for <see cref="TransformerNetwork.AddRowGradient"/>; null where embeddings are frozen.</returns>
    public Tensor? Backward(Tensor gradient)
    {
        Logits.backward([gradient]);
        for (int stage = _inputs.Count - 2; stage >= _network.Frozen; stage--)
        {
            using DisposeScope scope = NewDisposeScope();
            using Tensor above = _inputs[stage + 1].grad!;
            Tensor input = Leaf(_inputs[stage], stage > _network.Frozen || _network.Frozen == 0);
            _inputs[stage] = input.DetachFromDisposeScope();
            _network.Run(stage, input, _tokens, _dropout).backward([above]);
            _inputs[stage + 1].Dispose();
        }
        return _network.Frozen > 0 ? null : _inputs[0].grad;
    }

    public void Dispose()
    {
        _tokens.Dispose();
        Logits.Dispose();
        foreach (Tensor input in _inputs) input.Dispose();
    }

    private void Keep()
    {
        using IDisposable noGradient = no_grad();
        for (int stage = 0; stage < _network.LastStage; stage++) _inputs.Add(_network.Run(stage, _inputs[^1], _tokens, _dropout));
    }

    /// <summary>The same values as the beginning of a graph.</summary>
    private static Tensor Leaf(Tensor input, bool needsGradient)
    {
        Tensor leaf = input.detach();
        input.Dispose();
        return leaf.requires_grad_(needsGradient);
    }
}
