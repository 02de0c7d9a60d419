using Llkd.Numerics;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// The same step as one writes it in TorchSharp: modules, scaled dot-product attention, libtorch's embedding,
/// clip_grad_norm_ and AdamW. The rival that runs in the same libtorch as our engine.
/// </summary>
internal sealed class PlainStep : IDisposable
{
    private const double Dropout = 0.1;
    private readonly Modules _modules = new();
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _ids, _positions, _labels;
    private readonly int _threads;

    public PlainStep(int threads, int batch, int length)
    {
        _threads = threads;
        _optimizer = optim.AdamW(_modules.parameters(), 2e-5, weight_decay: 0.01);
        var random = new RandomStream(length, "bench");
        _ids = tensor([.. Enumerable.Range(0, batch * length).Select(_ => 4L + random.NextInt32(RobertaSizes.Vocabulary - 5))], [batch, length]).DetachFromDisposeScope();
        _positions = arange(2, 2 + length).DetachFromDisposeScope();
        _labels = tensor([.. Enumerable.Range(0, batch).Select(i => (long)i % RobertaSizes.Classes)]).DetachFromDisposeScope();
    }

    /// <summary>The forward pass alone, without dropout and gradient.</summary>
    public void Forward()
    {
        TorchRuntime.UseThreads(_threads);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        _modules.eval();
        _modules.Forward(_ids, _positions);
    }

    public void Run()
    {
        TorchRuntime.UseThreads(_threads);
        using DisposeScope scope = NewDisposeScope();
        _optimizer.zero_grad();
        F.cross_entropy(_modules.Forward(_ids, _positions), _labels).backward();
        nn.utils.clip_grad_norm_(_modules.parameters(), 1);
        _optimizer.step();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _modules.Dispose();
        _ids.Dispose();
        _positions.Dispose();
        _labels.Dispose();
    }

    private sealed class Modules : Module
    {
        private readonly TorchSharp.Modules.Embedding _words = Embedding(RobertaSizes.Vocabulary, RobertaSizes.Hidden, padding_idx: 1);
        private readonly TorchSharp.Modules.Embedding _places = Embedding(RobertaSizes.Positions + 2, RobertaSizes.Hidden, padding_idx: 1);
        private readonly TorchSharp.Modules.LayerNorm _norm = LayerNorm(RobertaSizes.Hidden);
        private readonly TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>> _layers = ModuleList<Module<Tensor, Tensor>>([.. Enumerable.Range(0, RobertaSizes.Layers).Select(_ => new Layer())]);
        private readonly TorchSharp.Modules.Linear _dense = Linear(RobertaSizes.Hidden, RobertaSizes.Hidden), _output = Linear(RobertaSizes.Hidden, RobertaSizes.Classes);

        public Modules() : base("encoder") => RegisterComponents();

        public Tensor Forward(Tensor ids, Tensor positions)
        {
            Tensor x = F.dropout(_norm.call(_words.call(ids) + _places.call(positions)), Dropout, training);
            foreach (Module<Tensor, Tensor> layer in _layers) x = layer.call(x);
            x = F.dropout(x.select(1, 0), Dropout, training);
            return _output.call(F.dropout(_dense.call(x).tanh(), Dropout, training));
        }
    }

    private sealed class Layer : Module<Tensor, Tensor>
    {
        private const int H = RobertaSizes.Hidden;
        private readonly TorchSharp.Modules.Linear _query = Linear(H, H), _key = Linear(H, H), _value = Linear(H, H), _out = Linear(H, H), _up = Linear(H, 4 * H), _down = Linear(4 * H, H);
        private readonly TorchSharp.Modules.LayerNorm _first = LayerNorm(H), _second = LayerNorm(H);

        public Layer() : base("layer") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor attended = F.scaled_dot_product_attention(Heads(_query.call(x)), Heads(_key.call(x)), Heads(_value.call(x)), null, training ? Dropout : 0, false);
            x = _first.call(x + F.dropout(_out.call(attended.transpose(1, 2).flatten(2)), Dropout, training));
            return _second.call(x + F.dropout(_down.call(F.gelu(_up.call(x))), Dropout, training)).MoveToOuterDisposeScope();
        }

        private static Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], RobertaSizes.Heads, -1).transpose(1, 2);
    }
}
