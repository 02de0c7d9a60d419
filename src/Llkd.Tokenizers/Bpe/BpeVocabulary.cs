using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Tokenizers;

/// <summary>A byte-level BPE vocabulary as RoBERTa has it: tokens with their ids, merges in their order.</summary>
public sealed class BpeVocabulary
{
    /// <summary>Name of the file of tokens and ids.</summary>
    public const string VocabularyFile = "vocab.json";

    /// <summary>Name of the file of merges.</summary>
    public const string MergesFile = "merges.txt";

    /// <summary>A vocabulary of known parts.</summary>
    /// <param name="ids">Id of every token.</param>
    /// <param name="merges">Pairs of tokens that become one, the first to be done first.</param>
    internal BpeVocabulary(IReadOnlyDictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges)
    {
        Ids = ids;
        Merges = merges;
    }

    /// <summary>The special tokens; in a vocabulary trained here their ids are 0 to 4, as in RoBERTa.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <summary>Id of every token; bytes are written as GPT-2's visible characters.</summary>
    public IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>Pairs of tokens that become one, the first to be done first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Rows an embedding table needs: the largest id and one.</summary>
    public int Size => Ids.Values.Max() + 1;

    /// <summary>Reads vocab.json and merges.txt of a model folder.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static BpeVocabulary Load(string folder)
    {
        Dictionary<string, int> ids = ReadIds(Path.Combine(folder, VocabularyFile));
        return new BpeVocabulary(ids, ReadMerges(Path.Combine(folder, MergesFile), ids));
    }

    private static Dictionary<string, int> ReadIds(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadText(path));
            foreach (JsonProperty token in json.RootElement.EnumerateObject()) ids[token.Name] = token.Value.GetInt32();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path} is not a JSON object of tokens and ids: {e.Message}", e);
        }
        foreach (string token in SpecialTokens.Concat(ByteLevel.Alphabet.Select(c => c.ToString())))
            if (!ids.ContainsKey(token))
                throw new InputException($"{path}: the token `{token}` is missing; a RoBERTa vocabulary has the special tokens and all 256 bytes.");
        int limit = 2 * ids.Count;
        var seen = new HashSet<int>();
        foreach ((string token, int id) in ids)
            if (id < 0 || id >= limit || !seen.Add(id))
                throw new InputException($"{path}: the id {id} of `{token}` is used twice or out of range.");
        return ids;
    }

    private static List<(string, string)> ReadMerges(string path, Dictionary<string, int> ids)
    {
        var merges = new List<(string, string)>();
        var seen = new HashSet<(string, string)>();
        int row = 0;
        foreach (string line in InputFile.ReadLines(path))
        {
            row++;
            if (line.Length == 0 || (row == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            string[] pair = line.Split(' ');
            if (pair.Length != 2 || !ids.ContainsKey(pair[0]) || !ids.ContainsKey(pair[1]) || !ids.ContainsKey(pair[0] + pair[1]))
                throw new InputException($"{path}, line {row}: `{line}` is not two tokens of {VocabularyFile} that make a third.");
            if (!seen.Add((pair[0], pair[1])))
                throw new InputException($"{path}, line {row}: the merge `{line}` stands there twice.");
            merges.Add((pair[0], pair[1]));
        }
        return merges;
    }
}
