using System.Globalization;

namespace Llkd.Students.Export;

/// <summary>
/// The graph of an n-gram student: `input_ids` are rows of its table, those under an `attention_mask` of 1 are averaged;
/// a text without any is the zero vector.
/// </summary>
internal static class NgramGraph
{
    public static OnnxGraph Build(int classes, Func<OnnxGraph, OnnxWeights> of)
    {
        var graph = new OnnxGraph();
        OnnxWeights weights = of(graph);
        string ids = graph.Input("input_ids", OnnxGraph.Element.Int64, "batch", "sequence");
        string mask = graph.Cast(graph.Input("attention_mask", OnnxGraph.Element.Int64, "batch", "sequence"), OnnxGraph.Element.Float);
        string rows = weights.Embedding("embeddings.weight", ids);
        // [batch, 1, sequence] · [batch, sequence, hidden]: masks and adds up in one product.
        string sum = graph.Node("Squeeze", [graph.Node("MatMul", [graph.Node("Unsqueeze", [mask, graph.Numbers(1)]), rows]), graph.Numbers(1)]);
        string count = graph.Node("Max", [graph.Node("ReduceSum", [mask, graph.Numbers(1)], ("keepdims", 1L)), graph.Scalar(1)]);
        string hidden = graph.Node("Relu", [weights.Head("classifier.dense", graph.Node("Div", [sum, count]), inputMajor: true)]);
        string logits = weights.Head("classifier.out_proj", hidden, inputMajor: true);
        graph.Output(logits, "logits", OnnxGraph.Element.Float, "batch", classes.ToString(CultureInfo.InvariantCulture));
        return graph;
    }
}
