using TorchSharp;

namespace Llkd.Students.Transformer;

/// <summary>
/// Numbers that TorchSharp hands to libtorch, made once. A number written in an expression (and the 1 that `a + b` stands for)
/// becomes an object whose finaliser may free it while libtorch still reads it, as nothing keeps it alive during the call.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar One = 1;
    public static readonly Scalar MinusInfinity = double.NegativeInfinity;
    public static readonly Scalar Half = 0.5;
    public static readonly Scalar Three = 3;
    public static readonly Scalar GeluFactor = 0.044715;
    public static readonly Scalar GeluRoot = Math.Sqrt(2 / Math.PI);
}
