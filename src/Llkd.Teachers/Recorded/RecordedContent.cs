using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Llkd.Teachers.Recorded;

/// <summary>Hash of everything a recorded row says, whatever file format said it.</summary>
internal sealed class RecordedContent : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(RecordedRow row)
    {
        Add(row.Id);
        Add(row.Text);
        Add(row.Label);
        Add(row.Confidence);
        AddLength(row.Probabilities?.Count ?? -1);
        foreach (string? cell in row.Probabilities ?? []) Add(cell);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    /// <summary>With its length before it, so that no two rows run together into the same bytes.</summary>
    private void Add(string? cell)
    {
        AddLength(cell?.Length ?? -1);
        _hash.AppendData(MemoryMarshal.AsBytes(cell.AsSpan()));
    }

    private void AddLength(int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        _hash.AppendData(bytes);
    }
}
