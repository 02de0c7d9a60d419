namespace Llkd.Students.Transformer;

/// <summary>How a transformer is computed: what makes it faster or smaller, not what it learns, beyond rounding.</summary>
public abstract record EngineOptions
{
    /// <summary>Threads; 0: as many as the process may use, and never more than those. Another number rounds otherwise, so a saved state keeps its own.</summary>
    public int Threads { get; init; }

    /// <summary>Number type of the encoder's matrix products.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Most texts in one forward and backward pass, at least 1; the gradients of several passes are added up.</summary>
    public int MicroBatch { get; init; } = 16;

    /// <summary>
    /// Keep only each layer's input for the backward pass and compute the rest once more (activation checkpointing, Chen
    /// et al. 2016, arXiv 1604.06174): less memory for a third more time.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Where it is computed.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>Passes side by side; 0: by the network's size. For tests and benchmarks.</summary>
    internal int Lanes { get; init; }

    /// <summary>bf16 by rounding in fp32, for measuring what it does to quality on a processor that lacks it and would take minutes a step.</summary>
    internal bool EmulateBf16 { get; init; }

    /// <summary>What <see cref="TrainingPrecision.Auto"/> comes to in this process; another is as it is asked for.</summary>
    /// <param name="asked">Precision asked for.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="InputException">A CUDA device is asked for and there is none.</exception>
    public static TrainingPrecision PrecisionFor(TrainingPrecision asked, ComputeDevice device) =>
        asked != TrainingPrecision.Auto ? asked : Engine.IsCuda(device) || Bf16Probe.IsFaster ? TrainingPrecision.Bf16 : TrainingPrecision.Fp32;

    /// <summary>The number of threads that comes of <see cref="Threads"/>: the process's share of processors by affinity and control group is never exceeded.</summary>
    /// <param name="asked">Threads asked for; 0: as many as there are.</param>
    public static int ThreadsFor(int asked) => asked > 0 ? Math.Min(asked, Environment.ProcessorCount) : Environment.ProcessorCount;
}
