using Llkd.Numerics;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>A training step of our engine: forward with dropout, cross-entropy, backward, clipping, AdamW.</summary>
internal sealed class OurStep : IDisposable
{
    private readonly Engine _engine;
    private readonly TransformerNetwork _network;
    private readonly StepOptions _options;
    private readonly List<TokenBatch> _batches;
    private readonly NetworkPasses _passes;
    private readonly ITokenCorpus _corpus;
    private readonly int[] _documents;
    private long _steps;

    public OurStep(EngineOptions options, int batch, int length, TransformerNetwork? shared = null)
    {
        _engine = Engine.For(options, RobertaSizes.Shape);
        _network = shared ?? new TransformerNetwork(RobertaSizes.Shape, 0.1, new RandomStream(1, "weights"), _engine);
        _options = new StepOptions(0.1, 0.01, 1, 1, _engine);
        _corpus = RobertaSizes.Texts(batch, length);
        _documents = [.. Enumerable.Range(0, batch)];
        _passes = new NetworkPasses(_network, RobertaSizes.Shape, _engine);
        _batches = _passes.Cut(_corpus, _documents);
    }

    public TransformerNetwork Network => _network;

    public void Run()
    {
        _passes.Backward(_batches, pass => new DropoutSeeds(1, _steps, pass), (texts, logits, gradient) =>
        {
            for (int row = 0; row < texts.Length; row++)
            {
                Span<float> p = gradient.Slice(row * RobertaSizes.Classes, RobertaSizes.Classes);
                Softmax.Row(logits.Slice(row * RobertaSizes.Classes, RobertaSizes.Classes), p);
                p[texts[row] % RobertaSizes.Classes] -= 1;
                for (int k = 0; k < p.Length; k++) p[k] /= _documents.Length;
            }
            return 0;
        });
        NetworkStep.Apply(_network.Trained, _options, ++_steps, 2e-5, _engine.Threads);
        _passes.WeightsChanged();
    }

    public void Dispose()
    {
        _passes.Dispose();
        _network.Dispose();
    }
}
