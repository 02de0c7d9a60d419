using System.Globalization;

namespace Llkd.Students.Export;

/// <summary>Names of one layer's weights, without `.weight` and `.bias`.</summary>
internal sealed record EncoderLayerNames(
    string Query, string Key, string Value, string AttentionOutput, string AttentionNorm, string Intermediate, string Output, string OutputNorm);

/// <summary>What tells the families of encoders apart.</summary>
internal interface IEncoderNames
{
    string Word { get; }

    string EmbeddingNorm { get; }

    EncoderLayerNames Layer(int layer);

    /// <summary>Position embeddings, that broadcast to [batch, sequence, hidden].</summary>
    string Positions(OnnxGraph graph, OnnxWeights weights, string ids, int padId);

    /// <summary>Token-type embeddings, that broadcast to [batch, sequence, hidden]; null where the family has none.</summary>
    string? TokenTypes(OnnxGraph graph, OnnxWeights weights);

    /// <summary>From the first token, [batch, hidden], to the logits.</summary>
    string Head(OnnxGraph graph, OnnxWeights weights, string first);
}

/// <summary>Names that BERT and RoBERTa share.</summary>
internal abstract class BertLikeNames(string prefix) : IEncoderNames
{
    protected string Prefix { get; } = prefix;

    public string Word => Prefix + "embeddings.word_embeddings.weight";

    public string EmbeddingNorm => Prefix + "embeddings.LayerNorm";

    protected string Position => Prefix + "embeddings.position_embeddings.weight";

    public EncoderLayerNames Layer(int layer)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}encoder.layer.{layer}.");
        return new EncoderLayerNames(
            name + "attention.self.query", name + "attention.self.key", name + "attention.self.value",
            name + "attention.output.dense", name + "attention.output.LayerNorm",
            name + "intermediate.dense", name + "output.dense", name + "output.LayerNorm");
    }

    /// <summary>One text is all of the first type, so its row is a constant and the model needs no third input.</summary>
    public string? TokenTypes(OnnxGraph graph, OnnxWeights weights) => graph.Node(
        "Gather", [weights.Vector(Prefix + "embeddings.token_type_embeddings.weight"), graph.Number(0)], ("axis", 0L));

    public abstract string Positions(OnnxGraph graph, OnnxWeights weights, string ids, int padId);

    public abstract string Head(OnnxGraph graph, OnnxWeights weights, string first);
}

/// <summary>RoBERTa and XLM-R: positions count from the padding's id on and skip padding; an MLP head.</summary>
internal sealed class RobertaNames() : BertLikeNames("roberta.")
{
    public override string Positions(OnnxGraph graph, OnnxWeights weights, string ids, int padId)
    {
        string pad = graph.Number(padId);
        string token = graph.Cast(graph.Node("Not", [graph.Node("Equal", [ids, pad])]), OnnxGraph.Element.Int64);
        string count = graph.Node("Mul", [graph.Node("CumSum", [token, graph.Number(1)]), token]);
        return graph.Node("Gather", [weights.Vector(Position), graph.Node("Add", [count, pad])]);
    }

    public override string Head(OnnxGraph graph, OnnxWeights weights, string first) =>
        weights.Head("classifier.out_proj", graph.Node("Tanh", [weights.Head("classifier.dense", first)]));
}
