using System.Globalization;
using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Inference;

/// <summary>
/// The temperature T of a model folder: p = softmax(logits / T), fitted on validation texts (Guo et al. 2017). It changes
/// confidences, never answers.
/// </summary>
public static class Calibration
{
    /// <summary>Name of the file.</summary>
    public const string File = "calibration.json";

    /// <summary>Range of temperatures.</summary>
    public const double Lowest = 0.01, Highest = 100;

    /// <summary>The temperature of a folder; 1 where there is no file.</summary>
    /// <exception cref="InputException">The file is broken.</exception>
    public static double Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path)) return 1;
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadText(path));
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("temperature", out JsonElement value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double temperature) && temperature is >= Lowest and <= Highest)
                return temperature;
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is not valid JSON: {e.Message}", e);
        }
        throw new InputException(string.Create(CultureInfo.InvariantCulture,
            $"{path}: `temperature` must be a number from {Lowest} to {Highest}. Export the model again, or delete the file to go without calibration."));
    }

    /// <summary>
    /// Fits the temperature by maximum likelihood. As if one text more had been seen whose label could be any (after Platt
    /// 1999), the targets are softened by 1/(n + 1): a few texts told apart perfectly do not make a model certain of all.
    /// </summary>
    /// <param name="logits">Row-major [texts, classes].</param>
    /// <param name="gold">The texts' labels, [texts], at least one.</param>
    public static double Fit(ReadOnlySpan<float> logits, ReadOnlySpan<int> gold)
    {
        ArgumentOutOfRangeException.ThrowIfZero(gold.Length, nameof(gold));
        // The likelihood has one peak in 1/T, so the golden section finds it on the scale of ln T.
        const double Golden = 0.6180339887498949, Enough = 1e-5;
        double low = Math.Log(Lowest), high = Math.Log(Highest);
        while (high - low > Enough)
        {
            double left = high - Golden * (high - low), right = low + Golden * (high - low);
            if (Loss(logits, gold, Math.Exp(left)) < Loss(logits, gold, Math.Exp(right))) high = right;
            else low = left;
        }
        return Math.Exp((low + high) / 2);
    }

    /// <summary>Writes a folder's file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="temperature">T, from <see cref="Lowest"/> to <see cref="Highest"/>.</param>
    /// <param name="texts">Texts it was fitted on.</param>
    /// <param name="eceBefore">Their expected calibration error at a temperature of 1.</param>
    /// <param name="eceAfter">And at T.</param>
    public static void Save(string folder, double temperature, int texts, double eceBefore, double eceAfter)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using FileStream file = System.IO.File.Create(Path.Combine(folder, File));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("temperature", temperature);
        json.WriteNumber("texts", texts);
        json.WriteNumber("eceBefore", eceBefore);
        json.WriteNumber("eceAfter", eceAfter);
        json.WriteEndObject();
    }

    private static double Loss(ReadOnlySpan<float> logits, ReadOnlySpan<int> gold, double temperature)
    {
        int classes = logits.Length / gold.Length;
        double softening = 1.0 / (gold.Length + 1), loss = 0;
        for (int i = 0; i < gold.Length; i++)
        {
            ReadOnlySpan<float> z = logits.Slice(i * classes, classes);
            double highest = double.NegativeInfinity, sum = 0, mean = 0;
            foreach (float value in z) highest = Math.Max(highest, value);
            foreach (float value in z)
            {
                sum += Math.Exp((value - highest) / temperature);
                mean += (value - highest) / temperature / classes;
            }
            loss += Math.Log(sum) - (1 - softening) * (z[gold[i]] - highest) / temperature - softening * mean;
        }
        return loss;
    }
}
