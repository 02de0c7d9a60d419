using Llkd.Models;
using Llkd.Students.Ngram;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;

namespace Llkd.Students.Export;

/// <summary>Writes a saved student as an ONNX model. Reads its folder only; libtorch is not loaded.</summary>
public static class OnnxModel
{
    /// <summary>Version of ONNX's operators in the models written.</summary>
    public const int Opset = OnnxGraph.Opset;

    /// <summary>
    /// Writes model.onnx: inputs `input_ids` and `attention_mask` (int64, [batch, sequence], both sizes dynamic), output
    /// `logits` (float, [batch, classes]).
    /// </summary>
    /// <param name="folder">A student's model folder: config.json, model.safetensors.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="precision">How weights are kept.</param>
    /// <exception cref="InputException">The folder holds no student that can be exported, or one too large for an ONNX file.</exception>
    public static void Write(string folder, string path, Precision precision)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelConfig config = ModelConfig.Load(folder);
        string file = Path.Combine(folder, "model.safetensors");
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(file);
        OnnxWeights Weights(OnnxGraph graph) => new(graph, tensors, precision, file);
        OnnxGraph graph = config.ModelType == NgramStudent.ModelType
            ? NgramGraph.Build(config.Labels.Count, Weights)
            : EncoderGraph.Build(TransformerShape.Load(config, folder, config.Labels.Count), Weights);
        graph.Save(path);
    }
}
