using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Models;
using Llkd.Students.Export;

namespace Llkd.Cli.Pipeline;

/// <summary>README.md of an exported folder, for people, and export.json, for programs.</summary>
internal static class ExportCard
{
    private const string File = "export.json";

    /// <summary>The name in a folder's export.json; null where there is no such file or no name in it.</summary>
    public static string? NameOf(string folder)
    {
        try
        {
            string path = Path.Combine(folder, File);
            return System.IO.File.Exists(path) && JsonNode.Parse(System.IO.File.ReadAllText(path)) is JsonObject export
                && export["name"] is JsonValue value && value.TryGetValue(out string? name) && name.Length > 0 ? name : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // A page has a name without it.
            return null;
        }
    }

    public static void Write(string folder, string name, Precision precision, ExportResult result, bool ofRun)
    {
        ModelConfig config = ModelConfig.Load(folder);
        ExportCheck check = result.Integers ?? result.Floats;
        System.IO.File.WriteAllText(Path.Combine(folder, File), new JsonObject
        {
            ["name"] = name,
            ["precision"] = precision == Precision.Int8 ? "int8" : "fp32",
            ["opset"] = OnnxModel.Opset,
            ["bytes"] = result.Bytes,
            ["comparedOn"] = result.Set,
            ["texts"] = check.Texts,
            ["largestDifference"] = result.Floats.LargestDifference,
            ["largestDifferenceInt8"] = result.Integers?.LargestDifference,
            ["answersChanged"] = check.AnswersChanged,
            ["accuracyStudent"] = check.StudentAccuracy,
            ["accuracyExported"] = check.ExportedAccuracy,
            ["temperature"] = result.Temperature,
            ["eceBefore"] = result.EceBefore,
            ["eceAfter"] = result.EceAfter,
        }.ToJsonString(ModelConfig.Indented) + "\n");
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"""
            ---
            library_name: transformers
            pipeline_tag: text-classification
            ---
            # {name}

            A text classifier, distilled and exported by LLKD for .NET. Labels: {string.Join(", ", config.Labels.Select(label => $"`{label}`"))}.

            | | |
            |---|---|
            | model type | `{config.ModelType}` |
            | weights | {(precision == Precision.Int8 ? "8-bit integers (dynamic quantisation by column)" : "32-bit floats")}, {result.Bytes / 1e6:0.0} MB |
            | ONNX opset | {OnnxModel.Opset} |
            | texts compared with the trained student | {check.Texts:N0} ({result.Set}) |
            | other answers than the student's | {check.AnswersChanged:N0} |

            """);
        if (ofRun && check.ExportedAccuracy is { } accuracy)
            card.Append(CultureInfo.InvariantCulture, $"| accuracy on these texts | {accuracy:0.0000} (student {check.StudentAccuracy:0.0000}) |\n");
        if (result.Temperature is { } temperature)
            card.Append(CultureInfo.InvariantCulture, $"| temperature of the confidences | {temperature:0.000} (calibration error {result.EceBefore:0.000} → {result.EceAfter:0.000} on the validation texts) |\n");
        card.Append("""

            In .NET, with the package Llkd.Inference:

                using var classifier = TextClassifier.Load(folder);
                Prediction answer = classifier.Predict("…");

            """);
        if (config.ModelType != "llkd-ngram")
            card.Append("""

                In JavaScript, with @huggingface/transformers (which does not know of the temperature):

                    const classify = await pipeline("text-classification", folder, { subfolder: "", dtype: "fp32" });

                """);
        System.IO.File.WriteAllText(Path.Combine(folder, "README.md"), card.ToString());
    }
}
