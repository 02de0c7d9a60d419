using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Students.Weights;

/// <summary>Element types of the format that can be read, or are known to be no weights.</summary>
internal enum ElementType { F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL }

/// <summary>A tensor's place in a file; offsets count from the end of the header.</summary>
internal readonly record struct TensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file. It is refused unless its tensors cover the rest of the file exactly, without
/// overlap or hole, as the reference implementation demands: a file has one meaning only, and nothing hides in it.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Longest header, the reference implementation's cap.</summary>
    public const int MaximumLength = 100_000_000;

    private const string Metadata = "__metadata__";
    private const int LengthSize = sizeof(ulong);

    public static byte[] Write(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(Metadata);
                foreach ((string key, string value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            var names = new HashSet<string>(StringComparer.Ordinal) { Metadata };
            foreach (NamedTensor tensor in tensors)
            {
                if (!names.Add(tensor.Name)) throw new ArgumentException($"The tensor name `{tensor.Name}` is taken.", nameof(tensors));
                if (tensor.Shape.Any(size => size < 0) || Product(tensor.Shape) != tensor.Data.Length)
                    throw new ArgumentException(
                        $"The tensor `{tensor.Name}` has {tensor.Data.Length} values, its shape is {Text(tensor.Shape)}.", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", nameof(ElementType.F32));
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += (long)tensor.Data.Length * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces up to a multiple of eight, so that a reader may map the values in place.
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        if (buffer.WrittenCount > MaximumLength) throw new ArgumentException("The tensors' names make the header longer than 100 MB.", nameof(tensors));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads and checks the header.</summary>
    /// <returns>The tensors in the order of their values, and where the values begin in the file.</returns>
    public static (IReadOnlyList<TensorEntry> Entries, long DataStart) Read(SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        if (length < LengthSize)
            throw Broken(path, $"{length} bytes are too few to hold a header");
        Span<byte> prefix = stackalloc byte[LengthSize];
        ReadExactly(file, path, prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaximumLength)
            throw Broken(path, $"its header claims {headerLength} bytes, more than the {MaximumLength} allowed");
        if ((long)headerLength > length - LengthSize)
            throw Broken(path, $"its header claims {headerLength} bytes, the file ends after {length}");
        byte[] header = new byte[(int)headerLength];
        ReadExactly(file, path, header, LengthSize);
        long dataStart = LengthSize + (long)headerLength;
        List<TensorEntry> entries = Parse(header, path);
        CheckLayout(entries, path, length - dataStart);
        return (entries, dataStart);
    }

    public static void ReadExactly(SafeFileHandle file, string path, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(file, destination, offset);
            if (read == 0) throw Broken(path, "it became shorter while it was read");
            destination = destination[read..];
            offset += read;
        }
    }

    private static List<TensorEntry> Parse(byte[] header, string path)
    {
        if (header.Length == 0 || header[0] != (byte)'{') throw Broken(path, "its header does not begin with `{`");
        if (!Utf8.IsValid(header)) throw Broken(path, "its header is not UTF-8");
        try
        {
            using JsonDocument json = JsonDocument.Parse(header);
            var entries = new List<TensorEntry>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                string name = property.Name;
                if (!names.Add(name)) throw Broken(path, $"the tensor `{name}` appears twice");
                if (name == Metadata) CheckMetadata(property.Value, path);
                else entries.Add(ParseEntry(name, property.Value, path));
            }
            return entries;
        }
        // System.Text.Json answers an escaped half of a surrogate pair, which no string can hold, with InvalidOperationException.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Broken(path, $"its header is not valid JSON: {e.Message}", e);
        }
    }

    private static void CheckMetadata(JsonElement metadata, string path)
    {
        if (metadata.ValueKind != JsonValueKind.Object || metadata.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.String))
            throw Broken(path, $"`{Metadata}` is not a map from text to text");
    }

    private static TensorEntry ParseEntry(string name, JsonElement entry, string path)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw Broken(path, name, "its description is not a JSON object");
        JsonElement? dtype = null, shape = null, offsets = null;
        foreach (JsonProperty property in entry.EnumerateObject())
        {
            bool again;
            switch (property.Name)
            {
                case "dtype": again = dtype is not null; dtype = property.Value; break;
                case "shape": again = shape is not null; shape = property.Value; break;
                case "data_offsets": again = offsets is not null; offsets = property.Value; break;
                default: throw Broken(path, name, $"its description has an unknown key `{property.Name}`");
            }
            if (again) throw Broken(path, name, $"its description has `{property.Name}` twice");
        }
        if (dtype is not { ValueKind: JsonValueKind.String }) throw Broken(path, name, "its `dtype` is missing or no text");
        string typeName = dtype.Value.GetString()!;
        // Enum.TryParse would take "0" or "F32, F16" as well.
        if (!Enum.GetNames<ElementType>().Contains(typeName))
            throw new InputException(
                $"{path}: the tensor `{name}` has the element type `{typeName}`; F32, F16 and BF16 can be read. Convert the file to one of them.");
        long[] sizes = Numbers(shape) ?? throw Broken(path, name, "its `shape` is no list of whole numbers from 0");
        long[] range = Numbers(offsets) ?? throw Broken(path, name, "its `data_offsets` are no list of whole numbers from 0");
        if (range.Length != 2 || range[1] < range[0]) throw Broken(path, name, $"its `data_offsets` {Text(range)} are no begin and end");
        return new TensorEntry(name, Enum.Parse<ElementType>(typeName), sizes, range[0], range[1]);
    }

    private static long[]? Numbers(JsonElement? list)
    {
        if (list is not { ValueKind: JsonValueKind.Array } array) return null;
        var numbers = new long[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in array.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out numbers[i]) || numbers[i++] < 0) return null;
        return numbers;
    }

    private static void CheckLayout(List<TensorEntry> entries, string path, long available)
    {
        entries.Sort((a, b) => (a.Begin, a.End, a.Name).CompareTo((b.Begin, b.End, b.Name)));
        long end = 0;
        foreach (TensorEntry entry in entries)
        {
            if (entry.Begin < end)
                throw Broken(path, entry.Name, $"its values begin at byte {entry.Begin}, inside another tensor's that end at {end}");
            if (entry.Begin > end)
                throw Broken(path, entry.Name, $"its values begin at byte {entry.Begin}, {entry.Begin - end} bytes after the last tensor's end");
            if (entry.End > available)
                throw Broken(path, entry.Name, $"its values end at byte {entry.End}, the file has {available} bytes of values. The file is cut short");
            long? count = Product(entry.Shape);
            if (count is null || count > long.MaxValue / Width(entry.Type))
                throw Broken(path, entry.Name, $"its shape {Text(entry.Shape)} is too large for any file");
            if (count * Width(entry.Type) != entry.End - entry.Begin)
                throw Broken(path, entry.Name,
                    $"its shape {Text(entry.Shape)} of {entry.Type} needs {count * Width(entry.Type)} bytes, it has {entry.End - entry.Begin}");
            end = entry.End;
        }
        if (end != available) throw Broken(path, $"{available - end} bytes after the last tensor belong to none");
    }

    private static int Width(ElementType type) => type switch
    {
        ElementType.I64 or ElementType.U64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        _ => 1,
    };

    /// <summary>The number of values, or null where it exceeds 64 bits on the way, even if a later size is 0.</summary>
    private static long? Product(IReadOnlyList<long> shape)
    {
        long product = 1;
        foreach (long size in shape)
        {
            if (size != 0 && product > long.MaxValue / size) return null;
            product *= size;
        }
        return product;
    }

    /// <summary>A list for a message; a hostile one can have millions of items.</summary>
    private static string Text(IReadOnlyList<long> numbers) =>
        "[" + string.Join(", ", numbers.Take(8).Select(n => n.ToString(CultureInfo.InvariantCulture))) + (numbers.Count > 8 ? ", …]" : "]");

    private static InputException Broken(string path, string what, Exception? inner = null) =>
        new($"{path} is not a whole safetensors file: {what}. Get or write the file again.", inner);

    private static InputException Broken(string path, string tensor, string what) =>
        Broken(path, $"the tensor `{tensor}`: {what}");
}
