using Llkd.Features;
using Llkd.Labels;

namespace Llkd.Students.Training;

/// <summary>What a training run reads.</summary>
public sealed record TrainingData
{
    /// <summary>The encoded texts.</summary>
    public required ITokenCorpus Pool { get; init; }

    /// <summary>The teacher's distributions, aligned to <see cref="Pool"/>.</summary>
    public required PseudoLabels Labels { get; init; }

    /// <summary>Indexes into the pool that may be trained on, ascending: all but a held-out share.</summary>
    public required int[] Samples { get; init; }

    /// <summary>
    /// The pool's texts, aligned to <see cref="Pool"/>, for the few methods that read them; null where they are not at hand.
    /// Runs on one pool share one object, so that its features are computed once.
    /// </summary>
    public PoolFeatures? Features { get; init; }

    /// <summary>Gold labels of the pool where known, −1 elsewhere, [pool]; only reported, never trained on. Empty where there are none.</summary>
    public int[] PoolGold { get; init; } = [];

    /// <summary>The texts training stops on.</summary>
    public required ITokenCorpus Stopping { get; init; }

    /// <summary>Their labels: gold, or the teacher's for a held-out share, [stopping].</summary>
    public required int[] StoppingLabels { get; init; }

    /// <summary>Whether those labels are gold: then macro F1 decides, else agreement with the teacher.</summary>
    public required bool StoppingIsGold { get; init; }

    /// <summary>Label names, [classes].</summary>
    public required IReadOnlyList<string> LabelNames { get; init; }
}

/// <summary>A part of a corpus as a corpus.</summary>
/// <param name="whole">The corpus.</param>
/// <param name="documents">Indexes into it.</param>
public sealed class SubsetCorpus(ITokenCorpus whole, int[] documents) : ITokenCorpus
{
    /// <inheritdoc/>
    public int Count => documents.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> this[int document] => whole[documents[document]];
}

/// <summary>Numbers of a training run.</summary>
public sealed record TrainerSettings
{
    /// <summary>Passes over the samples.</summary>
    public required int Epochs { get; init; }

    /// <summary>Samples in a batch, before selection.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Seed of the data order.</summary>
    public required int Seed { get; init; }

    /// <summary>Highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Share of the steps over which the learning rate rises.</summary>
    public double Warmup { get; init; } = 0.06;

    /// <summary>
    /// Steps that selected samples wait at most to be trained on in full batches of <see cref="BatchSize"/>; 0: what a batch
    /// gives is trained on at once, as in the paper.
    /// </summary>
    public int Regroup { get; init; }

    /// <summary>Evaluations without improvement after which training stops; 0: never.</summary>
    public int Patience { get; init; }

    /// <summary>Evaluations in each epoch.</summary>
    public int EvaluationsPerEpoch { get; init; } = 1;

    /// <summary>Steps between checkpoints, besides those at the end of epochs; 0: none.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Time between checkpoints, besides those; default one minute. It has no influence on the weights.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Hears what a training run does; for progress bars and event files.</summary>
public interface ITrainingObserver
{
    /// <summary>A step is done.</summary>
    /// <param name="step">What it did.</param>
    void Step(in StepReport step);

    /// <summary>The student was evaluated.</summary>
    /// <param name="point">How it did.</param>
    void Evaluated(Llkd.Runs.EvaluationPoint point);
}

/// <summary>One training step.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Offered">Samples of the batch.</param>
/// <param name="Selected">Samples selected of it.</param>
/// <param name="Loss">Training loss; NaN where nothing was selected.</param>
/// <param name="LearningRate">This step's learning rate.</param>
public readonly record struct StepReport(long Step, long TotalSteps, int Offered, int Selected, double Loss, double LearningRate);
