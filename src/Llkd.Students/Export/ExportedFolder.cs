namespace Llkd.Students.Export;

/// <summary>A folder to give to an application: model.onnx, config.json, the tokenizer's files.</summary>
public static class ExportedFolder
{
    /// <summary>What an application needs beside the model: names by which Hugging Face and the n-gram student know them.</summary>
    private static readonly string[] Companions =
    [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "vocab.txt", "sentencepiece.bpe.model", "buckets.txt",
    ];

    /// <summary>Writes a student's ONNX model into an existing folder, with copies of its configuration and its tokenizer's files.</summary>
    /// <param name="student">The student's model folder.</param>
    /// <param name="folder">The folder to write to.</param>
    /// <param name="precision">How weights are kept.</param>
    /// <exception cref="InputException">The student's folder holds none that can be exported.</exception>
    public static void Write(string student, string folder, Precision precision)
    {
        ArgumentException.ThrowIfNullOrEmpty(student);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        OnnxModel.Write(student, Path.Combine(folder, "model.onnx"), precision);
        foreach (string name in Companions)
            if (File.Exists(Path.Combine(student, name)))
                File.Copy(Path.Combine(student, name), Path.Combine(folder, name), overwrite: true);
    }
}
