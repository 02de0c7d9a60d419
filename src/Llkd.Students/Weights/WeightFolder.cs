using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Students.Weights;

/// <summary>A tensor of a model folder, in one of its weight files.</summary>
internal readonly record struct FolderTensor(SafetensorsFile File, TensorEntry Entry)
{
    public IReadOnlyList<long> Shape => Entry.Shape;
}

/// <summary>The weights of a model folder: model.safetensors, or the files that model.safetensors.index.json names.</summary>
internal sealed class WeightFolder : IDisposable
{
    public const string SingleFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";
    private static readonly string[] PickledFiles = ["pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>Values read by one thread at a time; a large table is shared among threads.</summary>
    private const int Piece = 1 << 22;

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, FolderTensor> _tensors = new(StringComparer.Ordinal);

    private WeightFolder()
    {
    }

    /// <summary>The tensors by their names in the files.</summary>
    public IReadOnlyDictionary<string, FolderTensor> Tensors => _tensors;

    /// <exception cref="InputException">There are no weights, or they are damaged, hostile or pickled.</exception>
    public static WeightFolder Open(string folder)
    {
        var weights = new WeightFolder();
        try
        {
            string index = Path.Combine(folder, IndexFile);
            if (File.Exists(Path.Combine(folder, SingleFile))) weights.Add(Path.Combine(folder, SingleFile), null);
            else if (File.Exists(index)) weights.AddShards(folder, index);
            else if (PickledFiles.FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } pickled)
            {
                throw new InputException(
                    $"{Path.Combine(folder, pickled)} holds pickled Python objects, which can run any code when they are read, so it is refused. Convert it once in Python: "
                    + "AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True), which writes model.safetensors.");
            }
            else throw new InputException($"{folder} has no weights: neither {SingleFile} nor {IndexFile}.");
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Reads tensors to where they belong, with several threads.</summary>
    /// <param name="wanted">The tensors, each with the place its values go to.</param>
    /// <param name="threads">Most threads.</param>
    public static unsafe void Read(IEnumerable<(FolderTensor Tensor, nint Place)> wanted, int threads)
    {
        var pieces = new List<(FolderTensor Tensor, nint Place, long Start, int Length)>();
        foreach ((FolderTensor tensor, nint place) in wanted)
        {
            long count = SafetensorsFile.Count(tensor.Entry);
            for (long start = 0; start < count; start += Piece) pieces.Add((tensor, place, start, (int)Math.Min(Piece, count - start)));
        }
        try
        {
            Parallel.ForEach(pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, piece =>
                piece.Tensor.File.Read(piece.Tensor.Entry, piece.Start, new Span<float>((float*)piece.Place + piece.Start, piece.Length)));
        }
        catch (AggregateException e) when (e.InnerException is InputException inner)
        {
            throw new InputException(inner.Message, inner);
        }
    }

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    private void AddShards(string folder, string index)
    {
        var filesOfNames = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadBytes(index));
            foreach (JsonProperty entry in json.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                string file = entry.Value.GetString() ?? "";
                if (file.Length == 0 || Path.GetFileName(file) != file || file is "." or "..")
                    throw new InputException($"{index}: the tensor `{entry.Name}` is said to be in `{file}`, which is no name of a file in the same folder.");
                if (!filesOfNames.TryGetValue(file, out HashSet<string>? names)) filesOfNames.Add(file, names = new HashSet<string>(StringComparer.Ordinal));
                names.Add(entry.Name);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InputException($"{index} is not an index of weight files: {e.Message}", e);
        }
        foreach ((string file, HashSet<string> names) in filesOfNames.OrderBy(pair => pair.Key, StringComparer.Ordinal)) Add(Path.Combine(folder, file), names);
    }

    private void Add(string path, HashSet<string>? names)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (TensorEntry entry in file.Entries)
            if (names is null || names.Contains(entry.Name)) _tensors[entry.Name] = new FolderTensor(file, entry);
    }
}
