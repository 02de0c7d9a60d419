using CsCheck;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

/// <summary>Run records of any shape the contract allows, and some it does not mention: empty lists, NaN, any text.</summary>
internal static class GenRun
{
    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char, 0, 40], Gen.Const(Hostile.Text), OneOf(Hostile.Labels), Gen.String[Gen.Char.AlphaNumeric, 1, 12]);

    private static readonly Gen<double> Share = Gen.Frequency((20, Gen.Double[0, 1]), (1, OneOf(0.0, 1.0)), (1, OneOf(double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -5)));

    private static readonly Gen<double> Seconds = Gen.OneOf(Gen.Double[0, 100], Gen.Double[0, 1e7], OneOf(0.0, 59.99, 3599.9, double.NaN, 1e18));

    private static readonly Gen<long> Count = Gen.OneOf(Gen.Long[0, 50], Gen.Long[0, 2_000_000_000]);

    private static Gen<List<T>> MaybeEmpty<T>(Gen<T> item, int most) => Gen.Frequency((1, Gen.Const(new List<T>())), (4, item.List[1, most]));

    // Mostly one entry a class; now and then none at all.
    private static Gen<List<T>> PerClass<T>(Gen<T> item, int classes) => Gen.Frequency((1, Gen.Const(new List<T>())), (8, item.List[classes]));

    private static Gen<QualityRecord> Quality(List<string> labels) =>
        from shares in Share.Array[4]
        from count in Gen.Int[0, 100_000]
        from rows in Gen.Select(Share, Share, Share, Gen.Int[0, 9999]).List[labels.Count]
        from keep in Gen.Bool
        from confusion in PerClass(PerClass(Gen.Int[0, 300].Select(n => Math.Max(0, n - 200)), labels.Count), labels.Count)
        from bins in MaybeEmpty(Gen.Select(Gen.Int[0, 500], Share, Share), 15)
        select new QualityRecord
        {
            Accuracy = shares[0],
            MacroF1 = shares[1],
            Ece = shares[2],
            Coverage = shares[3],
            Count = count,
            PerClass = keep ? [.. rows.Select((row, k) => new ClassRecord(labels[k], row.Item1, row.Item2, row.Item3, row.Item4))] : [],
            Confusion = [.. confusion],
            Reliability = [.. bins.Select((bin, i) => new ReliabilityBin(i / 15.0, (i + 1) / 15.0, bin.Item1, bin.Item2, bin.Item3))],
        };

    private static Gen<SelectionMap> Map(int classes) =>
        from rows in Gen.Int[1, 12]
        from columns in Gen.Int[1, 12]
        from cells in Gen.Select(Count, Gen.Double[0, 1]).Array[rows * columns]
        let low = 1.0 / Math.Max(2, classes)
        select new SelectionMap(
            [.. Enumerable.Range(0, columns + 1).Select(i => low + (1 - low) * i / columns)],
            [.. Enumerable.Range(0, rows + 1).Select(i => i / (double)rows)],
            [.. Enumerable.Range(0, rows).Select(r => (IReadOnlyList<long>)[.. Enumerable.Range(0, columns).Select(c => cells[r * columns + c].Item1)])],
            [.. Enumerable.Range(0, rows).Select(r => (IReadOnlyList<long>)[.. Enumerable.Range(0, columns).Select(c => (long)(cells[r * columns + c].Item1 * cells[r * columns + c].Item2))])]);

    private static Gen<MethodRecord> Method(List<string> labels) =>
        from name in Text
        from seed in Gen.Int
        from test in Quality(labels).Null()
        from validation in Quality(labels).Null()
        from seconds in Gen.Select(Seconds, Seconds)
        from epochs in Gen.Int[0, 40]
        from offered in Count
        from share in Gen.Double[0, 1]
        from measure in OneOf("validation macro F1", "agreement with the teacher", "")
        from curve in MaybeEmpty(Gen.Select(Count, Gen.Double[0, 40], Share, Share, Share, Gen.Bool, (seen, epoch, accuracy, f1, loss, best) => new EvaluationPoint(seen / 3, epoch, seen, accuracy, f1, loss, best)), 40)
        from thresholds in Gen.Select(Gen.Bool, Gen.Bool)
        from steps in MaybeEmpty(Gen.Select(Gen.Long[0, 100_000], Share.Select(value => (float)value).Array[labels.Count], Share.Select(value => (float)value).Array[labels.Count], Share,
            (step, teacher, student, selected) => new StepPoint(step, thresholds.Item1 ? teacher : null, thresholds.Item2 ? student : null, selected)), 30)
        from selection in MaybeEmpty(Gen.Select(PerClass(Count, labels.Count), PerClass(Count, labels.Count), Share.Nullable(), (o, s, a) => (o, s, a)), 25)
        from map in Map(labels.Count).Null()
        from unsure in MaybeEmpty(Gen.Select(Text, Text, Share, Text, Share, Text.Null(), Text.Null(), (text, predicted, confidence, next, nextConfidence, gold, teacher) => new UnsureText(text, predicted, confidence, next, nextConfidence, gold, teacher)), 5)
        select new MethodRecord
        {
            Name = name,
            Seed = seed,
            Test = test,
            Validation = validation,
            TrainSeconds = seconds.Item1,
            EvaluateSeconds = seconds.Item2,
            Epochs = epochs,
            Offered = offered,
            Seen = (long)(offered * share),
            StoppingMeasure = measure,
            Curve = curve,
            Steps = steps,
            EpochSelection = [.. selection.Select((point, i) => new EpochPoint(i + 1, point.o, point.s, point.a))],
            Map = map,
            LeastSure = unsure,
        };

    public static readonly Gen<RunRecord> Run =
        from classes in Gen.Frequency((4, Gen.Int[1, 12]), (1, Gen.Int[13, 80]))
        from labels in Text.List[classes]
        from texts in Text.Array[5]
        from ticks in Gen.Long[0, 3_000_000_000_000_000_000]
        from minutes in Gen.Int[-12 * 60, 12 * 60]
        from data in Gen.Int[0, 10_000_000].Array[7]
        from teacherTest in Quality(labels).Null()
        from teacherPool in Quality(labels).Null()
        from labelling in Gen.Select(Seconds, Count, Count, Count)
        from model in Gen.Select(Count, Count, Seconds, Gen.Double[0, 1], Gen.Bool, (a, b, c, d, e) => LanguageModel((a, b, c, d, e))).Null()
        from calibration in Gen.Select(Gen.Double[0.05, 20], Gen.Int[20, 500], Gen.Double[0, 1], Gen.Double[0, 1], (t, n, a, b) => new CalibrationRecord(t, n, a, b)).Null()
        from method in Method(labels)
        from baselines in Gen.Frequency((3, Gen.Const(new List<MethodRecord>())), (2, Method(labels).List[1, 12]))
        select new RunRecord
        {
            ProductVersion = texts[0],
            Finished = new DateTimeOffset(Math.Max(ticks, TimeSpan.TicksPerDay), TimeSpan.FromMinutes(minutes)),
            Task = texts[1],
            Labels = labels,
            Teacher = texts[2],
            Student = texts[3],
            Machine = texts[4],
            Data = new() { Pool = data[0], Validation = data[1], Test = data[2], Empty = data[3], Duplicates = data[4], Leaked = data[5], Unlabelled = data[6] },
            TeacherTest = teacherTest,
            TeacherPool = teacherPool,
            Labelling = new() { Seconds = labelling.Item1, Calls = labelling.Item2, PromptTokens = labelling.Item3, CompletionTokens = labelling.Item4, LanguageModel = model, Calibration = calibration },
            Method = method,
            Baselines = baselines,
        };

    private static LanguageModelRecord LanguageModel((long, long, double, double, bool) model) => new()
    {
        Refused = model.Item1,
        Lost = model.Item2,
        Failed = model.Item1,
        Cost = model.Item5 ? model.Item3 : null,
        FromLogProbabilities = model.Item2,
        FromSamples = model.Item1,
        UnseenMean = model.Item5 ? model.Item4 : null,
        UnseenLargest = model.Item5 ? model.Item4 : null,
        Plan = model.Item5 ? new PlanRecord(model.Item1, model.Item2, model.Item1, model.Item2, model.Item3, null) : null,
    };
}
