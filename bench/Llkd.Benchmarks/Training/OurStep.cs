using Llkd.Numerics;
using Llkd.Students;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Benchmarks.Training;

/// <summary>A training step of our engine: forward with dropout, cross-entropy, backward, clipping, AdamW.</summary>
internal sealed class OurStep : IDisposable
{
    private readonly Engine _engine;
    private readonly TransformerNetwork _network;
    private readonly StepOptions _options;
    private readonly List<TokenBatch> _batches;
    private readonly ITokenCorpus _corpus;
    private readonly int[] _documents;
    private long _steps;

    public OurStep(EngineOptions options, int batch, int length, TransformerNetwork? shared = null)
    {
        _engine = Engine.For(options);
        _network = shared ?? new TransformerNetwork(RobertaSizes.Shape, 0.1, new RandomStream(1, "weights"), _engine);
        _options = new StepOptions(0.1, 0.01, 1, 1, _engine);
        _corpus = RobertaSizes.Texts(batch, length);
        _documents = [.. Enumerable.Range(0, batch)];
        _batches = TokenBatch.Cut(_corpus, _documents, RobertaSizes.Shape, _engine.MicroBatch);
    }

    public TransformerNetwork Network => _network;

    public void Run()
    {
        TorchRuntime.UseThreads(_engine.Threads);
        for (int i = 0; i < _batches.Count; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            using var pass = new TrainingPass(_network, _batches[i], new DropoutSeeds(1, _steps, i), _engine.Device, _engine.Recompute);
            float[] logits = NetworkWeight.Copy(pass.Logits), gradient = new float[logits.Length];
            for (int row = 0; row < _batches[i].Texts.Length; row++)
            {
                Span<float> p = gradient.AsSpan(row * RobertaSizes.Classes, RobertaSizes.Classes);
                Softmax.Row(logits.AsSpan(row * RobertaSizes.Classes, RobertaSizes.Classes), p);
                p[_batches[i].Texts[row] % RobertaSizes.Classes] -= 1;
                for (int k = 0; k < p.Length; k++) p[k] /= _documents.Length;
            }
            pass.Backward(tensor(gradient, pass.Logits.shape));
        }
        NetworkStep.Apply(_network.Trained, _options, ++_steps, 2e-5, _engine.Threads);
        _network.WeightsChanged();
    }

    public void Dispose() => _network.Dispose();
}
