using static TorchSharp.torch;

namespace Llkd.Students.Tests.Native;

public sealed class LibTorchTests
{
    /// <summary>On Debian 12 and Ubuntu 22.04 this holds only because of the build step in eng/LibTorch.targets.</summary>
    [Fact]
    public void Libtorch_loads_and_multiplies()
    {
        using Tensor a = tensor(new float[] { 1, 2, 3, 4 }, [2, 2]);
        using Tensor product = a.mm(a);
        Assert.Equal([7f, 10f, 15f, 22f], product.data<float>().ToArray());
    }
}
