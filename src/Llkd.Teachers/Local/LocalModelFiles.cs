using System.IO.Hashing;

namespace Llkd.Teachers.Local;

/// <summary>A model folder: which file in it is the model, and what identifies it.</summary>
internal sealed class LocalModelFiles
{
    /// <summary>Files beside the weights that change answers.</summary>
    private static readonly string[] Small = ["config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model"];

    private LocalModelFiles(string folder, string model) => (Folder, Model) = (folder, model);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Path of the model.</summary>
    public string Model { get; }

    /// <summary>Finds the model in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">Path of the model inside it; null: model.onnx, onnx/model.onnx, or else the only .onnx file in these two places.</param>
    /// <exception cref="InputException">The folder or the model is not there, or there are several to choose from.</exception>
    public static LocalModelFiles Find(string folder, string? file)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"`teacher.path`: the model folder {folder} does not exist. It holds config.json, tokenizer.json and the model, as in onnx/model.onnx.");
        if (file is not null)
        {
            string named = Path.Combine(folder, file);
            return File.Exists(named) ? new LocalModelFiles(folder, named)
                : throw new InputException($"`teacher.file`: there is no {named}. {Offered(folder)}");
        }
        string[] found = Candidates(folder);
        foreach (string name in (string[])["model.onnx", Path.Combine("onnx", "model.onnx")])
            if (found.Contains(name)) return new LocalModelFiles(folder, Path.Combine(folder, name));
        return found.Length == 1 ? new LocalModelFiles(folder, Path.Combine(folder, found[0]))
            : throw new InputException(found.Length == 0
                ? $"`teacher.path`: {folder} holds no .onnx file, nor does its folder onnx. Export the model with its keys and values as inputs and outputs, or take one that is published so."
                : $"`teacher.path`: {folder} holds several models and none is called model.onnx. {Offered(folder)}");
    }

    /// <summary>Hash of everything in the folder that the answers depend on, whatever the folder is called.</summary>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public string Hash()
    {
        var hash = new XxHash128();
        string directory = Path.GetDirectoryName(Model)!, name = Path.GetFileName(Model);
        // Weights too large for the file itself lie beside it, in files that begin with its name or with its name's stem.
        string data = Path.GetFileNameWithoutExtension(name) + ".data";
        IEnumerable<string> weights = Directory.EnumerateFiles(directory)
            .Where(path => Path.GetFileName(path) is var beside && (beside.StartsWith(name, StringComparison.Ordinal) || beside == data))
            .Order(StringComparer.Ordinal);
        try
        {
            foreach (string path in Small.Select(small => Path.Combine(Folder, small)).Where(File.Exists).Concat(weights))
            {
                using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
                hash.Append(BitConverter.GetBytes(stream.Length));
                hash.Append(stream);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"A file of the model in {Folder} cannot be read: {e.Message}", e);
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static string Offered(string folder) => Candidates(folder) is { Length: > 0 } found
        ? $"Name one by `teacher.file`: {string.Join(", ", found.Select(path => path.Replace('\\', '/')))}."
        : "It holds no .onnx file.";

    private static string[] Candidates(string folder) =>
    [
        .. new[] { folder, Path.Combine(folder, "onnx") }.Where(Directory.Exists).SelectMany(place => Directory.EnumerateFiles(place, "*.onnx"))
            .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal),
    ];
}
