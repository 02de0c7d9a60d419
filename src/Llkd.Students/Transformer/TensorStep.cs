using Llkd.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// Clipping and AdamW in libtorch's own operations, tensor by tensor: for devices whose memory C# cannot reach. The same
/// formulas as <see cref="NetworkStep"/>; a dozen passes over memory instead of one.
/// </summary>
internal static class TensorStep
{
    public static void Apply(IReadOnlyList<NetworkWeight> weights, StepOptions options, long step, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor[] gradients = [.. weights.Select(weight => weight.Gradient())];
        if (options.Clip > 0)
        {
            double norm = Math.Sqrt(gradients.Sum(gradient => gradient.to_type(ScalarType.Float64).square().sum().item<double>()));
            Scalar scale = options.Clip / norm;
            if (norm > options.Clip)
                foreach (Tensor gradient in gradients) gradient.mul_(scale);
            GC.KeepAlive(scale);
        }
        AdamW adam = AdamW.Standard;
        // Held to the end: see Scalars.
        Scalar keep1 = adam.Beta1, rest1 = 1 - adam.Beta1, keep2 = adam.Beta2, rest2 = 1 - adam.Beta2, epsilon = adam.Epsilon;
        Scalar rootCorrection = 1 / Math.Sqrt(1 - Math.Pow(adam.Beta2, step));
        for (int w = 0; w < weights.Count; w++)
        {
            using DisposeScope each = NewDisposeScope();
            NetworkWeight weight = weights[w];
            Tensor gradient = gradients[w];
            double rate = learningRate * weight.Rate;
            Scalar size = -rate / (1 - Math.Pow(adam.Beta1, step)), decay = -rate * options.WeightDecay;
            weight.First.mul_(keep1).add_(gradient, rest1);
            weight.Second.mul_(keep2).add_(gradient.square(), rest2);
            Tensor change = weight.First.div(weight.Second.sqrt().mul(rootCorrection).add(epsilon)).mul(size);
            if (weight.Decays && options.WeightDecay > 0) change.add_(weight.Tensor, decay);
            weight.Tensor.add_(change, Scalars.One);
            GC.KeepAlive(size);
            GC.KeepAlive(decay);
            gradient.zero_();
        }
        foreach (Scalar held in new[] { keep1, rest1, keep2, rest2, epsilon, rootCorrection }) GC.KeepAlive(held);
    }
}
