using BenchmarkDotNet.Attributes;
using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Students;
using Llkd.Students.Ngram;

namespace Llkd.Benchmarks;

/// <summary>
/// A batch of 64 texts of 16 words through the n-gram student: scoring it, and training on a share of it, against
/// training on all of it. What selection saves is what these ratios say.
/// </summary>
[MemoryDiagnoser]
public class NgramBenchmark
{
    private const int Batch = 64, Texts = 2048;
    private NgramStudent? _student;
    private MemoryCorpus _corpus = new();
    private int[] _documents = [];
    private float[] _logits = [];
    private BatchSelection _selection = new(2);
    private string[] _texts = [];
    private readonly List<int> _ids = [];
    private LogitLoss? _loss;
    private int _next;

    [Params(6, 77)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new RandomStream(1, "benchmark");
        // Words as frequent as in language: the r-th in proportion to 1/r, over 20,000.
        _texts = [.. Enumerable.Range(0, Texts).Select(_ =>
            string.Join(' ', Enumerable.Range(0, 16).Select(_ => $"w{(int)Math.Exp(random.NextDouble() * Math.Log(20_000))}")))];
        _student = NgramStudent.Create(_texts, Classes, new NgramOptions());
        _corpus = MemoryCorpus.Encode(_student, _texts);
        _documents = [.. Enumerable.Range(0, Texts)];
        _logits = new float[Batch * Classes];
        _selection = new BatchSelection(Classes);
        _loss = (logits, gradient) => CrossEntropy.Weighted(_selection, logits, gradient);
    }

    [GlobalCleanup]
    public void Cleanup() => _student?.Dispose();

    [Benchmark(Baseline = true)]
    public double TrainOnAll() => Train(NextBatch());

    [Benchmark]
    public double ScoreAll() => Score(NextBatch());

    [Benchmark]
    public double ScoreAllAndTrainOnAQuarter()
    {
        ReadOnlySpan<int> batch = NextBatch();
        return Score(batch) + Train(batch[..(Batch / 4)]);
    }

    [Benchmark]
    public int EncodeAll()
    {
        int ids = 0;
        foreach (int document in NextBatch())
        {
            _ids.Clear();
            _student!.Encode(_texts[document], _ids);
            ids += _ids.Count;
        }
        return ids;
    }

    private double Score(ReadOnlySpan<int> batch)
    {
        _student!.Score(_corpus, batch, _logits);
        return _logits[0];
    }

    private double Train(ReadOnlySpan<int> chosen)
    {
        _selection.Reset(Batch);
        for (int j = 0; j < chosen.Length; j++) _selection.Add(j, 1, j % Classes);
        return _student!.Train(_corpus, chosen, _loss!, 1e-4);
    }

    private ReadOnlySpan<int> NextBatch()
    {
        _next = (_next + Batch) % Texts;
        return _documents.AsSpan(_next, Batch);
    }
}
