using Llkd.Students.Transformer;

namespace Llkd.Students.Tests.Transformer;

/// <summary>
/// RobertaForSequenceClassification in plain loops and double precision, written from Hugging Face's modeling_roberta.py
/// and not from the product: one text at a time, no padding.
/// </summary>
/// <param name="weights">Tensors by Hugging Face's names.</param>
/// <param name="layers">Layers.</param>
/// <param name="hidden">Hidden size.</param>
/// <param name="heads">Heads.</param>
internal sealed class SlowRoberta(IReadOnlyDictionary<string, float[]> weights, int layers, int hidden, int heads)
{
    public double[] Logits(IReadOnlyList<int> ids)
    {
        float[] word = weights["roberta.embeddings.word_embeddings.weight"];
        float[] position = weights["roberta.embeddings.position_embeddings.weight"];
        float[] type = weights["roberta.embeddings.token_type_embeddings.weight"];
        double[][] x = [.. ids.Select((id, t) => Norm("roberta.embeddings.LayerNorm",
            [.. Enumerable.Range(0, hidden).Select(j => (double)word[id * hidden + j] + position[(t + 2) * hidden + j] + type[j])]))];
        for (int layer = 0; layer < layers; layer++)
        {
            string name = $"roberta.encoder.layer.{layer}.";
            double[][] attended = Attend(name, x);
            x = [.. x.Zip(attended, (a, b) => Norm(name + "attention.output.LayerNorm", Add(a, Linear(name + "attention.output.dense", b))))];
            x = [.. x.Select(a => Norm(name + "output.LayerNorm",
                Add(a, Linear(name + "output.dense", [.. Linear(name + "intermediate.dense", a).Select(Gelu)]))))];
        }
        return Linear("classifier.out_proj", [.. Linear("classifier.dense", x[0]).Select(Math.Tanh)]);
    }

    private double[][] Attend(string name, double[][] x)
    {
        double[][] q = [.. x.Select(a => Linear(name + "attention.self.query", a))];
        double[][] k = [.. x.Select(a => Linear(name + "attention.self.key", a))];
        double[][] v = [.. x.Select(a => Linear(name + "attention.self.value", a))];
        int width = hidden / heads;
        double[][] result = [.. x.Select(_ => new double[hidden])];
        for (int head = 0; head < heads; head++)
            for (int t = 0; t < x.Length; t++)
            {
                int from = head * width;
                double[] scores = [.. k.Select(key => Math.Exp(Enumerable.Range(from, width).Sum(j => q[t][j] * key[j]) / Math.Sqrt(width)))];
                for (int j = from; j < from + width; j++) result[t][j] = v.Select((value, s) => value[j] * scores[s]).Sum() / scores.Sum();
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
        double mean = x.Average(), variance = x.Average(value => (value - mean) * (value - mean));
        return [.. x.Select((value, j) => (value - mean) / Math.Sqrt(variance + 1e-5) * weights[name + ".weight"][j] + weights[name + ".bias"][j])];
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

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
