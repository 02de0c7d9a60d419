using System.Text.Encodings.Web;
using System.Text.Json;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports;

/// <summary>
/// Writes `metrics.json`: `method`, `seed`, `test` {accuracy, macroF1, perClass[], ece, count}, `teacher` {accuracy,
/// macroF1, coverage, ece}, `samples` {pool, epochs, offered, seen, share}, `time` {label, train, evaluate} in seconds,
/// `teacherCalls`, `tokens` {prompt, completion}. `test` is left out without a gold test set; `teacher` stands on the
/// test set, else on the pool's own gold labels, else it is left out. An LLM as the teacher adds `labelling`
/// {refusedCalls, lostCalls, failedTexts, cost, unseenMean, planned {texts, calls, prompt, completion, cost}}, a calibrated
/// teacher `calibration` {temperature, texts, eceBefore, eceAfter}. A number that is not finite is written as null.
/// </summary>
public static class MetricsJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file; it is complete or is not there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">Where to; an older file is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(RunRecord run, string path)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
            Fields(json, run);
        buffer.WriteByte((byte)'\n');
        AtomicFile.Write(path, buffer.ToArray());
    }

    private static void Fields(Utf8JsonWriter json, RunRecord run)
    {
        var method = run.Method;
        json.WriteStartObject();
        json.WriteString("method", method.Name);
        json.WriteNumber("seed", method.Seed);
        if (method.Test is { } test)
            Test(json, test);
        if ((run.TeacherTest ?? run.TeacherPool) is { } teacher)
        {
            json.WriteStartObject("teacher");
            Number(json, "accuracy", teacher.Accuracy);
            Number(json, "macroF1", teacher.MacroF1);
            Number(json, "coverage", teacher.Coverage);
            Number(json, "ece", teacher.Ece);
            json.WriteEndObject();
        }
        json.WriteStartObject("samples");
        json.WriteNumber("pool", run.Data.Pool);
        json.WriteNumber("epochs", method.Epochs);
        json.WriteNumber("offered", method.Offered);
        json.WriteNumber("seen", method.Seen);
        Number(json, "share", method.Offered > 0 ? (double)method.Seen / method.Offered : 0);
        json.WriteEndObject();
        json.WriteStartObject("time");
        Number(json, "label", run.Labelling.Seconds);
        Number(json, "train", method.TrainSeconds);
        Number(json, "evaluate", method.EvaluateSeconds);
        json.WriteEndObject();
        json.WriteNumber("teacherCalls", run.Labelling.Calls);
        json.WriteStartObject("tokens");
        json.WriteNumber("prompt", run.Labelling.PromptTokens);
        json.WriteNumber("completion", run.Labelling.CompletionTokens);
        json.WriteEndObject();
        if (run.Labelling.LanguageModel is { } model) LanguageModel(json, model);
        if (run.Labelling.Calibration is { } calibration)
        {
            json.WriteStartObject("calibration");
            Number(json, "temperature", calibration.Temperature);
            json.WriteNumber("texts", calibration.Texts);
            Number(json, "eceBefore", calibration.EceBefore);
            Number(json, "eceAfter", calibration.EceAfter);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void LanguageModel(Utf8JsonWriter json, LanguageModelRecord model)
    {
        json.WriteStartObject("labelling");
        json.WriteNumber("refusedCalls", model.Refused);
        json.WriteNumber("lostCalls", model.Lost);
        json.WriteNumber("failedTexts", model.Failed);
        if (model.Cost is { } cost) Number(json, "cost", cost);
        if (model.UnseenMean is { } unseen) Number(json, "unseenMean", unseen);
        if (model.Plan is { } plan)
        {
            json.WriteStartObject("planned");
            json.WriteNumber("texts", plan.Texts);
            json.WriteNumber("calls", plan.Calls);
            json.WriteNumber("prompt", plan.PromptTokens);
            json.WriteNumber("completion", plan.CompletionTokens);
            if (plan.Cost is { } planned) Number(json, "cost", planned);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Test(Utf8JsonWriter json, QualityRecord test)
    {
        json.WriteStartObject("test");
        Number(json, "accuracy", test.Accuracy);
        Number(json, "macroF1", test.MacroF1);
        json.WriteStartArray("perClass");
        foreach (var row in test.PerClass)
        {
            json.WriteStartObject();
            json.WriteString("label", row.Label);
            Number(json, "precision", row.Precision);
            Number(json, "recall", row.Recall);
            Number(json, "f1", row.F1);
            json.WriteNumber("support", row.Support);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Number(json, "ece", test.Ece);
        json.WriteNumber("count", test.Count);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
