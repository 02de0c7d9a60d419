namespace Llkd.Students.Tests.Transformer;

/// <summary>
/// RobertaForSequenceClassification, BertForSequenceClassification and DistilBertForSequenceClassification in plain loops
/// and double precision, written from Hugging Face's modeling files and not from the product: one text at a time, no padding.
/// </summary>
/// <param name="weights">Tensors by Hugging Face's names.</param>
/// <param name="family">`roberta`, `bert` or `distilbert`.</param>
/// <param name="layers">Layers.</param>
/// <param name="hidden">Hidden size.</param>
/// <param name="heads">Heads.</param>
/// <param name="epsilon">Of layer norms.</param>
/// <param name="activation">Of the feed-forward layers: `gelu`, `gelu_new` or `relu`.</param>
/// <param name="mean">Whether the head reads the mean of all tokens.</param>
internal sealed class SlowEncoder(
    IReadOnlyDictionary<string, float[]> weights, string family, int layers, int hidden, int heads,
    double epsilon = 1e-5, string activation = "gelu", bool mean = false)
{
    private readonly bool _distil = family == "distilbert";

    public double[] Logits(IReadOnlyList<int> ids)
    {
        double[] read = Read(ids);
        return family switch
        {
            "roberta" => Linear("classifier.out_proj", [.. Linear("classifier.dense", read).Select(Math.Tanh)]),
            "bert" => Linear("classifier", [.. Linear("bert.pooler.dense", read).Select(Math.Tanh)]),
            _ => Linear("classifier", [.. Linear("pre_classifier", read).Select(value => Math.Max(0, value))]),
        };
    }

    /// <summary>What the head reads, [hidden].</summary>
    public double[] Read(IReadOnlyList<int> ids)
    {
        float[] word = weights[$"{family}.embeddings.word_embeddings.weight"];
        float[] position = weights[$"{family}.embeddings.position_embeddings.weight"];
        float[] type = _distil ? new float[hidden] : weights[$"{family}.embeddings.token_type_embeddings.weight"];
        int first = family == "roberta" ? 2 : 0;
        double[][] x = [.. ids.Select((id, t) => Norm($"{family}.embeddings.LayerNorm",
            [.. Enumerable.Range(0, hidden).Select(j => (double)word[id * hidden + j] + position[(t + first) * hidden + j] + type[j])]))];
        for (int layer = 0; layer < layers; layer++) x = _distil ? DistilLayer($"distilbert.transformer.layer.{layer}.", x) : Layer($"{family}.encoder.layer.{layer}.", x);
        return mean ? [.. Enumerable.Range(0, hidden).Select(j => x.Average(row => row[j]))] : x[0];
    }

    private double[][] Layer(string name, double[][] x)
    {
        double[][] attended = Attend(x, name + "attention.self.query", name + "attention.self.key", name + "attention.self.value");
        x = [.. x.Zip(attended, (a, b) => Norm(name + "attention.output.LayerNorm", Add(a, Linear(name + "attention.output.dense", b))))];
        return [.. x.Select(a => Norm(name + "output.LayerNorm",
            Add(a, Linear(name + "output.dense", [.. Linear(name + "intermediate.dense", a).Select(Activate)]))))];
    }

    private double[][] DistilLayer(string name, double[][] x)
    {
        double[][] attended = Attend(x, name + "attention.q_lin", name + "attention.k_lin", name + "attention.v_lin");
        x = [.. x.Zip(attended, (a, b) => Norm(name + "sa_layer_norm", Add(a, Linear(name + "attention.out_lin", b))))];
        return [.. x.Select(a => Norm(name + "output_layer_norm", Add(a, Linear(name + "ffn.lin2", [.. Linear(name + "ffn.lin1", a).Select(Activate)]))))];
    }

    private double[][] Attend(double[][] x, string query, string key, string value)
    {
        double[][] q = [.. x.Select(a => Linear(query, a))];
        double[][] k = [.. x.Select(a => Linear(key, a))];
        double[][] v = [.. x.Select(a => Linear(value, a))];
        int width = hidden / heads;
        double[][] result = [.. x.Select(_ => new double[hidden])];
        for (int head = 0; head < heads; head++)
            for (int t = 0; t < x.Length; t++)
            {
                int from = head * width;
                double[] scores = [.. k.Select(row => Math.Exp(Enumerable.Range(from, width).Sum(j => q[t][j] * row[j]) / Math.Sqrt(width)))];
                for (int j = from; j < from + width; j++) result[t][j] = v.Select((row, s) => row[j] * scores[s]).Sum() / scores.Sum();
            }
        return result;
    }

    private double[] Linear(string name, double[] x)
    {
        float[] weight = weights[name + ".weight"], bias = weights[name + ".bias"];
        return [.. bias.Select((b, row) => b + x.Select((value, j) => value * weight[row * x.Length + j]).Sum())];
    }

    private double[] Norm(string name, double[] x)
    {
        double average = x.Average(), variance = x.Average(value => (value - average) * (value - average));
        return [.. x.Select((value, j) => (value - average) / Math.Sqrt(variance + epsilon) * weights[name + ".weight"][j] + weights[name + ".bias"][j])];
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double Activate(double x) => activation switch
    {
        "relu" => Math.Max(0, x),
        "gelu_new" => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        _ => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
    };

    /// <summary>erf by its series; enough terms for |x| below 5.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5) return Math.Sign(x);
        double sum = 0, term = x;
        for (int n = 0; n < 200; n++)
        {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
