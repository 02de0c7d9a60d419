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
            if (norm > options.Clip)
                foreach (Tensor gradient in gradients) gradient.mul_((float)(options.Clip / norm));
        }
        AdamW adam = AdamW.Standard;
        double rootCorrection = 1 / Math.Sqrt(1 - Math.Pow(adam.Beta2, step));
        for (int w = 0; w < weights.Count; w++)
        {
            using DisposeScope each = NewDisposeScope();
            NetworkWeight weight = weights[w];
            Tensor gradient = gradients[w];
            double rate = learningRate * weight.Rate;
            weight.First.mul_(adam.Beta1).add_(gradient, alpha: 1 - adam.Beta1);
            weight.Second.mul_(adam.Beta2).add_(gradient.square(), alpha: 1 - adam.Beta2);
            Tensor direction = weight.First / (weight.Second.sqrt() * rootCorrection + adam.Epsilon);
            Tensor change = direction * (rate / (1 - Math.Pow(adam.Beta1, step)));
            if (weight.Decays && options.WeightDecay > 0) change.add_(weight.Tensor, alpha: rate * options.WeightDecay);
            weight.Tensor.sub_(change);
            gradient.zero_();
        }
    }
}
