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
        if (Has(folder, TokenizerJson.FileName)) return TokenizerJson.Load(folder);
        if (Has(folder, BpeVocabulary.VocabularyFile) && Has(folder, BpeVocabulary.MergesFile))
            return new ByteLevelBpe(BpeVocabulary.Load(folder), new TokenizerConfig(folder).Flag("add_prefix_space") ?? false);
        if (Has(folder, WordPieceFiles.VocabularyFile)) return WordPieceFiles.Load(folder);
        if (Has(folder, XlmRobertaFiles.FileName)) return XlmRobertaFiles.Load(folder);
        if (Has(folder, SentencePieceModel.FileName)) return SentencePieceModel.Load(folder);
        throw new InputException(
            $"{folder} has no tokenizer files that can be read: {TokenizerJson.FileName}, {BpeVocabulary.VocabularyFile} with {BpeVocabulary.MergesFile}, "
            + $"{WordPieceFiles.VocabularyFile}, {XlmRobertaFiles.FileName} of XLM-RoBERTa, {SentencePieceModel.FileName} of a BPE model, or {NgramEncoder.BucketsFile}. "
            + "They belong into the folder of the weights.");
    }

    /// <summary>Longest input that the folder's tokenizer_config.json names; null where it names none, or one without an end.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="InputException">The file is no JSON object.</exception>
    public static int? MaxLength(string folder) => new TokenizerConfig(folder).MaxLength;

    private static bool Has(string folder, string file) => File.Exists(Path.Combine(folder, file));
}
