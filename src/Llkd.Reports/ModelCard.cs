using System.Globalization;
using System.Text;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports;

/// <summary>README.md of a model folder: what the model is, what it learned from, how good it is, how to use it; with the front matter that Hugging Face reads.</summary>
public static class ModelCard
{
    /// <summary>Writes the card of one method's model.</summary>
    /// <param name="run">The run.</param>
    /// <param name="method">The method whose model it is.</param>
    /// <param name="inTransformers">Whether Hugging Face's transformers can load the folder.</param>
    /// <param name="path">The file.</param>
    public static void Write(RunRecord run, MethodRecord method, bool inTransformers, string path) =>
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(Markdown(run, method, inTransformers)));

    /// <summary>The card's text.</summary>
    /// <param name="run">The run.</param>
    /// <param name="method">The method whose model it is.</param>
    /// <param name="inTransformers">Whether Hugging Face's transformers can load the folder.</param>
    public static string Markdown(RunRecord run, MethodRecord method, bool inTransformers)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(method);
        var text = new StringBuilder();
        text.Append("---\n");
        if (inTransformers) text.Append("library_name: transformers\n");
        text.Append("pipeline_tag: text-classification\ntags:\n- text-classification\n- knowledge-distillation\n- llkd\n---\n\n");
        text.Append(CultureInfo.InvariantCulture, $"# {Plain(run.Task)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"A text classifier with {run.Labels.Count} labels ({string.Join(", ", run.Labels.Select(Plain))}), ");
        text.Append(CultureInfo.InvariantCulture, $"made by LLKD for .NET {run.ProductVersion} on {run.Finished:yyyy-MM-dd}. ");
        text.Append("It learned from the labels of a teacher model, not from labels made by people.\n\n");
        Training(text, run, method);
        Quality(text, run, method);
        Use(text, inTransformers);
        return text.ToString();
    }

    private static void Training(StringBuilder text, RunRecord run, MethodRecord method)
    {
        text.Append("## Training\n\n| | |\n|---|---|\n");
        Row(text, "student", Plain(run.Student));
        Row(text, "teacher", Plain(run.Teacher));
        Row(text, "selection method", Plain(method.Name));
        Row(text, "seed", method.Seed.ToString(CultureInfo.InvariantCulture));
        Row(text, "texts of the pool", run.Data.Pool.ToString("N0", CultureInfo.InvariantCulture));
        Row(text, "epochs", method.Epochs.ToString(CultureInfo.InvariantCulture));
        Row(text, "samples offered, over all epochs", method.Offered.ToString("N0", CultureInfo.InvariantCulture));
        Row(text, "samples trained on", string.Create(CultureInfo.InvariantCulture, $"{method.Seen:N0} ({Percent(method.Offered == 0 ? 0 : (double)method.Seen / method.Offered)} of those offered)"));
        Row(text, "weights chosen by", Plain(method.StoppingMeasure));
        text.Append('\n');
    }

    private static void Quality(StringBuilder text, RunRecord run, MethodRecord method)
    {
        text.Append("## Quality\n\n");
        (string Name, QualityRecord? Quality)[] sets =
            [("test set", method.Test), ("validation set", method.Validation), ("the teacher, on the test set", run.TeacherTest)];
        if (sets.All(set => set.Quality is null))
        {
            text.Append("There was no set with labels made by people, so nothing is known of its quality.\n\n");
            return;
        }
        text.Append("| | texts | accuracy | macro F1 | calibration error (ECE) |\n|---|---|---|---|---|\n");
        foreach ((string name, QualityRecord? quality) in sets)
            if (quality is not null)
                text.Append(CultureInfo.InvariantCulture, $"| {name} | {quality.Count:N0} | {Percent(quality.Accuracy)} | {Percent(quality.MacroF1)} | {Percent(quality.Ece)} |\n");
        if ((method.Test ?? method.Validation) is { } shown)
        {
            text.Append("\n| label | precision | recall | F1 | texts |\n|---|---|---|---|---|\n");
            foreach (ClassRecord label in shown.PerClass)
                text.Append(CultureInfo.InvariantCulture, $"| {Plain(label.Label)} | {Percent(label.Precision)} | {Percent(label.Recall)} | {Percent(label.F1)} | {label.Support:N0} |\n");
        }
        text.Append('\n');
    }

    private static void Use(StringBuilder text, bool inTransformers)
    {
        text.Append("## Use\n\n    llkd predict --model FOLDER --input texts.csv\n");
        if (inTransformers)
        {
            text.Append("\nIn Python:\n\n    from transformers import pipeline\n    classify = pipeline(\"text-classification\", model=FOLDER, truncation=True)\n");
        }
    }

    private static void Row(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    /// <summary>A name as it reads, whatever Markdown would make of it.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '\r' or '\n') plain.Append(' ');
            else
            {
                if (c is '\\' or '`' or '*' or '_' or '{' or '}' or '[' or ']' or '<' or '>' or '#' or '|' or '~') plain.Append('\\');
                plain.Append(c);
            }
        }
        return plain.ToString();
    }
}
