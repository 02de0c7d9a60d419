using Llkd.Teachers.Local;
using Llkd.Tokenizers;

namespace Llkd.Teachers.Tests.Local;

/// <summary>
/// Label probabilities without a trie, without shared keys and values and without cut-off: every spelling of every label is
/// read together with the whole prompt, in one run of its own.
/// </summary>
internal static class BruteForce
{
    public static double[] Score(LocalTeacher local, string text)
    {
        var tokens = new PromptTokens(TokenizerFolder.Load(local.Folder), local.Model.Format);
        using var decoder = Decoder.Load(Path.Combine(local.Folder, "onnx", "model.onnx"), DecoderConfig.Load(local.Folder), edit: false);
        int[] prompt = tokens.Of(local.Prompts.For(text));
        int[][][] spellings = [.. local.Prompts.Markers.Texts.Select(answer => tokens.Spellings(answer).ToArray())];
        var mass = new double[spellings.Length];
        for (int k = 0; k < mass.Length; k++)
            foreach (int[] spelling in spellings[k])
            {
                using KeyValues nothing = decoder.Nothing();
                using DecoderRun run = decoder.Read(nothing, 0, [new DecoderStretch([.. prompt, .. spelling], spelling.Length + 1)], readOn: false);
                DecoderReading reading = run.Readings[0];
                double path = Enumerable.Range(0, spelling.Length).Sum(i => reading.LogProbability(i, spelling[i]));
                double longer = spellings.SelectMany(other => other).Where(other => other.Length > spelling.Length && other.AsSpan().StartsWith(spelling))
                    .Select(other => other[spelling.Length]).Distinct().Sum(token => Math.Exp(reading.LogProbability(spelling.Length, token)));
                mass[k] += Math.Exp(path) * (1 - longer);
            }
        return [.. mass.Select(m => m / mass.Sum())];
    }
}
