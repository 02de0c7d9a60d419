using Llkd.Documents;

namespace Llkd.Tokenizers;

/// <summary>A tokenizer's files as they were read, so that a trained student is saved with the very same.</summary>
internal sealed class TokenizerFiles
{
    private static readonly string[] Names =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
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

    public void Save(string folder)
    {
        foreach ((string name, byte[] content) in _files) File.WriteAllBytes(Path.Combine(folder, name), content);
    }
}
