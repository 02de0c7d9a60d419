using Llkd.Numerics;

namespace Llkd.Students.Ngram;

/// <summary>
/// The n-gram student's arithmetic: z = W₂ᵀ relu(W₁ᵀ x + b₁) + b₂ with x the mean of the text's embedding rows
/// (the fastText classifier of Joulin et al. 2017 with an MLP head). All matrices are stored input-major.
/// Plain C# on one thread: a batch is too small to be worth spreading, and the weights then depend on nothing but the
/// seed. Gradients and moments of the embeddings are kept by row, and only touched rows are visited.
/// </summary>
internal sealed class NgramNetwork
{
    private readonly int _hidden;
    private readonly int _classes;
    private readonly NgramOptions _options;
    private readonly RandomStream _dropout;
    private readonly Parameter _embedding;
    private readonly Parameter _w1, _b1, _w2, _b2;
    private readonly Parameter[] _dense;
    private readonly int[] _slotOfRow;
    private readonly List<int> _touched = [];
    private readonly int[] _rowSteps;
    private float[] _rowGradients = [];
    private float[] _pooled = [], _activations = [], _logits = [], _logitGradients = [];
    private float[] _pooledMask = [], _hiddenMask = [];
    private readonly float[] _hiddenGradient, _pooledGradient;
    private long _steps;

    /// <summary>A network with random weights from the seed, or with zeros where weights will be put in.</summary>
    public NgramNetwork(int rows, int classes, NgramOptions options, bool randomWeights = true)
    {
        _hidden = options.Hidden;
        _classes = classes;
        _options = options;
        _dropout = new RandomStream(options.Seed, "dropout");
        _w1 = new Parameter("classifier.dense.weight", [_hidden, _hidden]);
        _b1 = new Parameter("classifier.dense.bias", [_hidden]);
        _w2 = new Parameter("classifier.out_proj.weight", [_hidden, classes]);
        _b2 = new Parameter("classifier.out_proj.bias", [classes]);
        _embedding = new Parameter("embeddings.weight", [rows, _hidden]);
        _dense = [_w1, _b1, _w2, _b2];
        Parameters = [_embedding, .. _dense];
        _slotOfRow = new int[rows];
        _rowSteps = new int[rows];
        Array.Fill(_slotOfRow, -1);
        _hiddenGradient = new float[_hidden];
        _pooledGradient = new float[_hidden];
        if (!randomWeights) return;
        var random = new RandomStream(options.Seed, "weights");
        Fill(_w1.Value, Math.Sqrt(2.0 / _hidden), random);
        Fill(_w2.Value, Math.Sqrt(1.0 / _hidden), random);
        Fill(_embedding.Value, EmbeddingScale, random);
    }

    /// <summary>
    /// Standard deviation of the initial embeddings: small, so that a word never trained on says next to nothing and
    /// every student starts undecided.
    /// </summary>
    private const double EmbeddingScale = 0.05;

    public IReadOnlyList<Parameter> Parameters { get; }

    public int[] RowSteps => _rowSteps;

    public long Steps { get => _steps; set => _steps = value; }

    public RandomStream Dropout => _dropout;

    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits)
    {
        Span<float> x = _pooledGradient, h = _hiddenGradient;
        for (int i = 0; i < documents.Length; i++)
        {
            Pool(corpus[documents[i]], x);
            Hidden(x, h);
            Output(h, logits.Slice(i * _classes, _classes));
        }
    }

    public double Train(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate)
    {
        int n = documents.Length;
        Reserve(n);
        for (int i = 0; i < n; i++)
        {
            Span<float> x = Row(_pooled, i), h = Row(_activations, i);
            Pool(corpus[documents[i]], x);
            ApplyDropout(x, Row(_pooledMask, i));
            Hidden(x, h);
            ApplyDropout(h, Row(_hiddenMask, i));
            Output(h, _logits.AsSpan(i * _classes, _classes));
        }
        double value = loss(_logits.AsSpan(0, n * _classes), _logitGradients.AsSpan(0, n * _classes));
        foreach (Parameter parameter in _dense) Array.Clear(parameter.Gradient);
        for (int i = 0; i < n; i++) Backward(corpus[documents[i]], i);
        Update(learningRate);
        return value;
    }

    private void Backward(ReadOnlySpan<int> ids, int i)
    {
        ReadOnlySpan<float> g = _logitGradients.AsSpan(i * _classes, _classes);
        ReadOnlySpan<float> x = Row(_pooled, i), h = Row(_activations, i), hMask = Row(_hiddenMask, i), xMask = Row(_pooledMask, i);
        Kernels.AddScaled(1, g, _b2.Gradient);
        for (int j = 0; j < _hidden; j++)
        {
            // relu and dropout both leave a zero where nothing flows back.
            if (h[j] == 0)
            {
                _hiddenGradient[j] = 0;
                continue;
            }
            Kernels.AddScaled(h[j], g, _w2.Gradient.AsSpan(j * _classes, _classes));
            _hiddenGradient[j] = hMask[j] * Kernels.Dot(_w2.Value.AsSpan(j * _classes, _classes), g);
        }
        Kernels.AddScaled(1, _hiddenGradient, _b1.Gradient);
        for (int j = 0; j < _hidden; j++)
        {
            if (x[j] != 0) Kernels.AddScaled(x[j], _hiddenGradient, _w1.Gradient.AsSpan(j * _hidden, _hidden));
            _pooledGradient[j] = xMask[j] * Kernels.Dot(_w1.Value.AsSpan(j * _hidden, _hidden), _hiddenGradient);
        }
        if (ids.Length == 0) return;
        float share = 1f / ids.Length;
        foreach (int row in ids) Kernels.AddScaled(share, _pooledGradient, RowGradient(row));
    }

    private Span<float> RowGradient(int row)
    {
        int slot = _slotOfRow[row];
        if (slot < 0)
        {
            slot = _slotOfRow[row] = _touched.Count;
            _touched.Add(row);
            int needed = _touched.Count * _hidden;
            if (_rowGradients.Length < needed) Array.Resize(ref _rowGradients, Math.Max(needed, _rowGradients.Length * 2));
            _rowGradients.AsSpan(slot * _hidden, _hidden).Clear();
        }
        return _rowGradients.AsSpan(slot * _hidden, _hidden);
    }

    private void Update(double learningRate)
    {
        _steps++;
        double square = 0;
        foreach (Parameter parameter in _dense) square += Kernels.Dot(parameter.Gradient, parameter.Gradient);
        ReadOnlySpan<float> rows = _rowGradients.AsSpan(0, _touched.Count * _hidden);
        square += Kernels.Dot(rows, rows);
        double norm = Math.Sqrt(square);
        float scale = _options.Clip > 0 && norm > _options.Clip ? (float)(_options.Clip / norm) : 1f;
        foreach (Parameter parameter in _dense)
        {
            double decay = parameter.Shape.Count == 1 ? 0 : _options.WeightDecay;
            AdamW.Standard.Update(parameter.Value, parameter.Gradient, parameter.First, parameter.Second, _steps, learningRate, decay, scale);
        }
        for (int slot = 0; slot < _touched.Count; slot++)
        {
            int row = _touched[slot];
            _slotOfRow[row] = -1;
            // A row's moments have seen only its own updates, so its own count corrects their bias.
            AdamW.Standard.Update(
                _embedding.Value.AsSpan(row * _hidden, _hidden), rows.Slice(slot * _hidden, _hidden),
                _embedding.First.AsSpan(row * _hidden, _hidden), _embedding.Second.AsSpan(row * _hidden, _hidden),
                ++_rowSteps[row], learningRate, _options.WeightDecay, scale);
        }
        _touched.Clear();
    }

    private void Pool(ReadOnlySpan<int> ids, Span<float> x)
    {
        x.Clear();
        if (ids.Length == 0) return;
        float share = 1f / ids.Length;
        foreach (int row in ids) Kernels.AddScaled(share, _embedding.Value.AsSpan(row * _hidden, _hidden), x);
    }

    private void Hidden(ReadOnlySpan<float> x, Span<float> h)
    {
        _b1.Value.CopyTo(h);
        for (int i = 0; i < _hidden; i++)
            if (x[i] != 0) Kernels.AddScaled(x[i], _w1.Value.AsSpan(i * _hidden, _hidden), h);
        for (int j = 0; j < _hidden; j++) h[j] = MathF.Max(0, h[j]);
    }

    private void Output(ReadOnlySpan<float> h, Span<float> z)
    {
        _b2.Value.CopyTo(z);
        for (int j = 0; j < _hidden; j++)
            if (h[j] != 0) Kernels.AddScaled(h[j], _w2.Value.AsSpan(j * _classes, _classes), z);
    }

    private void ApplyDropout(Span<float> values, Span<float> mask)
    {
        float rate = (float)_options.Dropout;
        if (rate == 0)
        {
            mask.Fill(1);
            return;
        }
        float keep = 1 / (1 - rate);
        for (int j = 0; j < values.Length; j++)
        {
            mask[j] = _dropout.NextSingle() < rate ? 0 : keep;
            values[j] *= mask[j];
        }
    }

    private void Reserve(int samples)
    {
        if (_logits.Length >= samples * _classes) return;
        _pooled = new float[samples * _hidden];
        _activations = new float[samples * _hidden];
        _pooledMask = new float[samples * _hidden];
        _hiddenMask = new float[samples * _hidden];
        _logits = new float[samples * _classes];
        _logitGradients = new float[samples * _classes];
    }

    private Span<float> Row(float[] matrix, int i) => matrix.AsSpan(i * _hidden, _hidden);

    private static void Fill(float[] values, double deviation, RandomStream random)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * random.NextGaussian());
    }
}

/// <summary>A weight with its gradient (empty for the embeddings, which keep theirs by touched row) and moments.</summary>
internal sealed class Parameter(string name, IReadOnlyList<int> shape)
{
    private readonly int _length = checked(shape.Aggregate(1, (product, size) => product * size));

    public string Name { get; } = name;

    public IReadOnlyList<int> Shape { get; } = shape;

    public float[] Value => field ??= new float[_length];

    public float[] Gradient => field ??= new float[_length];

    public float[] First => field ??= new float[_length];

    public float[] Second => field ??= new float[_length];
}
