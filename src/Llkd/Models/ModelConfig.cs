using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Documents;

namespace Llkd.Models;

/// <summary>config.json of a model folder.</summary>
public sealed class ModelConfig
{
    private readonly JsonObject _json;
    private readonly string _path;

    private ModelConfig(JsonObject json, string path, bool labelsNeeded)
    {
        _json = json;
        _path = path;
        ModelType = _json["model_type"] is JsonValue value && value.TryGetValue(out string? type) ? type : "";
        var labels = new List<string>();
        if (_json["id2label"] is JsonObject names)
        {
            while (names[labels.Count.ToString(CultureInfo.InvariantCulture)] is JsonValue name && name.TryGetValue(out string? text))
                labels.Add(text);
        }
        if (labelsNeeded && labels.Count < 2) throw new InputException($"{path}: id2label names fewer than two labels.");
        Labels = labels;
    }

    /// <summary>How such files are written.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>`model_type`; empty where there is none.</summary>
    public string ModelType { get; }

    /// <summary>Label names of `id2label`, [classes].</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Reads config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="labelsNeeded">Whether two labels must be named, as a classifier's are; a pretrained encoder names none.</param>
    /// <exception cref="InputException">It is missing or broken.</exception>
    public static ModelConfig Load(string folder, bool labelsNeeded = true)
    {
        string path = Path.Combine(folder, "config.json");
        try
        {
            if (JsonNode.Parse(InputFile.ReadText(path)) is JsonObject json) return new ModelConfig(json, path, labelsNeeded);
        }
        // A key given twice is found out only when keys are asked for, and then as an argument that is wrong.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InputException($"{path} is not valid JSON: {e.Message}", e);
        }
        throw new InputException($"{path} is not a JSON object.");
    }

    /// <summary>A truth value of the configuration; null where there is none.</summary>
    public bool? Flag(string key) => _json[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>A text of the configuration; null where there is none.</summary>
    public string? Text(string key) => _json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A copy of the whole.</summary>
    public JsonObject ToJson() => _json.DeepClone().AsObject();

    /// <summary>A number of the configuration; another where the key is missing or null.</summary>
    /// <exception cref="InputException">It is no number, or out of range.</exception>
    public double Real(string key, double minimum, double maximum, double missing) => _json[key] is null ? missing : Real(key, minimum, maximum);

    /// <summary>A whole number of the configuration; another where the key is missing or null.</summary>
    /// <exception cref="InputException">It is no whole number, or out of range.</exception>
    public int Number(string key, int minimum, int maximum, int missing) => _json[key] is null ? missing : Number(key, minimum, maximum);

    /// <summary>A number of the configuration.</summary>
    /// <exception cref="InputException">It is missing, no number, or out of range.</exception>
    public double Real(string key, double minimum, double maximum) =>
        _json[key] is JsonValue value && value.TryGetValue(out double number) && number >= minimum && number <= maximum
            ? number
            : throw new InputException($"{_path}: `{key}` must be a number from {minimum} to {maximum}.");

    /// <summary>A whole number of the configuration.</summary>
    /// <exception cref="InputException">It is missing, no whole number, or out of range.</exception>
    public int Number(string key, int minimum, int maximum) =>
        _json[key] is JsonValue value && value.TryGetValue(out int number) && number >= minimum && number <= maximum
            ? number
            : throw new InputException($"{_path}: `{key}` must be a whole number from {minimum} to {maximum}.");
}
