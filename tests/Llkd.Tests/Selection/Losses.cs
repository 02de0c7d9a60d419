using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>Losses of methods, for the tests of their gradients.</summary>
internal static class Losses
{
    /// <summary>Lets the method choose from a batch and gives the loss and gradient at logits for what it chose.</summary>
    public static (double Loss, float[] Gradient) Of(SelectionMethod method, TestBatch batch, float[][] logits)
    {
        BatchSelection selection = batch.Select(method);
        float[] z = [.. selection.Positions.ToArray().SelectMany(i => logits[i])];
        var gradient = new float[z.Length];
        return (method.Loss(selection, z, gradient), gradient);
    }

    /// <summary>Compares the gradient with central differences of the loss in the logits of what was chosen.</summary>
    public static void AssertGradient(SelectionMethod method, TestBatch batch, float[][] logits, double tolerance = 2e-3)
    {
        BatchSelection selection = batch.Select(method);
        float[] z = [.. selection.Positions.ToArray().SelectMany(i => logits[i])], unused = new float[z.Length], gradient = new float[z.Length];
        method.Loss(selection, z, gradient);
        for (int i = 0; i < z.Length; i++)
        {
            // The step is what single precision makes of it.
            float kept = z[i], up = kept + 1e-2f, down = kept - 1e-2f;
            z[i] = up;
            double above = method.Loss(selection, z, unused);
            z[i] = down;
            double below = method.Loss(selection, z, unused);
            z[i] = kept;
            Assert.Equal((above - below) / ((double)up - down), gradient[i], tolerance);
        }
    }
}
