using Llkd.Inference;
using Llkd.Students;

namespace Llkd.Cli.Pipeline;

/// <summary>Scores texts: a trained student, or a model that was exported.</summary>
internal abstract class TextScorer : IDisposable
{
    private protected TextScorer(IReadOnlyList<string> labels) => Labels = labels;

    public IReadOnlyList<string> Labels { get; }

    /// <summary>Loads a model folder of either kind; libtorch is not loaded for an exported one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Threads; 0: as many as the process may use.</param>
    public static TextScorer Load(string folder, int threads = 0)
    {
        if (TextClassifier.IsExported(folder))
            return new ExportedScorer(TextClassifier.Load(folder, new TextClassifierOptions { Threads = threads }));
        (IStudent student, IReadOnlyList<string> labels) = StudentFactory.Load(folder, threads);
        return new StudentScorer(student, labels);
    }

    /// <summary>Logits, which softmax turns into the probabilities to show, [texts, classes].</summary>
    public abstract float[] Score(IReadOnlyList<string> texts, CancellationToken cancellationToken = default);

    public abstract void Dispose();

    private sealed class StudentScorer(IStudent student, IReadOnlyList<string> labels) : TextScorer(labels)
    {
        /// <summary>Texts encoded at once.</summary>
        private const int Batch = 1024;

        public override float[] Score(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            var logits = new float[texts.Count * Labels.Count];
            for (int start = 0; start < texts.Count; start += Batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(Batch, texts.Count - start);
                student.Score(
                    MemoryCorpus.Encode(student, texts.Skip(start).Take(count)), [.. Enumerable.Range(0, count)],
                    logits.AsSpan(start * Labels.Count, count * Labels.Count));
            }
            return logits;
        }

        public override void Dispose() => student.Dispose();
    }

    private sealed class ExportedScorer(TextClassifier classifier) : TextScorer(classifier.Labels)
    {
        public override float[] Score(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            var logits = new float[texts.Count * Labels.Count];
            classifier.Score(texts, logits, cancellationToken);
            for (int i = 0; i < logits.Length; i++) logits[i] = (float)(logits[i] / classifier.Temperature);
            return logits;
        }

        public override void Dispose() => classifier.Dispose();
    }
}
