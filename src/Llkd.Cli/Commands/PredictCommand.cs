using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Students;
using Llkd.Students.Training;

namespace Llkd.Cli.Commands;

/// <summary>`llkd predict`: label a file or standard input with a trained student.</summary>
internal static class PredictCommand
{
    /// <summary>Texts scored at once.</summary>
    private const int Batch = 256;

    public static Command Create(Screen screen)
    {
        var command = new Command("predict", "Label texts with a trained student: all input columns, then predicted and confidence.");
        var model = new Option<string>("--model") { Description = "A run's folder, or a model folder.", Required = true, HelpName = "folder" };
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
        var text = new Option<string>("--text") { Description = "Name of the text column.", DefaultValueFactory = _ => "text" };
        var inputFormat = new Option<StreamFormat?>("--input-format") { Description = "Format of standard input; default lines.", HelpName = "lines|csv|tsv|jsonl|parquet" };
        var outputFormat = new Option<StreamFormat?>("--output-format") { Description = "Format of standard output; default csv.", HelpName = "csv|tsv|jsonl|parquet" };
        var probabilities = new Option<bool>("--probabilities") { Description = "Also write one p_<label> column per label." };
        foreach (Option option in new Option[] { model, input, output, text, inputFormat, outputFormat, probabilities }) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (IStudent student, IReadOnlyList<string> labels) = StudentFactory.Load(ModelFolder(parsed.GetRequiredValue(model)));
            using (student)
            {
                if (parsed.GetValue(input) == "-" && !Console.IsInputRedirected)
                    screen.Note("Reading texts from the terminal, one a line; Ctrl-D ends them.");
                using ITable table = OpenInput(parsed.GetValue(input)!, parsed.GetValue(inputFormat));
                Task<bool> Work(IProgressLine? line) => Task.Run(() =>
                {
                    Predict(student, labels, table, parsed.GetValue(text)!, parsed.GetValue(probabilities),
                        columns => OpenOutput(parsed.GetValue(output)!, parsed.GetValue(outputFormat), columns), line, cancellationToken);
                    return true;
                }, CancellationToken.None);
                // On a terminal a bar would run into the answers.
                if (parsed.GetValue(output) == "-") await Work(null).ConfigureAwait(false);
                else await screen.ProgressAsync("predicting", "texts", Work).ConfigureAwait(false);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static string ModelFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new InputException($"{folder} is no folder. --model takes a run's folder or a model folder.");
        string inside = Path.Combine(folder, "model");
        return !File.Exists(Path.Combine(folder, "config.json")) && Directory.Exists(inside) ? inside : folder;
    }

    private static ITable OpenInput(string path, StreamFormat? format)
    {
        if (path != "-" && format is null)
            return path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? new LineTable(OpenFile(path), path) : Table.Open(path);
        Stream stream = path == "-" ? Console.OpenStandardInput() : OpenFile(path);
        string name = path == "-" ? "standard input" : path;
        return format is null or StreamFormat.Lines ? new LineTable(stream, name) : Table.Open(stream, Of(format.Value), name);
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return File.OpenRead(path);
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

    private static TableWriter OpenOutput(string path, StreamFormat? format, IReadOnlyList<TableColumn> columns)
    {
        if (path != "-") return TableWriter.Create(path, columns);
        if (format == StreamFormat.Lines) throw new InputException("--output-format takes csv, tsv, jsonl or parquet.");
        return TableWriter.Create(StandardOutput.Open(), Of(format ?? StreamFormat.Csv), columns);
    }

    private static TableFormat Of(StreamFormat format) => format switch
    {
        StreamFormat.Tsv => TableFormat.Tsv,
        StreamFormat.Jsonl => TableFormat.JsonLines,
        StreamFormat.Parquet => TableFormat.Parquet,
        _ => TableFormat.Csv,
    };

    private static void Predict(
        IStudent student, IReadOnlyList<string> labels, ITable table, string textName, bool withProbabilities,
        Func<IReadOnlyList<TableColumn>, TableWriter> open, IProgressLine? line, CancellationToken cancellationToken)
    {
        bool more = table.Read();
        int text = table.Require(textName, "--text");
        IReadOnlyList<TableColumn> copied = TableWriter.ColumnsOf(table);
        TableColumn[] added =
        [
            new("predicted"), new("confidence", TableColumnKind.Number),
            .. withProbabilities ? labels.Select(label => new TableColumn("p_" + label, TableColumnKind.Number)) : [],
        ];
        foreach (string name in copied.Select(column => column.Name).Intersect(added.Select(column => column.Name)))
            throw new InputException($"{table.Name}: a column is named `{name}` already; rename it.");
        TableColumn[] columns = [.. copied, .. added];
        using TableWriter writer = open(columns);
        var rows = new List<TableCell[]>(Batch);
        var texts = new List<string>(Batch);
        long done = 0;
        while (more)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (table.Columns.Count > copied.Count)
                throw new InputException($"{table.Name}, row {table.Row}: the key `{table.Columns[copied.Count]}` is not in the first row; every row must have the first row's keys.");
            var cells = new TableCell[columns.Length];
            for (int c = 0; c < copied.Count; c++) cells[c] = table.Cell(c);
            rows.Add(cells);
            texts.Add(table[text] ?? throw new InputException($"{table.Name}, row {table.Row}: `{textName}` has no value."));
            more = table.Read();
            if (rows.Count < Batch && more) continue;
            Write(student, labels, rows, texts, copied.Count, withProbabilities, writer);
            done += rows.Count;
            line?.Report(done, more ? done + 1 : done);
            rows.Clear();
            texts.Clear();
        }
        writer.Complete();
    }

    private static void Write(
        IStudent student, IReadOnlyList<string> labels, List<TableCell[]> rows, List<string> texts, int first,
        bool withProbabilities, TableWriter writer)
    {
        MemoryCorpus corpus = MemoryCorpus.Encode(student, texts);
        var scores = new float[rows.Count * labels.Count];
        student.Score(corpus, [.. Enumerable.Range(0, rows.Count)], scores);
        (int[] predicted, float[] confidences) = Predictions.From(scores, labels.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            TableCell[] cells = rows[i];
            cells[first] = TableCell.Of(labels[predicted[i]]);
            cells[first + 1] = TableCell.Of(confidences[i]);
            if (withProbabilities)
                for (int k = 0; k < labels.Count; k++) cells[first + 2 + k] = TableCell.Of(scores[i * labels.Count + k]);
            writer.Write(cells);
        }
    }

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
