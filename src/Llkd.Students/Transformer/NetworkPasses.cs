using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// The passes of a batch. Two threads within the operations of a small network wait for each other more than they compute,
/// so its passes run side by side, in lanes (<see cref="Engine.Lanes"/>): each has the network's weights, threads of its own
/// and gradients of its own. Which lane takes which pass, and the order in which gradients are added up, depend on the texts
/// alone, so results are the same bit for bit however the lanes are scheduled.
/// </summary>
/// <param name="network">The network, the caller's to dispose of.</param>
/// <param name="shape">Its sizes.</param>
/// <param name="engine">How it is computed.</param>
internal sealed class NetworkPasses(TransformerNetwork network, TransformerShape shape, Engine engine) : IDisposable
{
    /// <summary>Passes for each lane, so that the longest of them leaves no lane waiting for long.</summary>
    private const int PassesPerLane = 4;

    /// <summary>Fewest texts worth a pass, where there are enough.</summary>
    private const int LeastTexts = 4;

    /// <summary>
    /// Of lengths in bf16. Its products are compiled for their sizes when they are first met, and only the last 1,024 are kept
    /// (oneDNN's cache): with every length of real texts a small network's step mostly compiles.
    /// </summary>
    private const int LengthMultiple = 8;

    private readonly TransformerNetwork[] _lanes = [network, .. Enumerable.Range(1, engine.Lanes - 1).Select(_ => network.Twin())];

    /// <summary>Of the lanes behind the first, which has the caller's.</summary>
    private readonly LaneThread[] _threads = [.. Enumerable.Range(1, engine.Lanes - 1).Select(_ => new LaneThread())];

    /// <summary>From the first training pass on, where passes follow one another (<see cref="KeepFreedMemory"/>).</summary>
    private IDisposable? _keptMemory;

    /// <summary>Texts by length, cut into passes, longest first.</summary>
    public List<TokenBatch> Cut(ITokenCorpus corpus, ReadOnlySpan<int> documents)
    {
        int passes = PassesPerLane * _lanes.Length, share = (documents.Length + passes - 1) / passes;
        int mostTexts = _lanes.Length == 1 ? engine.MicroBatch : Math.Min(engine.MicroBatch, Math.Max(share, LeastTexts));
        return TokenBatch.Cut(corpus, documents, shape, mostTexts, network.Bf16 ? LengthMultiple : 1);
    }

    /// <summary>To be called whenever weights have changed.</summary>
    public void WeightsChanged()
    {
        foreach (TransformerNetwork lane in _lanes) lane.WeightsChanged();
    }

    /// <summary>In which precision passes are computed from now on.</summary>
    public void UseBf16(bool bf16)
    {
        foreach (TransformerNetwork lane in _lanes) lane.Bf16 = bf16;
    }

    /// <summary>Computes something of every pass, without gradient.</summary>
    /// <returns>The values of each pass, row-major.</returns>
    public float[][] Forward(List<TokenBatch> batches, Func<TransformerNetwork, TokenBatch, Tensor> compute)
    {
        var rows = new float[batches.Count][];
        Run(batches, (lane, i) =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            rows[i] = NetworkWeight.Copy(compute(lane, batches[i]));
        });
        return rows;
    }

    /// <summary>Forward with dropout, loss, backward, pass by pass: adds the gradient to that of the weights.</summary>
    /// <param name="batches">The passes.</param>
    /// <param name="dropout">Seeds of a pass.</param>
    /// <param name="loss">A sum over samples; its calls do not overlap, and come in any order.</param>
    /// <returns>The loss.</returns>
    public double Backward(List<TokenBatch> batches, Func<int, DropoutSeeds> dropout, PartialLogitLoss loss)
    {
        KeepFreedMemory();
        var values = new double[batches.Count];
        var rows = new RowGradients(network, batches, engine.Device);
        var one = new Lock();
        Run(batches, (lane, i) =>
        {
            using DisposeScope scope = NewDisposeScope();
            using TrainingPass pass = Pass(lane, batches[i], dropout(i));
            float[] logits = NetworkWeight.Copy(pass.Logits), gradient = new float[logits.Length];
            lock (one) values[i] = loss(batches[i].Texts, logits, gradient);
            rows.Add(i, pass.Backward(OnDevice(gradient, pass)));
        });
        AddUp();
        return values.Sum();
    }

    /// <summary>The same for a loss that must see all logits: every pass is kept until it has.</summary>
    /// <param name="batches">The passes.</param>
    /// <param name="dropout">Seeds of a pass.</param>
    /// <param name="loss">From the logits of each pass, [texts, classes], to a gradient of the same sizes.</param>
    /// <returns>The loss.</returns>
    public double Backward(List<TokenBatch> batches, Func<int, DropoutSeeds> dropout, Func<float[][], (double Loss, float[][] Gradient)> loss)
    {
        KeepFreedMemory();
        var passes = new TrainingPass?[batches.Count];
        try
        {
            Run(batches, (lane, i) => passes[i] = Pass(lane, batches[i], dropout(i)));
            (double value, float[][] gradient) = loss([.. passes.Select(pass => NetworkWeight.Copy(pass!.Logits))]);
            var rows = new RowGradients(network, batches, engine.Device);
            Run(batches, (_, i) =>
            {
                using DisposeScope scope = NewDisposeScope();
                rows.Add(i, passes[i]!.Backward(OnDevice(gradient[i], passes[i]!)));
            });
            AddUp();
            return value;
        }
        finally
        {
            foreach (TrainingPass? pass in passes) pass?.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (LaneThread thread in _threads) thread.Dispose();
        foreach (TransformerNetwork twin in _lanes[1..]) twin.Dispose();
        // When all else is freed.
        _keptMemory?.Dispose();
    }

    /// <summary>
    /// Side by side, passes of a small network gain nothing by it and leave holes in what is kept (docs/performance.md).
    /// </summary>
    private void KeepFreedMemory()
    {
        if (engine.Lanes == 1) _keptMemory ??= FreedMemory.Keep();
    }

    private TrainingPass Pass(TransformerNetwork lane, TokenBatch batch, DropoutSeeds dropout) => new(lane, batch, dropout, engine.Device, engine.Recompute);

    private Tensor OnDevice(float[] gradient, TrainingPass pass)
    {
        Tensor made = tensor(gradient, pass.Logits.shape);
        return engine.Device.type == DeviceType.CPU ? made : made.to(engine.Device);
    }

    private void Run(List<TokenBatch> batches, Action<TransformerNetwork, int> pass)
    {
        if (_lanes.Length == 1)
        {
            TorchRuntime.UseThreads(engine.ThreadsWithin);
            for (int i = 0; i < batches.Count; i++) pass(network, i);
            return;
        }
        List<int>[] shares = Share(batches, _lanes.Length);
        for (int lane = 1; lane < _lanes.Length; lane++)
        {
            int own = lane;
            _threads[lane - 1].Begin(() => Work(own));
        }
        ExceptionDispatchInfo? failure = null;
        try
        {
            Work(0);
        }
        finally
        {
            // Nobody goes on while a lane still computes.
            foreach (LaneThread thread in _threads) failure = thread.Wait() ?? failure;
        }
        failure?.Throw();

        void Work(int lane)
        {
            TorchRuntime.UseThreads(engine.ThreadsWithin);
            foreach (int i in shares[lane]) pass(_lanes[lane], i);
        }
    }

    /// <summary>Gives each pass, longest first, to the lane that has least to do (Graham 1969).</summary>
    private static List<int>[] Share(List<TokenBatch> batches, int lanes)
    {
        List<int>[] shares = [.. Enumerable.Range(0, lanes).Select(_ => new List<int>())];
        var work = new long[lanes];
        foreach (int i in Enumerable.Range(0, batches.Count).OrderByDescending(i => batches[i].Ids.Length))
        {
            int least = Array.IndexOf(work, work.Min());
            shares[least].Add(i);
            work[least] += batches[i].Ids.Length;
        }
        return shares;
    }

    /// <summary>Adds the lanes' gradients to the network's, in the order of lanes, and leaves theirs at 0.</summary>
    private void AddUp()
    {
        if (_lanes.Length == 1) return;
        Parallel.For(0, network.Trained.Count, new ParallelOptions { MaxDegreeOfParallelism = engine.Threads }, w =>
        {
            TorchRuntime.UseThreads(1);
            using DisposeScope scope = NewDisposeScope();
            foreach (TransformerNetwork twin in _lanes.AsSpan(1))
            {
                if (twin.Trained[w].Tensor.grad is not { } theirs) continue;
                network.Trained[w].GradientOrZero().add_(theirs, Scalars.One);
                theirs.zero_();
            }
        });
    }

    /// <summary>Gradients of embedding rows, added in the order of passes, each as soon as those before it are there.</summary>
    private sealed class RowGradients(TransformerNetwork network, List<TokenBatch> batches, Device device)
    {
        private readonly Tensor?[] _rows = new Tensor?[batches.Count];
        private readonly bool[] _there = new bool[batches.Count];
        private int _next;

        public void Add(int pass, Tensor? gradient)
        {
            lock (_there)
            {
                (_rows[pass], _there[pass]) = (gradient?.DetachFromDisposeScope(), true);
                for (; _next < _there.Length && _there[_next]; _next++)
                {
                    if (_rows[_next] is not { } rows) continue;
                    using TokenTensors tokens = new(batches[_next], device);
                    network.AddRowGradient(tokens, rows);
                    rows.Dispose();
                    _rows[_next] = null;
                }
            }
        }
    }
}
