using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Llkd.Students.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// Puts the weights of a Hugging Face folder into a network: with or without the encoder's prefix, with the older names
/// of layer norms, and without the heads of other tasks. Whatever does not fit is named, tensor by tensor.
/// </summary>
internal static class PretrainedWeights
{
    /// <summary>Most tensors named in a message.</summary>
    private const int Named = 20;

    /// <summary>Heads of other tasks, which a classifier leaves out; RoBERTa's and XLM-RoBERTa's pooler too, which their classifier does not use.</summary>
    private static readonly string[] OtherHeads =
        ["lm_head.", "cls.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "qa_outputs.", "score.", "classifier.", "pre_classifier.", "pooler."];

    /// <summary>Loads all that is there.</summary>
    /// <param name="network">The network; the head's weights stay as they are where the folder has none that fit.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="head">Which part of the head must come from the folder.</param>
    /// <param name="threads">Most threads.</param>
    /// <exception cref="InputException">Tensors are missing, have another shape, or are not known; or the files are damaged.</exception>
    public static void Load(TransformerNetwork network, TransformerShape shape, string folder, HeadSource head, int threads)
    {
        using WeightFolder weights = WeightFolder.Open(folder);
        Dictionary<string, FolderTensor> found = Rename(weights, shape, folder);
        var wanted = new List<(FolderTensor Tensor, NetworkWeight Weight)>();
        var problems = new List<string>();
        foreach (NetworkWeight weight in network.Weights)
        {
            if (IsHead(shape, weight.Name) && head == HeadSource.New && !IsPooler(shape, weight.Name)) found.Remove(weight.Name);
            else if (!found.Remove(weight.Name, out FolderTensor tensor))
            {
                if (!IsHead(shape, weight.Name) || head == HeadSource.Folder) problems.Add($"missing: `{weight.Name}` {Text(weight.Shape)}");
            }
            else if (!tensor.Shape.SequenceEqual(weight.Shape))
                problems.Add($"`{weight.Name}` has the shape {Text(tensor.Shape)}; {Text(weight.Shape)} is expected");
            else wanted.Add((tensor, weight));
        }
        problems.AddRange(found.Keys.Where(name => !IsOtherHead(shape, name)).Order(StringComparer.Ordinal).Select(name => $"not known: `{name}`"));
        if (problems.Count > 0)
        {
            string more = problems.Count > Named ? string.Create(CultureInfo.InvariantCulture, $"\n  … and {problems.Count - Named} more") : "";
            throw new InputException(
                $"{folder}: the weights do not fit config.json's `{shape.Family.ModelType}`:\n  {string.Join("\n  ", problems.Take(Named))}{more}\nThe folder is damaged, or its config.json is another model's.");
        }
        Read(wanted, threads);
        network.WeightsChanged();
    }

    /// <summary>Into place where the processor reaches it, else by way of a tensor that it does.</summary>
    private static void Read(List<(FolderTensor Tensor, NetworkWeight Weight)> wanted, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] places = [.. wanted.Select(pair => pair.Weight.Tensor.device_type == DeviceType.CPU ? pair.Weight.Tensor.alias() : zeros(pair.Weight.Shape))];
        WeightFolder.Read(wanted.Select((pair, i) => (pair.Tensor, Address(places[i]))), threads);
        using IDisposable noGradient = no_grad();
        for (int i = 0; i < places.Length; i++)
            if (wanted[i].Weight.Tensor.device_type != DeviceType.CPU) wanted[i].Weight.Tensor.copy_(places[i]);
    }

    /// <summary>Whether the folder has a whole head for that many classes.</summary>
    public static bool HasHead(TransformerShape shape, string folder)
    {
        using WeightFolder weights = WeightFolder.Open(folder);
        return weights.Tensors.TryGetValue(shape.Family.HeadOutput + ".weight", out FolderTensor output)
            && output.Shape.SequenceEqual([shape.Classes, shape.Hidden])
            && weights.Tensors.ContainsKey(shape.Family.HeadDense + ".weight");
    }

    /// <summary>Tensors under the names they have inside a classifier.</summary>
    private static Dictionary<string, FolderTensor> Rename(WeightFolder weights, TransformerShape shape, string folder)
    {
        EncoderFamily family = shape.Family;
        bool prefixed = weights.Tensors.Keys.Any(name => name.StartsWith(family.Prefix, StringComparison.Ordinal));
        var found = new Dictionary<string, FolderTensor>(StringComparer.Ordinal);
        foreach ((string original, FolderTensor tensor) in weights.Tensors)
        {
            string name = original;
            if (name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal)) name = name[..^5] + "weight";
            else if (name.EndsWith("LayerNorm.beta", StringComparison.Ordinal)) name = name[..^4] + "bias";
            // An encoder saved by itself has no prefix.
            if (!prefixed && !IsOtherHead(shape, name)) name = family.Prefix + name;
            else if (!prefixed && family == EncoderFamily.Bert && name.StartsWith("pooler.", StringComparison.Ordinal)) name = family.Prefix + name;
            if (!found.TryAdd(name, tensor)) throw new InputException($"{folder}: the tensor `{name}` is there twice, once as `{original}`.");
        }
        return found;
    }

    private static bool IsHead(TransformerShape shape, string name) =>
        name.StartsWith(shape.Family.HeadDense + ".", StringComparison.Ordinal) || name.StartsWith(shape.Family.HeadOutput + ".", StringComparison.Ordinal);

    /// <summary>BERT's pooler is pretrained with the encoder.</summary>
    private static bool IsPooler(TransformerShape shape, string name) =>
        shape.Family == EncoderFamily.Bert && name.StartsWith(shape.Family.HeadDense + ".", StringComparison.Ordinal);

    private static bool IsOtherHead(TransformerShape shape, string name)
    {
        if (name.StartsWith(shape.Family.Prefix, StringComparison.Ordinal)) name = name[shape.Family.Prefix.Length..];
        return OtherHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal)) || name == "embeddings.position_ids";
    }

    private static unsafe nint Address(Tensor place) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(NetworkWeight.Span(place)));

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}

/// <summary>Where a head's weights come from.</summary>
internal enum HeadSource
{
    /// <summary>Random ones.</summary>
    New,
    /// <summary>The folder; it is an error where they are missing.</summary>
    Folder,
}
