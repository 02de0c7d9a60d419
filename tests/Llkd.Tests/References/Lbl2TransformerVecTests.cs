using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.References;
using Llkd.Tasks;

namespace Llkd.Tests.References;

public sealed class Lbl2TransformerVecTests
{
    private static readonly TaskLabel[] s_labels = [new() { Name = "sport" }, new() { Name = "money" }];

    /// <summary>
    /// sport is at (1, 0), money at (0, 1). Of the documents (1, 0), (.8, .6) and (.28, .96), a threshold of .7 gives sport the
    /// first two, with mean direction (1.8, .6)/√3.6, and money the last. (.8, .6) then has cosines .9487 and .8.
    /// </summary>
    [Fact]
    public void Label_vectors_are_means_of_the_documents_near_to_the_words()
    {
        var encoder = new Written(new() { ["sport"] = [1, 0], ["money"] = [0, 1], ["a"] = [1, 0], ["b"] = [0.8f, 0.6f], ["c"] = [0.28f, 0.96f] });
        Lbl2TransformerVec classifier = Lbl2TransformerVec.Make(encoder, s_labels, ["a", "b", "c"], similarity: 0.7);
        PseudoLabels answers = classifier.Predict(["a", "b", "c"]);
        Assert.Equal([0, 0, 1], answers.Labels.ToArray());
        double first = 10 * (0.8 * 1.8 + 0.6 * 0.6) / Math.Sqrt(3.6), second = 10 * (0.8 * 0.28 + 0.6 * 0.96);
        Assert.Equal(1 / (1 + Math.Exp(second - first)), answers.Distribution(1)[0], 1e-4);
        Assert.Empty(classifier.Notes);
    }

    [Fact]
    public void Where_no_document_is_near_enough_the_nearest_stands_for_the_label_and_a_note_says_so()
    {
        var encoder = new Written(new() { ["sport"] = [1, 0], ["money"] = [0, 1], ["a"] = [0.8f, 0.6f], ["b"] = [0.6f, 0.8f] });
        Lbl2TransformerVec classifier = Lbl2TransformerVec.Make(encoder, s_labels, ["a", "b"], similarity: 0.99);
        Assert.Equal([0, 1], classifier.Predict(["a", "b"]).Labels.ToArray());
        Assert.Equal(2, classifier.Notes.Count);
    }

    [Fact]
    public void A_label_without_a_known_word_is_never_answered_and_a_note_says_so()
    {
        var encoder = new Written(new() { ["sport"] = [1, 0], ["a"] = [-1, 0] });
        Lbl2TransformerVec classifier = Lbl2TransformerVec.Make(encoder, s_labels, ["a"]);
        Assert.Equal([0, 0], classifier.Predict(["a", "unheard of"]).Labels.ToArray());
        Assert.Contains(classifier.Notes, note => note.Contains("`money`", StringComparison.Ordinal));
    }

    [Fact]
    public void Topics_are_told_apart_by_their_names_alone()
    {
        (string[] texts, int[] topics) = Topics(600);
        var pool = new PoolFeatures(texts);
        Lbl2TransformerVec classifier = Lbl2TransformerVec.Make(LatentSemanticEncoder.Train(pool, 10), s_labels, texts);
        int[] answers = classifier.Predict(texts).Labels.ToArray();
        Assert.InRange(answers.Zip(topics).Average(pair => pair.First == pair.Second ? 1.0 : 0), 0.9, 1);
        Assert.Equal(answers, Lbl2TransformerVec.Make(LatentSemanticEncoder.Train(pool, 10), s_labels, texts).Predict(texts).Labels.ToArray());
    }

    /// <summary>The projector onto the leading eigenvectors of XᵀX, taken one by one by the power method.</summary>
    [Fact]
    public void The_encoders_space_is_that_of_the_leading_singular_vectors()
    {
        string[] texts = ["a b", "a b c", "c d", "c d d", "a c", "e f", "e f", "e a", "b d f"];
        var pool = new PoolFeatures(texts, new TfidfOptions { LongestNgram = 1 });
        SparseRows rows = pool.Rows;
        int m = rows.ColumnCount;
        var gram = new double[m, m];
        for (int i = 0; i < rows.Count; i++)
            for (int f = 0; f < rows.Columns(i).Length; f++)
                for (int g = 0; g < rows.Columns(i).Length; g++)
                    gram[rows.Columns(i)[f], rows.Columns(i)[g]] += (double)rows.Values(i)[f] * rows.Values(i)[g];
        var axes = new List<double[]>();
        for (int axis = 0; axis < m; axis++)
        {
            double[] v = [.. Enumerable.Range(0, m).Select(i => 1.0 + 0.1 * i * i)];
            for (int step = 0; step < 5000; step++)
            {
                foreach (double[] known in axes)
                {
                    double along = known.Zip(v, (x, y) => x * y).Sum();
                    for (int i = 0; i < m; i++) v[i] -= along * known[i];
                }
                double[] next = [.. Enumerable.Range(0, m).Select(i => Enumerable.Range(0, m).Sum(j => gram[i, j] * v[j]))];
                double length = Math.Sqrt(next.Sum(x => x * x));
                v = [.. next.Select(x => x / length)];
            }
            axes.Add(v);
        }
        // In the whole space a text's cosines are those of TF-IDF itself.
        LatentSemanticEncoder whole = LatentSemanticEncoder.Train(pool, m);
        float[] e = whole.Encode(["a b", "a b c"]);
        Assert.Equal(Cosine(rows, 0, 1), Enumerable.Range(0, whole.Dimension).Sum(d => e[d] * e[whole.Dimension + d]), 1e-4);

        // In the leading half, cosines are those of the projections onto the leading axes.
        LatentSemanticEncoder half = LatentSemanticEncoder.Train(pool, 2, iterations: 500);
        float[] vectors = half.Encode(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double[] a = Project(i), b = Project(j);
                double expected = a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
                Assert.Equal(expected, vectors[2 * i] * vectors[2 * j] + vectors[2 * i + 1] * vectors[2 * j + 1], 1e-3);
            }
        }

        double[] Project(int row) => [.. axes.Take(2).Select(axis =>
            Enumerable.Range(0, rows.Columns(row).Length).Sum(f => rows.Values(row)[f] * axis[rows.Columns(row)[f]]))];
    }

    [Fact]
    public void A_pool_without_a_word_in_two_texts_is_refused() =>
        Assert.Throws<InputException>(() => LatentSemanticEncoder.Train(new PoolFeatures(["a", "b"])));

    private static double Cosine(SparseRows rows, int i, int j)
    {
        var other = rows.Columns(j).ToArray().Zip(rows.Values(j).ToArray()).ToDictionary(x => x.First, x => (double)x.Second);
        return rows.Columns(i).ToArray().Zip(rows.Values(i).ToArray()).Sum(x => x.Second * other.GetValueOrDefault(x.First));
    }

    private static (string[] Texts, int[] Topics) Topics(int count)
    {
        var random = new RandomStream(1, "topics");
        string[][] words = [["sport", "ball", "team", "goal", "match", "coach"], ["money", "bank", "loan", "market", "stock", "price"]];
        int[] topics = [.. Enumerable.Range(0, count).Select(_ => random.NextInt32(2))];
        return ([.. topics.Select(topic => string.Join(' ', Enumerable.Range(0, 6).Select(_ =>
            random.NextInt32(4) == 0 ? $"common{random.NextInt32(20)}" : words[topic][random.NextInt32(6)])))], topics);
    }

    /// <summary>Vectors written down for whole texts; zero for any other.</summary>
    private sealed class Written(Dictionary<string, float[]> vectors) : ISentenceEncoder
    {
        public string Description => "written down";

        public int Dimension => 2;

        public float[] Encode(IReadOnlyList<string> texts) => [.. texts.SelectMany(text => vectors.GetValueOrDefault(text, [0, 0]))];
    }
}
