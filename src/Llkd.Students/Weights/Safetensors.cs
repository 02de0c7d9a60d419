using System.Runtime.InteropServices;

namespace Llkd.Students.Weights;

/// <summary>One tensor of a weight file, as single-precision values in row-major order.</summary>
/// <param name="Name">Name in the file, such as <c>classifier.weight</c>.</param>
/// <param name="Shape">Size of each dimension; empty for a scalar.</param>
/// <param name="Data">The values, as many as the product of <paramref name="Shape"/>.</param>
public sealed record NamedTensor(string Name, IReadOnlyList<long> Shape, float[] Data);

/// <summary>
/// Reads and writes weight files in the safetensors format (https://github.com/huggingface/safetensors): eight bytes
/// of header length, a JSON header, and the values. Every file is treated as hostile: nothing is allocated on the
/// word of a header that the file's length does not bear out.
/// </summary>
public static class Safetensors
{
    /// <summary>Values written at a time; keeps each span below 2 GB.</summary>
    private const int Chunk = 1 << 20;

    /// <summary>
    /// Writes tensors as F32, ordered by name as the reference implementation does. The file appears whole or not at
    /// all: it is written beside its place, flushed to disk, and renamed.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">The tensors; names must differ.</param>
    /// <param name="metadata">Free text for the header; by default <c>format: pt</c>, without which Hugging Face's transformers refuse the file.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, or a shape does not fit its values.</exception>
    /// <exception cref="IOException">The disk is full or fails; a file that stood at <paramref name="path"/> is untouched.</exception>
    public static void Save(string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        NamedTensor[] ordered = [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        byte[] header = SafetensorsHeader.Write(ordered, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        string temporary = path + ".writing";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(BitConverter.GetBytes((ulong)header.Length));
                file.Write(header);
                foreach (NamedTensor tensor in ordered)
                    for (int start = 0; start < tensor.Data.Length; start += Chunk)
                        file.Write(MemoryMarshal.AsBytes(tensor.Data.AsSpan(start, Math.Min(Chunk, tensor.Data.Length - start))));
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Reads a file's tensors. F32, F16 and BF16 come as single precision; integers and booleans (position numbers,
    /// masks) are no weights and are left out.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>The tensors by name.</returns>
    /// <exception cref="InputException">
    /// The file is missing, unreadable, damaged or hostile, or has a tensor of another element type; the message names
    /// the file and the tensor.
    /// </exception>
    public static IReadOnlyDictionary<string, NamedTensor> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var tensors = new Dictionary<string, NamedTensor>(file.Entries.Count, StringComparer.Ordinal);
        foreach (TensorEntry entry in file.Entries)
        {
            long count = SafetensorsFile.Count(entry);
            if (count > Array.MaxLength)
                throw new InputException($"{path}: the tensor `{entry.Name}` has {count} values; at most {Array.MaxLength} can be read.");
            float[] values = GC.AllocateUninitializedArray<float>((int)count);
            file.Read(entry, 0, values);
            tensors.Add(entry.Name, new NamedTensor(entry.Name, entry.Shape, values));
        }
        return tensors;
    }
}
