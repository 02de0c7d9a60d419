using System.Text.Json;
using System.Text.Json.Serialization;
using Llkd.Students;
using Llkd.Students.Training;

namespace Llkd.Cli.Pipeline;

/// <summary>What training leaves for evaluation: training.json in the method's folder.</summary>
/// <param name="Method">Method name.</param>
/// <param name="Seed">Seed.</param>
/// <param name="Weights">Number of weights of the student.</param>
/// <param name="Samples">Samples of the pool that an epoch offers.</param>
/// <param name="Labels">Hash of the texts and labels it learned from.</param>
/// <param name="Result">What the run did.</param>
/// <param name="Truncated">Share of the pool's texts that were cut, in [0, 1]; null where an older version trained.</param>
/// <param name="Precision">Number format of the student's passes; null for students that have no choice, and where an older version trained.</param>
internal sealed record TrainingRecord(string Method, int Seed, long Weights, int Samples, string Labels, TrainingResult Result, double? Truncated = null, TrainingPrecision? Precision = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public void Save(string path)
    {
        string temporary = path + ".writing";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Json));
        File.Move(temporary, path, overwrite: true);
    }

    public static TrainingRecord Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllText(path), Json)
                ?? throw new InputException($"{path} is empty. Run `llkd train` again.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist: nothing has been trained there yet. Run `llkd train` first.", e);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is damaged: {e.Message} Run `llkd train` again.", e);
        }
    }
}
