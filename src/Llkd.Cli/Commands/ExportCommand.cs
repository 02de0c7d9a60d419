using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Inference;
using Llkd.Students.Export;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd export`: write a trained student as a folder for applications.</summary>
internal static class ExportCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("export", "Write a trained student as an ONNX model with its tokenizer, and check it against the student.");
        var run = new Argument<string>("folder") { Description = "The run's folder (its --output), or a model folder." };
        var output = new Option<string>("--output", "-o") { Description = "Folder to write.", Required = true, HelpName = "folder" };
        var int8 = new Option<bool>("--int8") { Description = "8-bit weights: a smaller and faster model whose answers may differ a little; how much is reported." };
        command.Arguments.Add(run);
        command.Options.Add(output);
        command.Options.Add(int8);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string source = parsed.GetRequiredValue(run), target = parsed.GetRequiredValue(output);
            Precision precision = parsed.GetValue(int8) ? Precision.Int8 : Precision.Float32;
            ExportResult result = await Task.Run(() => Run(source, target, precision, screen, cancellationToken), CancellationToken.None).ConfigureAwait(false);
            foreach (string line in Lines(result, target)) await screen.Output.WriteLineAsync(line).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    private static ExportResult Run(string source, string target, Precision precision, Screen screen, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(source, "task.resolved.yaml")))
        {
            string model = ModelPath.Resolve(source);
            if (TextClassifier.IsExported(model)) throw new InputException($"{source} was exported already. Give the run's folder it came from.");
            return ExportStage.Run(model, null, target, precision, Path.GetFileName(Path.GetFullPath(source)), cancellationToken);
        }
        (DistillationTask task, RunFolder folder) = RunFolder.Reopen(source);
        using (folder)
        {
            if (!Directory.Exists(folder.Method.Model))
                throw new InputException($"{source} holds no trained student yet. Run `llkd train` or `llkd run` with this --output first.");
            DataSet data = DataSet.Load(task);
            foreach (string warning in data.Warnings) screen.Warn(warning);
            return ExportStage.Run(folder.Method.Model, data, target, precision, task.Name, cancellationToken);
        }
    }

    private static IEnumerable<string> Lines(ExportResult result, string target)
    {
        yield return FormattableString.Invariant($"fp32: {Compared(result.Floats, result.Set)}");
        if (result.Integers is { } integers) yield return FormattableString.Invariant($"int8: {Compared(integers, result.Set)}");
        if (result.Temperature is { } temperature)
            yield return FormattableString.Invariant($"Temperature {temperature:0.000}: calibration error {result.EceBefore:0.000} → {result.EceAfter:0.000} on the validation texts.");
        yield return FormattableString.Invariant($"Model: {target} ({result.Bytes / 1e6:0.0} MB, ONNX opset {OnnxModel.Opset})");
    }

    private static string Compared(ExportCheck check, string set)
    {
        string accuracy = check.ExportedAccuracy is { } exported && check.StudentAccuracy is { } student
            ? FormattableString.Invariant($"; accuracy {exported:0.0000}, the student's {student:0.0000}")
            : "";
        return FormattableString.Invariant(
            $"logits differ from the student's by at most {check.LargestDifference:0.0e+0} on {check.Texts:N0} {set} texts, {check.AnswersChanged:N0} answers changed{accuracy}.");
    }
}
