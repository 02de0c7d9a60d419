namespace Llkd.Runs;

/// <summary>What `llkd compare` measured: one cell for each data set, method and seed. Tables and figures are made from it alone.</summary>
public sealed record ComparisonRecord
{
    /// <summary>Version of the product that made it.</summary>
    public required string ProductVersion { get; init; }
    /// <summary>When the last cell was finished.</summary>
    public required DateTimeOffset Finished { get; init; }
    /// <summary>Processors, operating system and runtime.</summary>
    public required string Machine { get; init; }
    /// <summary>Threads a cell was given.</summary>
    public required int ThreadsPerCell { get; init; }
    /// <summary>`ablation`, `sensitivity`, `few-labels` or `teacher`; null for a plain comparison.</summary>
    public string? Study { get; init; }
    /// <summary>Seeds, ascending.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }
    /// <summary>Data sets, in the order of the task files.</summary>
    public required IReadOnlyList<ComparisonDataSet> DataSets { get; init; }
    /// <summary>Methods, in the order asked for.</summary>
    public required IReadOnlyList<ComparisonMethod> Methods { get; init; }
    /// <summary>Cells that the whole comparison has; null stands for data sets · methods · seeds. A method that does not depend on the seed has one a data set.</summary>
    public int? Planned { get; init; }
    /// <summary>Cells, by data set, method and seed; a cell that is not finished yet is missing.</summary>
    public required IReadOnlyList<ComparisonCell> Cells { get; init; }
}

/// <summary>A task file's part in a comparison.</summary>
public sealed record ComparisonDataSet
{
    /// <summary>Name of the task.</summary>
    public required string Name { get; init; }
    /// <summary>Label names, [classes].</summary>
    public required IReadOnlyList<string> Labels { get; init; }
    /// <summary>Labelled texts of the pool.</summary>
    public required int Pool { get; init; }
    /// <summary>Texts of the test set.</summary>
    public required int Test { get; init; }
    /// <summary>The teacher in one line.</summary>
    public required string Teacher { get; init; }
    /// <summary>The student in one line.</summary>
    public required string Student { get; init; }
    /// <summary>The teacher's accuracy on the pool, where the pool has gold labels; null otherwise.</summary>
    public double? TeacherPoolAccuracy { get; init; }
    /// <summary>Gold labels of the test set, [test].</summary>
    public required IReadOnlyList<int> Gold { get; init; }
}

/// <summary>What a row of the tables stands for.</summary>
public enum ComparisonRole
{
    /// <summary>A variant of LLKD.</summary>
    Own,
    /// <summary>A baseline that trains the same student on the same pseudo-labels.</summary>
    Baseline,
    /// <summary>No student, or another one: a teacher, Lbl2TransformerVec, TF-IDF with logistic regression, gold labels.</summary>
    Reference,
}

/// <summary>A method of a comparison.</summary>
public sealed record ComparisonMethod
{
    /// <summary>Name with options, as asked for: `llkd:momentum=0.5`.</summary>
    public required string Key { get; init; }
    /// <summary>Published name: `LLKD`.</summary>
    public required string Published { get; init; }
    /// <summary>Its part in the comparison; ranks and "Improv." count own methods and baselines, not references.</summary>
    public required ComparisonRole Role { get; init; }
    /// <summary>What a study varies and the value here (`training.batchSize` → `32`, `labels` → `50`); empty otherwise.</summary>
    public IReadOnlyDictionary<string, string> Varied { get; init; } = new Dictionary<string, string>();
}

/// <summary>One run of one method on one data set.</summary>
public sealed record ComparisonCell
{
    /// <summary>Name of the data set.</summary>
    public required string DataSet { get; init; }
    /// <summary>Key of the method.</summary>
    public required string Method { get; init; }
    /// <summary>Seed.</summary>
    public required int Seed { get; init; }
    /// <summary>Why there are no figures (the student diverged, everything was filtered out, …); null where there are.</summary>
    public string? Failure { get; init; }
    /// <summary>What a reader must know of this cell, such as a fallback that was taken.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
    /// <summary>Options chosen on the validation set: `share=0.3`; null where nothing was open.</summary>
    public string? Chosen { get; init; }
    /// <summary>Accuracy on the test set, in [0, 1]; NaN with a failure.</summary>
    public double Accuracy { get; init; } = double.NaN;
    /// <summary>Macro F1 on the test set, in [0, 1]; NaN with a failure.</summary>
    public double MacroF1 { get; init; } = double.NaN;
    /// <summary>Expected calibration error on the test set, in [0, 1]; NaN with a failure.</summary>
    public double Ece { get; init; } = double.NaN;
    /// <summary>Samples the optimiser saw, over all epochs; null where no student is trained.</summary>
    public long? Seen { get; init; }
    /// <summary>Samples offered, over all epochs: epochs · pool; null where no student is trained.</summary>
    public long? Offered { get; init; }
    /// <summary>Seconds of training; without the choice of options, labelling and evaluation.</summary>
    public double Seconds { get; init; }
    /// <summary>Evaluations during training, on the validation set.</summary>
    public IReadOnlyList<EvaluationPoint> Curve { get; init; } = [];
    /// <summary>Answers on the test set, [test], −1 where there is none; empty with a failure.</summary>
    public IReadOnlyList<int> Predicted { get; init; } = [];

    /// <summary>Share of the offered samples that the optimiser saw, in [0, 1]; null where no student is trained.</summary>
    public double? Share => Offered is > 0 ? (double?)Seen / Offered : null;
}
