using System.Text.Json;
using Llkd.Documents;
using Llkd.Students.Weights;

namespace Llkd.Students.Transformer;

/// <summary>Files of a transformer student: weights of a model, and the state of its training.</summary>
internal static class TransformerFiles
{
    public const string WeightsFile = "model.safetensors";
    public const string Bf16 = "bf16", Fp32 = "fp32";
    private const string StateWeights = "student.safetensors";
    private const string StateFile = "student.json";
    private const string FirstMoment = ".first_moment";
    private const string SecondMoment = ".second_moment";

    /// <summary>What continues a training, beside weights and moments.</summary>
    /// <param name="Steps">Optimiser steps done.</param>
    /// <param name="Threads">Threads they were done with.</param>
    /// <param name="Torch">Version they were done with.</param>
    /// <param name="Precision">Number type of the matrix products, <see cref="Bf16"/> or <see cref="Fp32"/>.</param>
    /// <param name="Device">Where they were done.</param>
    public sealed record State(long Steps, int Threads, string Torch, string Precision, string Device);

    public static void SaveWeights(TransformerNetwork network, string folder) => Safetensors.Save(
        Path.Combine(folder, WeightsFile),
        [.. network.Weights.Select(weight => new NamedTensor(weight.Name, weight.Shape, NetworkWeight.Copy(weight.Tensor)))]);

    public static void SaveState(TransformerNetwork network, string folder, State state)
    {
        var tensors = new List<NamedTensor>();
        foreach (NetworkWeight weight in network.Weights)
        {
            tensors.Add(new NamedTensor(weight.Name, weight.Shape, NetworkWeight.Copy(weight.Tensor)));
            if (!weight.Tensor.requires_grad) continue;
            tensors.Add(new NamedTensor(weight.Name + FirstMoment, weight.Shape, NetworkWeight.Copy(weight.First)));
            tensors.Add(new NamedTensor(weight.Name + SecondMoment, weight.Shape, NetworkWeight.Copy(weight.Second)));
        }
        Safetensors.Save(Path.Combine(folder, StateWeights), tensors);
        File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, JsonSerializerOptions.Web));
    }

    /// <summary>Reads a state into the network. Everything is checked first, so that a refused state changes nothing.</summary>
    /// <param name="network">The network.</param>
    /// <param name="folder">Where the state is.</param>
    /// <param name="now">How it is computed here.</param>
    /// <param name="eitherPrecision">Whether it may have been computed in either.</param>
    public static State LoadState(TransformerNetwork network, string folder, State now, bool eitherPrecision)
    {
        string path = Path.Combine(folder, StateFile);
        State state = Read(path);
        if (state.Steps < 0 || state.Torch is null || state.Precision is not (Bf16 or Fp32) || state.Device is null)
            throw new InputException($"{path} is not the state of a transformer student.");
        if (state.Threads != now.Threads)
            throw new InputException(
                $"{path}: the training was begun with {state.Threads} threads, and now there are {now.Threads}; another number rounds otherwise, so it would "
                + $"not go on as it was. Set training.threads to {state.Threads}, or start again with --restart.");
        if (state.Torch != now.Torch)
            throw new InputException(
                $"{path}: the training was begun with libtorch {state.Torch}, and this is {now.Torch}; it would not go on as it was. "
                + "Use the version it was begun with, or start again with --restart.");
        if ((state.Precision != now.Precision && !eitherPrecision) || state.Device != now.Device)
            throw new InputException(
                $"{path}: the training was begun in {state.Precision} on {state.Device}, and here it is {now.Precision} on {now.Device}; it would not go on as it was. "
                + $"Set training.precision to {state.Precision} and use a machine with {state.Device}, or start again with --restart.");
        string weightsPath = Path.Combine(folder, StateWeights);
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(weightsPath);
        (NetworkWeight Weight, float[] Values, float[]? First, float[]? Second)[] found = [.. network.Weights.Select(weight => (
            weight,
            Find(tensors, weight.Name, weight, weightsPath),
            weight.Tensor.requires_grad ? Find(tensors, weight.Name + FirstMoment, weight, weightsPath) : null,
            weight.Tensor.requires_grad ? Find(tensors, weight.Name + SecondMoment, weight, weightsPath) : null))];
        foreach ((NetworkWeight weight, float[] values, float[]? first, float[]? second) in found)
        {
            NetworkWeight.Write(weight.Tensor, values);
            if (first is not null) NetworkWeight.Write(weight.First, first);
            if (second is not null) NetworkWeight.Write(weight.Second, second);
            weight.MomentsChanged();
        }
        return state;
    }

    private static State Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<State>(InputFile.ReadText(path), JsonSerializerOptions.Web)
                ?? throw new InputException($"{path} is empty.");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is not the state of a transformer student: {e.Message}", e);
        }
    }

    private static float[] Find(IReadOnlyDictionary<string, NamedTensor> tensors, string name, NetworkWeight weight, string path)
    {
        if (!tensors.TryGetValue(name, out NamedTensor? tensor))
            throw new InputException($"{path}: the tensor `{name}` is missing.");
        if (!tensor.Shape.SequenceEqual(weight.Shape))
            throw new InputException($"{path}: the tensor `{name}` has the shape [{string.Join(", ", tensor.Shape)}]; [{string.Join(", ", weight.Shape)}] is expected.");
        return tensor.Data;
    }
}
