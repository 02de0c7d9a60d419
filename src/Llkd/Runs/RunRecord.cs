namespace Llkd.Runs;

/// <summary>
/// Everything a report shows of one run, as it is kept in `run.json` in the run's folder, so that the report can be
/// made again at any time without the data.
/// </summary>
public sealed record RunRecord
{
    /// <summary>Version of the product that made it.</summary>
    public required string ProductVersion { get; init; }
    /// <summary>When the run finished.</summary>
    public required DateTimeOffset Finished { get; init; }
    /// <summary>Task name.</summary>
    public required string Task { get; init; }
    /// <summary>Label names, [classes].</summary>
    public required IReadOnlyList<string> Labels { get; init; }
    /// <summary>Teacher in a few words, such as "prototype, 16 shots".</summary>
    public required string Teacher { get; init; }
    /// <summary>Student in a few words, such as "ngram, 64 wide, 0.9 M weights".</summary>
    public required string Student { get; init; }
    /// <summary>Machine in a few words: processor count, operating system, .NET version.</summary>
    public required string Machine { get; init; }
    /// <summary>What was read.</summary>
    public required DataRecord Data { get; init; }
    /// <summary>The teacher's quality where gold labels exist, on the test set.</summary>
    public QualityRecord? TeacherTest { get; init; }
    /// <summary>The teacher's quality on the pool, where the pool has gold labels.</summary>
    public QualityRecord? TeacherPool { get; init; }
    /// <summary>Seconds of labelling, calls and tokens.</summary>
    public required LabellingRecord Labelling { get; init; }
    /// <summary>The run's own method.</summary>
    public required MethodRecord Method { get; init; }
    /// <summary>Other methods trained on the same labels.</summary>
    public IReadOnlyList<MethodRecord> Baselines { get; init; } = [];
}

/// <summary>What was read, and what was left out.</summary>
public sealed record DataRecord
{
    /// <summary>Texts in the pool that training could use.</summary>
    public required int Pool { get; init; }
    /// <summary>Texts in the validation set; 0 without one.</summary>
    public required int Validation { get; init; }
    /// <summary>Texts in the test set; 0 without one.</summary>
    public required int Test { get; init; }
    /// <summary>Empty texts left out of the pool.</summary>
    public required int Empty { get; init; }
    /// <summary>Repeated texts in the pool.</summary>
    public required int Duplicates { get; init; }
    /// <summary>Pool texts that also stand in the validation or test set; they are left out of the pool.</summary>
    public required int Leaked { get; init; }
    /// <summary>Pool texts the teacher gave no label.</summary>
    public required int Unlabelled { get; init; }
    /// <summary>Share of the pool's texts that are longer than the student reads and were cut, in [0, 1]; null in records of older runs.</summary>
    public double? PoolTruncated { get; init; }
    /// <summary>The same of the test set; null without one.</summary>
    public double? TestTruncated { get; init; }
}

/// <summary>Labelling as it happened.</summary>
public sealed record LabellingRecord
{
    /// <summary>Seconds spent labelling, over all sessions of this run.</summary>
    public required double Seconds { get; init; }
    /// <summary>Documents the teacher was asked about.</summary>
    public required long Calls { get; init; }
    /// <summary>Tokens read by the teacher.</summary>
    public required long PromptTokens { get; init; }
    /// <summary>Tokens written by the teacher.</summary>
    public required long CompletionTokens { get; init; }
    /// <summary>What is known of an LLM's calls beyond that; null for other teachers.</summary>
    public LanguageModelRecord? LanguageModel { get; init; }
    /// <summary>How the teacher's confidence was calibrated; null where it was not.</summary>
    public CalibrationRecord? Calibration { get; init; }
}

/// <summary>An LLM's calls.</summary>
public sealed record LanguageModelRecord
{
    /// <summary>Requests refused with an error status, which cost nothing.</summary>
    public required long Refused { get; init; }
    /// <summary>Requests whose answer never got into the journal (a kill, a broken connection, an unusable reply): they may have been paid for, and were made again.</summary>
    public required long Lost { get; init; }
    /// <summary>Whether the model ran on this machine, so that its calls cost time only.</summary>
    public bool Local { get; init; }
    /// <summary>Texts that failed.</summary>
    public required long Failed { get; init; }
    /// <summary>Price of the tokens of all answers; null where the task gives none.</summary>
    public double? Cost { get; init; }
    /// <summary>Labels whose confidence was read from log-probabilities.</summary>
    public required long FromLogProbabilities { get; init; }
    /// <summary>Labels whose confidence is the agreement of samples.</summary>
    public required long FromSamples { get; init; }
    /// <summary>Labels whose confidence was read from the probability of every label's tokens.</summary>
    public long FromScores { get; init; }
    /// <summary>Texts whose end was left out, as they were too long for the model.</summary>
    public long Cut { get; init; }
    /// <summary>Mean probability of the tokens that were not listed; null without log-probabilities.</summary>
    public double? UnseenMean { get; init; }
    /// <summary>Largest such probability.</summary>
    public double? UnseenLargest { get; init; }
    /// <summary>What was planned before the first call; null where nothing was.</summary>
    public PlanRecord? Plan { get; init; }
}

/// <summary>Labelling as it was planned: all texts, from the first call on.</summary>
/// <param name="Texts">Texts to label.</param>
/// <param name="Calls">Requests.</param>
/// <param name="PromptTokens">Tokens read.</param>
/// <param name="CompletionTokens">Tokens written.</param>
/// <param name="Cost">Their price; null where the task gives none.</param>
/// <param name="Seconds">Time; null where there was no pace to go by.</param>
public sealed record PlanRecord(long Texts, long Calls, long PromptTokens, long CompletionTokens, double? Cost, double? Seconds);

/// <summary>Temperature calibration of the teacher's confidence.</summary>
/// <param name="Temperature">T of q' ∝ q^(1/T).</param>
/// <param name="Texts">Validation texts it was fitted on.</param>
/// <param name="EceBefore">Expected calibration error on them before, in [0, 1].</param>
/// <param name="EceAfter">And after, cross-validated.</param>
public sealed record CalibrationRecord(double Temperature, int Texts, double EceBefore, double EceAfter);

/// <summary>Quality of a classifier on a set with gold labels.</summary>
public sealed record QualityRecord
{
    /// <summary>Share of right answers among the answered, in [0, 1].</summary>
    public required double Accuracy { get; init; }
    /// <summary>Unweighted mean of the classes' F1, in [0, 1].</summary>
    public required double MacroF1 { get; init; }
    /// <summary>Expected calibration error (Guo et al. 2017), 15 bins of equal width, in [0, 1].</summary>
    public required double Ece { get; init; }
    /// <summary>Share of the set that got an answer.</summary>
    public required double Coverage { get; init; }
    /// <summary>Texts with an answer.</summary>
    public required int Count { get; init; }
    /// <summary>Per class, [classes].</summary>
    public required IReadOnlyList<ClassRecord> PerClass { get; init; }
    /// <summary>Confusion counts, [gold][predicted].</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }
    /// <summary>Reliability curve, one entry a bin, empty bins included.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }
}

/// <summary>One class's figures.</summary>
/// <param name="Label">Label name.</param>
/// <param name="Precision">In [0, 1]; 0 where nothing was predicted.</param>
/// <param name="Recall">In [0, 1]; 0 where the set has none.</param>
/// <param name="F1">In [0, 1].</param>
/// <param name="Support">Gold texts of this class.</param>
public sealed record ClassRecord(string Label, double Precision, double Recall, double F1, int Support);

/// <summary>One bin of a reliability curve.</summary>
/// <param name="Lower">Lower edge of the confidence, exclusive (inclusive in the first bin).</param>
/// <param name="Upper">Upper edge, inclusive.</param>
/// <param name="Count">Answers in the bin.</param>
/// <param name="Confidence">Their mean confidence; 0 where there are none.</param>
/// <param name="Accuracy">Share of right ones; 0 where there are none.</param>
public sealed record ReliabilityBin(double Lower, double Upper, int Count, double Confidence, double Accuracy);

/// <summary>One trained method.</summary>
public sealed record MethodRecord
{
    /// <summary>The method's name, such as `llkd`.</summary>
    public required string Name { get; init; }
    /// <summary>Seed of the training.</summary>
    public required int Seed { get; init; }
    /// <summary>Quality on the test set, where there is one.</summary>
    public QualityRecord? Test { get; init; }
    /// <summary>Quality on the validation set, where there is one.</summary>
    public QualityRecord? Validation { get; init; }
    /// <summary>Seconds of training, over all sessions.</summary>
    public required double TrainSeconds { get; init; }
    /// <summary>Seconds of the final evaluation.</summary>
    public required double EvaluateSeconds { get; init; }
    /// <summary>Epochs trained (fewer than asked for after an early stop).</summary>
    public required int Epochs { get; init; }
    /// <summary>Samples offered to the selection: epochs × pool.</summary>
    public required long Offered { get; init; }
    /// <summary>Samples the optimiser saw, over all epochs.</summary>
    public required long Seen { get; init; }
    /// <summary>What the selected measure is: "validation macro F1" or "agreement with the teacher".</summary>
    public required string StoppingMeasure { get; init; }
    /// <summary>Evaluations during training, in order.</summary>
    public required IReadOnlyList<EvaluationPoint> Curve { get; init; }
    /// <summary>Thresholds and selection over time, thinned to at most some hundreds of points.</summary>
    public required IReadOnlyList<StepPoint> Steps { get; init; }
    /// <summary>Selection per epoch.</summary>
    public required IReadOnlyList<EpochPoint> EpochSelection { get; init; }
    /// <summary>Teacher confidence by student uncertainty, where the method scores its batches; null otherwise.</summary>
    public SelectionMap? Map { get; init; }
    /// <summary>The test texts (validation or pool texts without one) the student is least sure of.</summary>
    public IReadOnlyList<UnsureText> LeastSure { get; init; } = [];
}

/// <summary>One evaluation during training.</summary>
/// <param name="Step">Training step it came after.</param>
/// <param name="Epoch">Epochs done, fractional.</param>
/// <param name="Seen">Samples the optimiser had seen.</param>
/// <param name="Accuracy">Accuracy on the stopping set.</param>
/// <param name="MacroF1">Macro F1 on the stopping set.</param>
/// <param name="TrainLoss">Mean training loss since the evaluation before.</param>
/// <param name="Best">Whether it was the best so far.</param>
public sealed record EvaluationPoint(long Step, double Epoch, long Seen, double Accuracy, double MacroF1, double TrainLoss, bool Best);

/// <summary>State of the selection at one step.</summary>
/// <param name="Step">Training step.</param>
/// <param name="TeacherThresholds">Teacher confidence threshold of each class, [classes]; null where the method has none.</param>
/// <param name="StudentThresholds">Student uncertainty threshold of each class, [classes]; null where the method has none.</param>
/// <param name="Share">Share selected of the samples since the point before.</param>
public sealed record StepPoint(long Step, IReadOnlyList<float>? TeacherThresholds, IReadOnlyList<float>? StudentThresholds, double Share);

/// <summary>Selection in one epoch.</summary>
/// <param name="Epoch">Epoch, from 1.</param>
/// <param name="Offered">Samples offered, [classes] by pseudo-label.</param>
/// <param name="Selected">Samples selected, [classes] by pseudo-label.</param>
/// <param name="PseudoLabelAccuracy">Accuracy of the selected pseudo-labels where the pool has gold labels (reported only, never trained on); null otherwise.</param>
public sealed record EpochPoint(int Epoch, IReadOnlyList<long> Offered, IReadOnlyList<long> Selected, double? PseudoLabelAccuracy);

/// <summary>Counts over teacher confidence (columns, from 1/C to 1) and student uncertainty (rows, from 0 to 1), over all steps.</summary>
/// <param name="ConfidenceEdges">Edges of the columns, [columns + 1].</param>
/// <param name="UncertaintyEdges">Edges of the rows, [rows + 1].</param>
/// <param name="Offered">[rows][columns].</param>
/// <param name="Selected">[rows][columns].</param>
public sealed record SelectionMap(
    IReadOnlyList<double> ConfidenceEdges, IReadOnlyList<double> UncertaintyEdges,
    IReadOnlyList<IReadOnlyList<long>> Offered, IReadOnlyList<IReadOnlyList<long>> Selected);

/// <summary>A text the student is unsure of.</summary>
/// <param name="Text">The text, cut to 300 characters.</param>
/// <param name="Predicted">The student's label.</param>
/// <param name="Confidence">Its probability.</param>
/// <param name="RunnerUp">The next label.</param>
/// <param name="RunnerUpConfidence">Its probability.</param>
/// <param name="Gold">Gold label, where known.</param>
/// <param name="Teacher">The teacher's label, where known.</param>
public sealed record UnsureText(
    string Text, string Predicted, double Confidence, string RunnerUp, double RunnerUpConfidence, string? Gold, string? Teacher);
