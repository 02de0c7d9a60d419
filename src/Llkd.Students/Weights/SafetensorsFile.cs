using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Students.Weights;

/// <summary>An open weight file whose tensors are read one by one, or in pieces by several threads, straight to where they belong.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    /// <summary>Values converted at a time; keeps the buffer small.</summary>
    private const int Chunk = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafeFileHandle file)
    {
        (Path, _file) = (path, file);
        (IReadOnlyList<TensorEntry> entries, _dataStart) = SafetensorsHeader.Read(file, path);
        Entries = [.. entries.Where(entry => entry.Type is ElementType.F32 or ElementType.F16 or ElementType.BF16)];
    }

    public string Path { get; }

    /// <summary>The tensors of numbers with a fraction; integers and booleans (position numbers, masks) are no weights.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <exception cref="InputException">The file is missing, unreadable, damaged or hostile.</exception>
    public static SafetensorsFile Open(string path) => Guard(path, () =>
    {
        SafeFileHandle file = File.OpenHandle(path);
        try
        {
            return new SafetensorsFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    /// <summary>Number of a tensor's values.</summary>
    public static long Count(TensorEntry entry) => (entry.End - entry.Begin) / Width(entry);

    /// <summary>Reads values as single precision.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <param name="start">First value.</param>
    /// <param name="values">Receives the values.</param>
    /// <exception cref="InputException">The file cannot be read, or has become shorter.</exception>
    public void Read(TensorEntry entry, long start, Span<float> values)
    {
        try
        {
            ushort[] halves = entry.Type == ElementType.F32 ? [] : new ushort[Math.Min(Chunk, values.Length)];
            long offset = _dataStart + entry.Begin + start * Width(entry);
            for (int done = 0; done < values.Length; done += Chunk)
            {
                Span<float> part = values.Slice(done, Math.Min(Chunk, values.Length - done));
                Span<byte> bytes = entry.Type == ElementType.F32
                    ? MemoryMarshal.AsBytes(part)
                    : MemoryMarshal.AsBytes(halves.AsSpan(0, part.Length));
                SafetensorsHeader.ReadExactly(_file, Path, bytes, offset);
                offset += bytes.Length;
                if (entry.Type == ElementType.F16)
                    for (int i = 0; i < part.Length; i++) part[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
                else if (entry.Type == ElementType.BF16)
                    for (int i = 0; i < part.Length; i++) part[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Path} cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();

    private static int Width(TensorEntry entry) => entry.Type == ElementType.F32 ? sizeof(float) : sizeof(ushort);

    private static SafetensorsFile Guard(string path, Func<SafetensorsFile> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
