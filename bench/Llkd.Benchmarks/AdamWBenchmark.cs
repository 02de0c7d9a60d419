using BenchmarkDotNet.Attributes;
using Llkd.Numerics;

namespace Llkd.Benchmarks;

/// <summary>One AdamW update of n weights: the product's vectors against a plain loop over the same formula.</summary>
[MemoryDiagnoser]
public class AdamWBenchmark
{
    private float[] _parameters = [], _gradients = [], _first = [], _second = [];

    /// <summary>A row of the n-gram student's embeddings, its head's matrix, and a matrix of RoBERTa-base's size.</summary>
    [Params(64, 4096, 768 * 3072)]
    public int Weights { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new RandomStream(1, "benchmark");
        _parameters = Draw(random, 1);
        _gradients = Draw(random, 0.01);
        _first = new float[Weights];
        _second = new float[Weights];
    }

    [Benchmark(Baseline = true)]
    public void PlainLoop()
    {
        const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;
        const double LearningRate = 1e-4, WeightDecay = 0.01;
        float stepSize = (float)(LearningRate / (1 - Math.Pow(Beta1, 10)));
        float rootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, 10)));
        // Spans of one length in locals: the loop is plain, not hindered.
        Span<float> p = _parameters, m = _first.AsSpan(0, p.Length), v = _second.AsSpan(0, p.Length);
        ReadOnlySpan<float> gradients = _gradients.AsSpan(0, p.Length);
        for (int i = 0; i < p.Length; i++)
        {
            float g = gradients[i];
            m[i] = m[i] * Beta1 + g * (1 - Beta1);
            v[i] = v[i] * Beta2 + g * g * (1 - Beta2);
            p[i] -= p[i] * (float)(LearningRate * WeightDecay) + m[i] * stepSize / (MathF.Sqrt(v[i]) * rootCorrection + Epsilon);
        }
    }

    [Benchmark]
    public void Update() => AdamW.Standard.Update(_parameters, _gradients, _first, _second, 10, 1e-4, 0.01);

    private float[] Draw(RandomStream random, double deviation) =>
        [.. Enumerable.Range(0, Weights).Select(_ => (float)(deviation * random.NextGaussian()))];
}
