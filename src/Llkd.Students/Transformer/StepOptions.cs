namespace Llkd.Students.Transformer;

/// <summary>What a training step needs to know beside weights and gradients.</summary>
/// <param name="Dropout">Dropout probability.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
/// <param name="Clip">Largest L2 norm of the gradient; 0: any.</param>
/// <param name="Seed">Seed of initial weights and dropout.</param>
/// <param name="Engine">How it is computed.</param>
internal sealed record StepOptions(double Dropout, double WeightDecay, double Clip, int Seed, Engine Engine);
