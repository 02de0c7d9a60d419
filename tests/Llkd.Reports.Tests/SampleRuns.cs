using Llkd.Runs;

namespace Llkd.Reports.Tests;

/// <summary>Runs as they come out of training in shape and size, made from a seed.</summary>
internal static class SampleRuns
{
    public static readonly string[] Emotions = ["sadness", "joy", "love", "anger", "fear", "surprise"];

    public static readonly string[] Banking = [.. Enumerable.Range(1, 77).Select(i =>
        $"{new[] { "card_payment", "balance_not_updated_after_bank_transfer", "cash_withdrawal", "exchange_rate", "top_up_by_bank_transfer_charge", "verify_identity", "pending" }[i % 7]}_{i}")];

    public static readonly string[] Chinese = ["悲伤", "喜悦", "爱", "愤怒", "恐惧", "惊讶和其他难以归类的情绪"];

    public static RunRecord Make(string[] labels, double studentSkill = 0.86, double teacherSkill = 0.71, bool test = true, bool validation = true,
        bool thresholds = true, int baselines = 4, int epochs = 6, bool poolGold = true, string method = "llkd", string? text = null, int testCount = 2000)
    {
        var random = new Random(7 * labels.Length + epochs);
        return new RunRecord
        {
            ProductVersion = "0.1.0",
            Finished = new DateTimeOffset(2026, 11, 23, 15, 4, 5, TimeSpan.FromHours(1)),
            Task = "emotions",
            Labels = labels,
            Teacher = "prototype, 16 shots",
            Student = "ngram, 64 wide, 0.9 M weights",
            Machine = "2 processors, Debian GNU/Linux 12, .NET 10.0",
            Data = new() { Pool = 15_969, Validation = validation ? 1_988 : 0, Test = test ? testCount : 0, Empty = 3, Duplicates = 22, Leaked = 9, Unlabelled = 41 },
            TeacherTest = test ? Quality(random, labels, teacherSkill, testCount, 1) : null,
            TeacherPool = poolGold ? Quality(random, labels, teacherSkill - 0.01, 15_969, 0.997) : null,
            Labelling = new() { Seconds = 812.4, Calls = 15_969, PromptTokens = 9_482_113, CompletionTokens = 47_907 },
            Method = Method(random, method, labels, studentSkill, test, validation, thresholds, epochs, poolGold, text, testCount),
            Baselines = [.. Enumerable.Range(0, baselines).Select(i => Method(random, Names[i % Names.Length], labels, studentSkill - 0.02 - 0.015 * i, test, validation, false, epochs, poolGold, text, testCount))],
        };
    }

    private static readonly string[] Names = ["no-ds", "random", "freematch", "softmatch", "cckd-l", "cckd-t-reg", "entropy-score", "unixkd", "llkd-without-tc", "llkd-without-su", "llkd-w"];

    private static MethodRecord Method(Random random, string name, string[] labels, double skill, bool test, bool validation, bool thresholds, int epochs, bool poolGold, string? text, int testCount)
    {
        int classes = labels.Length;
        double share = name switch { "no-ds" => 1, _ => 0.15 + 0.3 * random.NextDouble() };
        long pool = 15_969, offered = pool * epochs, seen = (long)(offered * share);
        int points = Math.Max(1, epochs * 2);
        var curve = new List<EvaluationPoint>();
        double best = 0;
        for (int i = 1; i <= points; i++)
        {
            double value = skill * (1 - Math.Exp(-4.0 * i / points)) + 0.01 * (random.NextDouble() - 0.5);
            curve.Add(new(i * 125L, i / 2.0, seen * i / points, value + 0.02, value, 1.4 * Math.Exp(-0.2 * i), value > best));
            best = Math.Max(best, value);
        }
        string unsure = text ?? "i feel a bit of both today and could not tell you which, really";
        return new MethodRecord
        {
            Name = name,
            Seed = 1,
            Test = test ? Quality(random, labels, skill, testCount, 1) : null,
            Validation = validation ? Quality(random, labels, skill + 0.01, 1_988, 1) : null,
            TrainSeconds = 135.2 * share * epochs / 6,
            EvaluateSeconds = 0.41,
            Epochs = epochs,
            Offered = offered,
            Seen = seen,
            StoppingMeasure = validation ? "validation macro F1" : "agreement with the teacher",
            Curve = curve,
            Steps = [.. Enumerable.Range(1, 200).Select(i => Step(random, i, classes, thresholds, share))],
            EpochSelection = [.. Enumerable.Range(1, epochs).Select(e => Epoch(random, e, epochs, classes, share, poolGold))],
            Map = name == "random" ? null : Map(classes),
            LeastSure = [.. Enumerable.Range(0, 12).Select(i => new UnsureText(unsure, labels[i % classes], 0.412 - 0.01 * i, labels[(i + 1) % classes], 0.39 - 0.01 * i,
                test ? labels[(i * i + 1) % classes] : null, i % 4 == 3 ? null : labels[(i + 1) % classes]))],
        };
    }

    private static StepPoint Step(Random random, int i, int classes, bool thresholds, double share)
    {
        if (!thresholds)
            return new(i * 7, null, null, share);
        var teacher = new float[classes];
        var student = new float[classes];
        for (int k = 0; k < classes; k++)
        {
            double own = 0.55 + 0.45 * ((k * 37 % 100) / 100.0);
            teacher[k] = (float)(1.0 / classes + (0.85 * own - 1.0 / classes) * (1 - Math.Exp(-i / 20.0)) + 0.01 * random.NextDouble());
            student[k] = (float)Math.Clamp(own * Math.Exp(-i / 120.0) + 0.015 * random.NextDouble(), 0, 1);
        }
        return new(i * 7, teacher, student, share);
    }

    private static EpochPoint Epoch(Random random, int epoch, int epochs, int classes, double share, bool gold)
    {
        long[] offered = [.. Enumerable.Range(0, classes).Select(k => 15_969L * (1 + k * 13 % 7) / (4 * classes))];
        double now = Math.Min(1, share * (1.4 - 0.8 * epoch / epochs));
        long[] selected = [.. offered.Select(count => (long)(count * Math.Min(1, now * (0.7 + 0.6 * random.NextDouble()))))];
        return new(epoch, offered, selected, gold ? 0.78 + 0.02 * random.NextDouble() : null);
    }

    private static SelectionMap Map(int classes)
    {
        const int size = 10;
        double low = 1.0 / classes;
        var offered = new long[size][];
        var selected = new long[size][];
        for (int row = 0; row < size; row++)
        {
            offered[row] = new long[size];
            selected[row] = new long[size];
            for (int column = 0; column < size; column++)
            {
                offered[row][column] = (long)(4000 * Math.Exp(-Math.Pow((row + column - 9) / 4.0, 2)) * (column + 1) / size) - 30;
                offered[row][column] = Math.Max(0, offered[row][column]);
                double share = 1 / (1 + Math.Exp(-(column - 5) - (row - 4)));
                selected[row][column] = (long)(offered[row][column] * share);
            }
        }
        return new([.. Enumerable.Range(0, size + 1).Select(i => low + (1 - low) * i / size)], [.. Enumerable.Range(0, size + 1).Select(i => i / (double)size)], offered, selected);
    }

    /// <summary>Quality whose figures follow from its own confusion counts.</summary>
    public static QualityRecord Quality(Random random, string[] labels, double skill, int count, double coverage)
    {
        int classes = labels.Length;
        var confusion = new int[classes][];
        for (int k = 0; k < classes; k++)
            confusion[k] = new int[classes];
        int answered = (int)(count * coverage), right = 0;
        for (int i = 0; i < answered; i++)
        {
            int gold = Math.Min(classes - 1, (int)(classes * random.NextDouble() * (0.4 + 0.6 * random.NextDouble())));
            int predicted = random.NextDouble() < skill ? gold : random.NextDouble() < 0.5 ? (gold + 1) % classes : random.Next(classes);
            confusion[gold][predicted]++;
            right += gold == predicted ? 1 : 0;
        }
        var rows = labels.Select((label, k) =>
        {
            int support = confusion[k].Sum(), predicted = confusion.Sum(row => row[k]), hit = confusion[k][k];
            double precision = predicted > 0 ? (double)hit / predicted : 0, recall = support > 0 ? (double)hit / support : 0;
            return new ClassRecord(label, precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0, support);
        }).ToList();
        var bins = Enumerable.Range(0, 15).Select(b =>
        {
            int inBin = b < 3 ? 0 : answered * (b + 1) * (b + 1) / 1200;
            return inBin == 0 ? new ReliabilityBin(b / 15.0, (b + 1) / 15.0, 0, 0, 0)
                : new ReliabilityBin(b / 15.0, (b + 1) / 15.0, inBin, (b + 0.5) / 15, Math.Clamp((b + 0.5) / 15 - 0.06 + 0.08 * random.NextDouble() * skill, 0, 1));
        }).ToList();
        return new QualityRecord
        {
            Accuracy = (double)right / Math.Max(1, answered),
            MacroF1 = rows.Average(row => row.F1),
            Ece = 0.031 + 0.02 * (1 - skill),
            Coverage = coverage,
            Count = answered,
            PerClass = rows,
            Confusion = confusion,
            Reliability = bins,
        };
    }

    /// <summary>The shapes a report must look right in.</summary>
    public static IReadOnlyDictionary<string, RunRecord> All { get; } = new Dictionary<string, RunRecord>
    {
        ["six"] = Make(Emotions),
        ["two"] = Make(["negative", "positive"], baselines: 2, epochs: 3),
        ["banking"] = Make(Banking, 0.78, 0.80, testCount: 3080, baselines: 11),
        ["noTest"] = Make(Emotions, test: false),
        ["noGold"] = Make(Emotions, test: false, validation: false, poolGold: false, baselines: 0),
        ["random"] = Make(Emotions, thresholds: false, method: "random", baselines: 0),
        ["oneEpoch"] = Make(Emotions, epochs: 1, baselines: 1),
        ["manyEpochs"] = Make([.. Emotions, .. Chinese, "a", "b", "c", "d", "e", "f", "g", "h"], epochs: 60, baselines: 0),
        ["worse"] = Make(Emotions, 0.61, 0.82, baselines: 1),
        ["chinese"] = Make(Chinese, text: "今天我感觉有点复杂，既高兴又难过，不知道该怎么说才好。这是一条没有空格的长句子，用来检查换行是否正确。"),
        ["hostile"] = Make([.. Hostile.Labels], text: Hostile.Text, method: Hostile.Labels[0]) with { Task = Hostile.Labels[0], Teacher = Hostile.Text, Student = Hostile.Text, Machine = Hostile.Text },
    };
}

/// <summary>Strings that try to break out of the page.</summary>
internal static class Hostile
{
    public const string Text = "</td></table><script>throw 'hit'</script><img src=x onerror=throw-1> \"'&amp; \u202Egnp.exe \u0000\u0007 \uD800 ]]> --> " +
        "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanybreak";

    public static readonly string[] Labels =
    [
        "<script>throw 'label'</script>", "\" onload=\"throw 1", "&lt;b&gt;", "\u202Ereversed", "</svg></style>", "a\u0001b\nc", "",
        "label_with_a_name_that_goes_on_and_on_and_on_until_nobody_would_want_to_read_it_any_longer_and_then_some",
    ];
}
