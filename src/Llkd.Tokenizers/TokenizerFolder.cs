using Llkd.Models;

namespace Llkd.Tokenizers;

/// <summary>Finds the tokenizer of a model folder by the files that are there.</summary>
public static class TokenizerFolder
{
    /// <summary>Loads the tokenizer of a folder in Hugging Face's layout, or of an n-gram student.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InputException">There are no tokenizer files, or they are broken or of an unknown kind.</exception>
    public static ITextTokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new InputException($"The model folder {folder} does not exist.");
        if (Has(folder, NgramEncoder.BucketsFile)) return NgramEncoder.Load(folder, ModelConfig.Load(folder));
        if (Has(folder, BpeVocabulary.VocabularyFile) && Has(folder, BpeVocabulary.MergesFile))
            return new ByteLevelBpe(BpeVocabulary.Load(folder));
        throw new InputException(
            $"{folder} has no tokenizer files that can be read: {BpeVocabulary.VocabularyFile} with {BpeVocabulary.MergesFile}, or {NgramEncoder.BucketsFile}.");
    }

    private static bool Has(string folder, string file) => File.Exists(Path.Combine(folder, file));
}
