using System.IO.Hashing;
using System.Text;

namespace Llkd.Students.Transformer;

/// <summary>A folder a `pretrained` student begins with.</summary>
public static class PretrainedFolder
{
    private static readonly string[] Endings = [".json", ".txt", ".safetensors", ".model"];

    /// <summary>Hash of the names and contents of all files that shape a student: configuration, weights, tokenizer.</summary>
    /// <exception cref="InputException">The folder does not exist or cannot be read.</exception>
    public static byte[] Hash(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            var hash = new XxHash128();
            foreach (string path in Directory.EnumerateFiles(folder).Where(path => Endings.Contains(Path.GetExtension(path))).Order(StringComparer.Ordinal))
            {
                hash.Append(Encoding.UTF8.GetBytes(Path.GetFileName(path) + "\0"));
                using FileStream file = File.OpenRead(path);
                hash.Append(BitConverter.GetBytes(file.Length));
                hash.Append(file);
            }
            return hash.GetCurrentHash();
        }
        catch (Exception e) when (e is DirectoryNotFoundException)
        {
            throw new InputException($"The model folder {folder} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be read: {e.Message}", e);
        }
    }
}
