using Llkd.Documents;
using Llkd.Inference;
using Llkd.Runs;
using Llkd.Students.Export;

namespace Llkd.Cli.Pipeline;

/// <summary>What an export did.</summary>
/// <param name="Floats">The model in floats against the student.</param>
/// <param name="Integers">The 8-bit model against the student; null where none was asked for.</param>
/// <param name="Set">Which texts they were compared on.</param>
/// <param name="Temperature">The fitted temperature; null without validation texts that have gold labels.</param>
/// <param name="EceBefore">Expected calibration error of the validation texts before.</param>
/// <param name="EceAfter">And after.</param>
/// <param name="Bytes">Size of model.onnx.</param>
internal sealed record ExportResult(
    ExportCheck Floats, ExportCheck? Integers, string Set, double? Temperature, double? EceBefore, double? EceAfter, long Bytes);

/// <summary>
/// Writes a folder for applications and checks it against the student. The folder appears under its name only when all
/// checks have passed.
/// </summary>
internal static class ExportStage
{
    /// <summary>Fewest validation texts a temperature is fitted on.</summary>
    private const int FewestForCalibration = 20;

    /// <summary>Pool texts compared where there are neither test nor validation texts.</summary>
    private const int PoolSample = 1000;

    /// <summary>Compared where a model folder belongs to no run: several scripts, an empty text, a long one.</summary>
    private static readonly string[] Samples =
    [
        "", "a", "The train was late again and nobody said why.", "I would like my money back, please!", "¿Dónde está la estación?",
        "Das war ein wirklich schöner Abend.", "Отличный фильм, советую всем.", "这部电影真的很好看。", "ありがとうございました", "🎉🎉 yes!!! 🎉",
        "Order #4711 costs 19.99 € (incl. 19 % VAT).", "<b>markup</b> & \"quotes\"", string.Join(' ', Enumerable.Repeat("again and again", 400)),
    ];

    /// <summary>Exports a student.</summary>
    /// <param name="model">Its model folder.</param>
    /// <param name="data">The run's data; null for a folder that belongs to no run.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="precision">How weights are kept.</param>
    /// <param name="name">The model's name, for its card.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left.</param>
    public static ExportResult Run(string model, DataSet? data, string output, Precision precision, string name, CancellationToken cancellationToken)
    {
        string target = Path.GetFullPath(output);
        RequireFree(target);
        string folder = Path.Combine(Path.GetDirectoryName(target) ?? target, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            ExportResult result = Write(model, data, folder, precision, cancellationToken);
            ExportCard.Write(folder, name, precision, result, data is not null);
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(folder, target);
            return result;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{output} could not be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static ExportResult Write(string model, DataSet? data, string folder, Precision precision, CancellationToken cancellationToken)
    {
        (string set, IReadOnlyList<Document> documents) = Compared(data);
        string[] texts = data is null ? Samples : [.. documents.Select(document => document.Text)];
        int[] gold = documents.Count > 0 && documents.All(document => document.HasLabel) ? [.. documents.Select(document => document.Label)] : [];
        Document[] validation = data is null ? [] : [.. data.Validation.Where(document => document.HasLabel)];
        using TextScorer student = TextScorer.Load(model);
        float[] expected = student.Score(texts, cancellationToken);

        ExportedFolder.Write(model, folder, Precision.Float32);
        ExportCheck floats = ExportCheck.Of(expected, Score(folder, texts, cancellationToken), gold, student.Labels).RequireEqual();
        ExportCheck? integers = null;
        if (precision == Precision.Int8)
        {
            ExportedFolder.Write(model, folder, precision);
            integers = ExportCheck.Of(expected, Score(folder, texts, cancellationToken), gold, student.Labels);
        }
        var result = new ExportResult(floats, integers, set, null, null, null, new FileInfo(Path.Combine(folder, TextClassifier.ModelFile)).Length);
        if (validation.Length < FewestForCalibration) return result;
        int[] labels = [.. validation.Select(document => document.Label)];
        float[] logits = Score(folder, [.. validation.Select(document => document.Text)], cancellationToken);
        double temperature = Calibration.Fit(logits, labels);
        QualityRecord before = ExportCheck.Quality(logits, labels, student.Labels)!, after = ExportCheck.Quality(logits, labels, student.Labels, temperature)!;
        Calibration.Save(folder, temperature, labels.Length, before.Ece, after.Ece);
        return result with { Temperature = temperature, EceBefore = before.Ece, EceAfter = after.Ece };
    }

    private static float[] Score(string folder, string[] texts, CancellationToken cancellationToken)
    {
        using var classifier = TextClassifier.Load(folder, new TextClassifierOptions { Calibrated = false });
        var logits = new float[texts.Length * classifier.Labels.Count];
        classifier.Score(texts, logits, cancellationToken);
        return logits;
    }

    private static (string Set, IReadOnlyList<Document> Documents) Compared(DataSet? data) =>
        data is null ? ("sample", [])
        : data.Test.Count > 0 ? ("test", data.Test)
        : data.Validation.Count > 0 ? ("validation", data.Validation)
        : ("pool", [.. data.Pool.Take(PoolSample)]);

    private static void RequireFree(string target)
    {
        if (File.Exists(target)) throw new InputException($"{target} is a file; --output names a folder.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() && !TextClassifier.IsExported(target))
            throw new InputException($"{target} is not empty and holds no exported model. Choose another --output.");
    }
}
