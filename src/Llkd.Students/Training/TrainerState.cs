using System.Text.Json;
using Llkd.Runs;

namespace Llkd.Students.Training;

/// <summary>Everything of a training run but the student and the method: what a checkpoint keeps in trainer.json.</summary>
internal sealed class TrainerState
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public long Step { get; set; }
    public int Epoch { get; set; }
    public int Batch { get; set; }
    public ulong[] OrderAtEpochStart { get; set; } = [];
    public long Seen { get; set; }
    public long Offered { get; set; }
    public double Seconds { get; set; }
    public double LossSum { get; set; }
    public int LossCount { get; set; }
    public double Best { get; set; } = double.NegativeInfinity;
    public int EvaluationsSinceBest { get; set; }
    public bool Finished { get; set; }
    public List<EvaluationPoint> Curve { get; set; } = [];
    public SelectionHistory History { get; set; } = new();
    public Dictionary<string, double[]> Method { get; set; } = [];
    public RegroupedSamples Waiting { get; set; } = new();
    public List<string> Notes { get; set; } = [];

    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, this, JsonWithNumbers);
    }

    public static TrainerState Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        return JsonSerializer.Deserialize<TrainerState>(file, JsonWithNumbers)
            ?? throw new InputException($"{path} is empty.");
    }

    /// <summary>Best starts at −∞, which JSON has no number for.</summary>
    private static readonly JsonSerializerOptions JsonWithNumbers = new(Json)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
