using BenchmarkDotNet.Attributes;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Benchmarks;

/// <summary>What choosing from a scored batch costs: each method against taking everything.</summary>
[MemoryDiagnoser]
public class SelectionBenchmark
{
    private readonly Dictionary<string, SelectionMethod> _methods = [];
    private PseudoLabels _labels = new([], 2);
    private int[] _samples = [];
    private float[] _student = [];
    private BatchSelection _selection = new(2);

    [Params(64, 1024)]
    public int Batch { get; set; }

    /// <summary>As many as Emotions and Banking77 have.</summary>
    [Params(6, 77)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new RandomStream(1, "benchmark");
        _labels = new PseudoLabels(Distributions(random, 3), Classes);
        _student = Distributions(random, 1);
        _samples = [.. Enumerable.Range(0, Batch)];
        _selection = new BatchSelection(Classes);
        foreach (string name in new[] { "no-ds", "random", "llkd", "llkd-w" })
            _methods[name] = SelectionMethods.Create(name, OptionMap.Empty, Classes, seed: 1);
    }

    [Benchmark(Baseline = true)]
    public int NoDataSelection() => Select("no-ds");

    [Benchmark]
    public int Random() => Select("random");

    [Benchmark]
    public int Llkd() => Select("llkd");

    [Benchmark]
    public int LlkdWeighted() => Select("llkd-w");

    private int Select(string method)
    {
        _selection.Reset(Batch);
        SelectionMethod chosen = _methods[method];
        chosen.Select(new ScoredBatch(_samples, _labels, chosen.NeedsStudentScores ? _student : [], 0, 0), _selection);
        return _selection.Count;
    }

    private float[] Distributions(RandomStream random, double sharpness)
    {
        var p = new float[Batch * Classes];
        for (int i = 0; i < p.Length; i++) p[i] = (float)(sharpness * random.NextGaussian());
        Softmax.Rows(p, p, Classes);
        return p;
    }
}
