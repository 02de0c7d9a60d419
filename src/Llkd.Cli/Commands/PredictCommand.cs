using System.CommandLine;
using System.Globalization;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd predict`: label a file or standard input with a trained student.</summary>
internal static class PredictCommand
{
    /// <summary>How long a row from a slow input waits for others, to be answered with them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private static readonly string[] ModelFileNames = ["config.json", "model.safetensors", "model.onnx", "calibration.json"];

    public static Command Create(Screen screen)
    {
        var command = new Command("predict", "Label texts with a trained student: all input columns, then predicted and confidence.");
        var model = new Option<string>("--model") { Description = "A run's folder, a model folder, or one that `llkd export` wrote.", Required = true, HelpName = "folder" };
        var input = new Option<string>("--input", "-i")
        {
            Description = "Table of texts (.csv, .tsv, .jsonl, .parquet; .txt: one text a line); - is standard input.",
            DefaultValueFactory = _ => "-",
            HelpName = "file",
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Table to write; - is standard output.",
            DefaultValueFactory = _ => "-",
            HelpName = "file",
        };
        var text = new Option<string?>("--text") { Description = "Name of the text column; default: data.text of the run whose folder --model is, else text.", HelpName = "column" };
        var inputFormat = new Option<StreamFormat?>("--input-format") { Description = "Format of standard input; default lines.", HelpName = "lines|csv|tsv|jsonl|parquet" };
        var outputFormat = new Option<StreamFormat?>("--output-format") { Description = "Format of standard output; default csv.", HelpName = "csv|tsv|jsonl|parquet" };
        var probabilities = new Option<bool>("--probabilities") { Description = "Also write one p_<label> column per label." };
        foreach (Option option in new Option[] { model, input, output, text, inputFormat, outputFormat, probabilities }) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = parsed.GetRequiredValue(model), source = parsed.GetValue(input)!, target = parsed.GetValue(output)!;
            StreamFormat sourceFormat = SourceFormat(source, parsed.GetValue(inputFormat));
            TableFormat targetFormat = TargetFormat(target, parsed.GetValue(outputFormat));
            (string textColumn, string textKey) = TextColumn(parsed.GetValue(text), folder, sourceFormat);
            using (TextScorer scorer = TextScorer.Load(ModelPath.Resolve(folder)))
            {
                if (source == "-" && !Console.IsInputRedirected)
                    screen.Note("Reading texts from the terminal, one a line; Ctrl-D ends them.");
                var predictor = new Predictor(scorer, parsed.GetValue(probabilities));
                using PartialOutput? partial = source == "-" || target == "-" || targetFormat == TableFormat.Parquet ? null : PartialOutput.Open(
                    target, [.. ModelFiles(folder), PartialOutput.Sign(source), sourceFormat.ToString(), textColumn, .. predictor.Added.Select(column => column.Name)]);
                if (partial?.Start is { Rows: > 0 } start)
                {
                    predictor.GoOnFrom(start);
                    screen.Note(FormattableString.Invariant($"Going on after the {start.Rows:N0} rows that are answered already."));
                }
                using var feed = new TextFeed(opened => OpenInput(source, sourceFormat, opened), new TextFeedOptions(
                    textColumn, textKey, predictor.Added, OwnKeys: sourceFormat == StreamFormat.Jsonl && targetFormat == TableFormat.JsonLines, predictor.Written));
                Task<bool> Work(IProgressLine? line) => Task.Run(() =>
                {
                    IReadOnlyList<TableColumn> columns = [.. feed.Columns.WaitAsync(cancellationToken).GetAwaiter().GetResult(), .. predictor.Added];
                    using TableWriter writer = partial?.Writer(targetFormat, columns) ?? OpenOutput(target, targetFormat, columns);
                    predictor.Run(feed, writer, source == "-" && target == "-" ? Patience : null, line, partial, cancellationToken);
                    partial?.Complete();
                    return true;
                }, CancellationToken.None);
                try
                {
                    // On a terminal a bar would run into the answers.
                    if (target == "-") await Work(null).ConfigureAwait(false);
                    else await screen.ProgressAsync("predicting", "texts", Work).ConfigureAwait(false);
                }
                catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
                {
                    if (partial is null || predictor.Written == 0)
                        throw new StartAgainException(Interrupted(target, targetFormat, predictor.Written), e);
                    partial.Report(predictor.Written, predictor.WithoutText, predictor.FirstWithoutText, now: true);
                    partial.Keep();
                    throw;
                }
                if (predictor.WithoutText > 0)
                    screen.Warn(FormattableString.Invariant(
                        $"Rows without `{textColumn}`: {predictor.WithoutText:N0} of {predictor.Written:N0} (the first is row {predictor.FirstWithoutText:N0}); their `predicted` and `confidence` are left empty."));
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static StreamFormat SourceFormat(string path, StreamFormat? format) => format ?? (path == "-" || path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
        ? StreamFormat.Lines
        : Table.FormatOf(path) switch
        {
            TableFormat.Tsv => StreamFormat.Tsv,
            TableFormat.JsonLines => StreamFormat.Jsonl,
            TableFormat.Parquet => StreamFormat.Parquet,
            _ => StreamFormat.Csv,
        });

    private static TableFormat TargetFormat(string path, StreamFormat? format)
    {
        if (path != "-")
        {
            TableWriter.RequireWritable(path);
            return Table.FormatOf(path);
        }
        if (format == StreamFormat.Lines) throw new InputException("--output-format takes csv, tsv, jsonl or parquet.");
        return Of(format ?? StreamFormat.Csv);
    }

    /// <summary>The text column, and what names it. Lines have no names, so the task's does not matter for them.</summary>
    private static (string Name, string Key) TextColumn(string? asked, string folder, StreamFormat format)
    {
        string resolved = Path.Combine(folder, "task.resolved.yaml");
        if (asked is not null || format == StreamFormat.Lines || !File.Exists(resolved)) return (asked ?? "text", "--text");
        return (TaskFile.Load(resolved).Data.Text, $"data.text of {resolved}; --text names another");
    }

    private static string Interrupted(string target, TableFormat format, long written) =>
        target != "-" ? $"Interrupted. Nothing was written to {target}; start the same command again."
        : written == 0 || format == TableFormat.Parquet ? "Interrupted. Nothing was written; start the same command again."
        : string.Create(CultureInfo.InvariantCulture, $"Interrupted. {written:N0} {(written == 1 ? "row was" : "rows were")} written to standard output, and nothing to go on from is kept; start the same command again for all rows.");

    /// <summary>The files whose change changes the answers.</summary>
    private static IEnumerable<string> ModelFiles(string folder)
    {
        string model = ModelPath.Resolve(folder);
        return ModelFileNames.Select(name => PartialOutput.Sign(Path.Combine(model, name)));
    }

    private static ITable OpenInput(string path, StreamFormat format, Action<FileStream> opened)
    {
        Stream stream = path == "-" ? Console.OpenStandardInput() : OpenFile(path);
        // Where a table is read in another order than it stands in the file, the position tells nothing.
        if (stream is FileStream file && format != StreamFormat.Parquet) opened(file);
        string name = path == "-" ? "standard input" : path;
        return format == StreamFormat.Lines ? new LineTable(stream, name) : Table.Open(stream, Of(format), name);
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new InputException($"{path} is a folder, not a table.");
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    private static TableWriter OpenOutput(string path, TableFormat format, IReadOnlyList<TableColumn> columns) =>
        path != "-" ? TableWriter.Create(path, columns) : TableWriter.Create(StandardOutput.Open(), format, columns);

    private static TableFormat Of(StreamFormat format) => format switch
    {
        StreamFormat.Tsv => TableFormat.Tsv,
        StreamFormat.Jsonl => TableFormat.JsonLines,
        StreamFormat.Parquet => TableFormat.Parquet,
        _ => TableFormat.Csv,
    };

    /// <summary>Formats of a stream, which has no ending to tell by.</summary>
    private enum StreamFormat
    {
        Lines,
        Csv,
        Tsv,
        Jsonl,
        Parquet,
    }
}
