using System.Text.Json;
using Llkd.Documents;
using Llkd.Students.Weights;

namespace Llkd.Students.Transformer;

/// <summary>Files of a transformer student: weights of a model, and the state of its training.</summary>
internal static class TransformerFiles
{
    public const string WeightsFile = "model.safetensors";
    private const string StateWeights = "student.safetensors";
    private const string StateFile = "student.json";
    private const string FirstMoment = ".first_moment";
    private const string SecondMoment = ".second_moment";

    /// <summary>What continues a training, beside weights and moments.</summary>
    /// <param name="Steps">Optimiser steps done.</param>
    /// <param name="Threads">Threads they were done with.</param>
    /// <param name="Torch">Version they were done with.</param>
    /// <param name="Dropout">State of dropout's generator.</param>
    public sealed record State(long Steps, int Threads, string Torch, byte[] Dropout);

    public static void SaveWeights(TransformerNetwork network, string folder) => Safetensors.Save(
        Path.Combine(folder, WeightsFile),
        [.. network.Weights.Select(weight => new NamedTensor(weight.Name, weight.Shape, weight.Values.ToArray()))]);

    public static void SaveState(TransformerNetwork network, string folder, State state)
    {
        var tensors = new List<NamedTensor>();
        foreach (NetworkWeight weight in network.Weights)
        {
            tensors.Add(new NamedTensor(weight.Name, weight.Shape, weight.Values.ToArray()));
            if (!weight.Tensor.requires_grad) continue;
            tensors.Add(new NamedTensor(weight.Name + FirstMoment, weight.Shape, weight.First));
            tensors.Add(new NamedTensor(weight.Name + SecondMoment, weight.Shape, weight.Second));
        }
        Safetensors.Save(Path.Combine(folder, StateWeights), tensors);
        File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, JsonSerializerOptions.Web));
    }

    /// <summary>Reads a state into the network. Everything is checked first, so that a refused state changes nothing.</summary>
    public static State LoadState(TransformerNetwork network, string folder, int threads, int dropoutLength)
    {
        string path = Path.Combine(folder, StateFile);
        State state = Read(path);
        if (state.Steps < 0 || state.Dropout is null || state.Torch is null)
            throw new InputException($"{path} is not the state of a transformer student.");
        if (state.Threads != threads)
            throw new InputException(
                $"{path}: the training was begun with {state.Threads} threads, and now there are {threads}; another number rounds otherwise, so it would "
                + $"not go on as it was. Set training.threads to {state.Threads}, or start again with --restart.");
        if (state.Torch != TorchRuntime.Version || state.Dropout.Length != dropoutLength)
            throw new InputException(
                $"{path}: the training was begun with libtorch {state.Torch}, and this is {TorchRuntime.Version}; it would not go on as it was. "
                + "Use the version it was begun with, or start again with --restart.");
        string weightsPath = Path.Combine(folder, StateWeights);
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(weightsPath);
        (NetworkWeight Weight, float[] Values, float[]? First, float[]? Second)[] found = [.. network.Weights.Select(weight => (
            weight,
            Find(tensors, weight.Name, weight, weightsPath),
            weight.Tensor.requires_grad ? Find(tensors, weight.Name + FirstMoment, weight, weightsPath) : null,
            weight.Tensor.requires_grad ? Find(tensors, weight.Name + SecondMoment, weight, weightsPath) : null))];
        foreach ((NetworkWeight weight, float[] values, float[]? first, float[]? second) in found)
        {
            values.CopyTo(weight.Values);
            first?.CopyTo(weight.First, 0);
            second?.CopyTo(weight.Second, 0);
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
