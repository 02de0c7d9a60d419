using System.Text;
using System.Text.Json.Nodes;
using Llkd.Documents;
using Llkd.Models;

namespace Llkd.Tokenizers;

/// <summary>A tokenizer's files as they were read, so that a trained student is saved with the very same.</summary>
internal sealed class TokenizerFiles
{
    private const string ConfigFile = "tokenizer_config.json";

    private static readonly string[] Names =
    [
        "tokenizer.json", ConfigFile, "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
        "sentencepiece.bpe.model", "tokenizer.model",
    ];

    private readonly Dictionary<string, byte[]> _files = [];

    /// <summary>Reads those that are there.</summary>
    public TokenizerFiles(string folder)
    {
        foreach (string name in Names.Where(name => File.Exists(Path.Combine(folder, name))))
            _files.Add(name, InputFile.ReadBytes(Path.Combine(folder, name)));
    }

    /// <summary>Adds a file where there is none of that name.</summary>
    public void Add(string name, byte[] content) => _files.TryAdd(name, content);

    /// <summary>Writes them, with the longest input in tokenizer_config.json, so that who loads the folder cuts texts as training did.</summary>
    public void Save(string folder, int maxLength)
    {
        Add(ConfigFile, "{}"u8.ToArray());
        foreach ((string name, byte[] content) in _files)
            File.WriteAllBytes(Path.Combine(folder, name), name == ConfigFile ? WithMaxLength(content, maxLength) : content);
    }

    private static byte[] WithMaxLength(byte[] config, int maxLength)
    {
        JsonObject json = JsonNode.Parse(config)!.AsObject();
        json["model_max_length"] = maxLength;
        return Encoding.UTF8.GetBytes(json.ToJsonString(ModelConfig.Indented));
    }
}
