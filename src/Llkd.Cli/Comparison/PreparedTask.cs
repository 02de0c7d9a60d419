using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Features;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Cli.Comparison;

/// <summary>
/// A task that is ready to be trained on: labelled, tokenised, its teacher measured. All cells of a data set share it,
/// side by side, so nothing in it changes.
/// </summary>
internal sealed class PreparedTask : IDisposable
{
    private readonly MappedCorpus _corpus;

    private PreparedTask(DistillationTask task, DataSet data, LabelledPool pool, IStudent template, MappedCorpus corpus)
    {
        (Task, Data, Pool, Template, _corpus) = (task, data, pool, template, corpus);
        Test = MemoryCorpus.Encode(template, data.Test.Select(document => document.Text));
        Gold = [.. data.Test.Select(document => document.Label)];
        Features = new PoolFeatures([.. pool.Documents.Select(document => document.Text)]);
        Identity = Hash(data, pool);
    }

    public DistillationTask Task { get; }
    public DataSet Data { get; }
    public LabelledPool Pool { get; }

    /// <summary>An untrained student; each cell trains a fresh one of its shape.</summary>
    public IStudent Template { get; }

    public ITokenCorpus Corpus => _corpus;
    public ITokenCorpus Test { get; }
    public int[] Gold { get; }

    /// <summary>What methods that look at the texts share: each computed once, when first asked for.</summary>
    public PoolFeatures Features { get; }

    /// <summary>Hash of all texts and labels that figures depend on.</summary>
    public string Identity { get; }

    /// <summary>The teacher's answers on the test set.</summary>
    public required TeacherAnswers Teacher { get; init; }

    /// <summary>The same without examples; null where nobody asks, or the teacher has no such form.</summary>
    public TeacherAnswers? TeacherZeroShot { get; init; }

    /// <summary>What the tables say of the data set.</summary>
    public required ComparisonDataSet Description { get; init; }

    /// <summary>Reads, labels and tokenises.</summary>
    /// <param name="task">The task; what it says of training does not matter.</param>
    /// <param name="folder">Where its labels are kept.</param>
    /// <param name="scratch">Where its tokens are written.</param>
    /// <param name="zeroShot">Whether Teacher-ZS is asked for.</param>
    /// <param name="screen">Shows the progress.</param>
    /// <param name="cancellationToken">Ends it; labels so far are kept.</param>
    /// <exception cref="InputException">The data or the labels are wrong, or there is no test set.</exception>
    public static async Task<PreparedTask> CreateAsync(
        DistillationTask task, RunFolder folder, string scratch, bool zeroShot, Screen screen, CancellationToken cancellationToken)
    {
        using LabelStage labels = LabelStage.Open(task, folder, screen);
        if (labels.Data.Test.Count == 0)
            throw new InputException($"{task.Name}: a comparison needs a test set with gold labels. Set data.test, or data.testShare where the pool has gold labels.");
        await labels.RunAsync(screen, cancellationToken).ConfigureAwait(false);
        LabelledPool pool = labels.CollectForTraining();
        TeacherAnswers? without = zeroShot && task.Teacher.Kind != TeacherKind.Recorded
            ? await ZeroShotAsync(task, labels, screen, cancellationToken).ConfigureAwait(false) : null;
        IStudent template = StudentFactory.Create(task, pool.Documents.Select(document => document.Text), seed: 1);
        Directory.CreateDirectory(scratch);
        MappedCorpus corpus = MappedCorpus.Encode(
            Path.Combine(scratch, "pool.tokens"), template, pool.Documents.Select(document => document.Text));
        return new PreparedTask(task, labels.Data, pool, template, corpus)
        {
            Teacher = labels.TestAnswers(),
            TeacherZeroShot = without,
            Description = new ComparisonDataSet
            {
                Name = task.Name,
                Labels = [.. task.Labels.Select(label => label.Name)],
                Pool = pool.Documents.Count,
                Test = labels.Data.Test.Count,
                Teacher = labels.TeacherSummary,
                Student = StudentFactory.Summary(task, template.WeightCount, StudentFactory.PrecisionOf(template)),
                TeacherPoolAccuracy = labels.Quality(labels.Data.Pool)?.Accuracy,
                Gold = [.. labels.Data.Test.Select(document => document.Label)],
            },
        };
    }

    public void Dispose()
    {
        Template.Dispose();
        _corpus.Dispose();
    }

    /// <summary>Only the test set is asked about: nobody learns from these answers.</summary>
    private static async Task<TeacherAnswers> ZeroShotAsync(
        DistillationTask task, LabelStage labels, Screen screen, CancellationToken cancellationToken)
    {
        DistillationTask without = task with { Teacher = task.Teacher with { Shots = 0 } };
        (Labels.ITeacher teacher, _, _) = TeacherFactory.Create(without, labels.Data.WithoutExamples());
        await screen.ProgressAsync("labelling without examples", "texts", line => Labelling.RunAsync(
            teacher, labels.Data.Test, labels.Journal, new DirectProgress<LabellingProgress>(p => line.Report(p.Done, p.Total)),
            cancellationToken)).ConfigureAwait(false);
        return labels.TestAnswers(teacher.Fingerprint);
    }

    private static string Hash(DataSet data, LabelledPool pool)
    {
        var hash = new XxHash128();
        foreach (Document document in data.Test)
        {
            hash.Append(document.Key.ToBytes());
            hash.Append(BitConverter.GetBytes(document.Label));
        }
        foreach (Document document in pool.Documents)
        {
            hash.Append(document.Key.ToBytes());
            // Gold labels of the pool matter to the student on gold labels.
            hash.Append(BitConverter.GetBytes(document.Label));
        }
        hash.Append(MemoryMarshal.AsBytes(pool.Labels.Distributions));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
