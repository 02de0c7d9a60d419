using CsCheck;
using Llkd.Numerics;

namespace Llkd.Tests.Numerics;

public sealed class SoftmaxTests
{
    [Fact]
    public void Rows_agree_with_double_precision_in_place_and_beside() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 6]).SelectMany((classes, rows) =>
            Gen.Float[-40, 40].Array[classes * rows].Select(z => (classes, z))).Sample(x =>
        {
            var p = new float[x.z.Length];
            Softmax.Rows(x.z, p, x.classes);
            for (int start = 0; start < x.z.Length; start += x.classes)
            {
                double[] row = [.. x.z.Skip(start).Take(x.classes).Select(z => (double)z)];
                for (int k = 0; k < x.classes; k++)
                    Assert.Equal(1 / row.Sum(other => Math.Exp(other - row[k])), p[start + k], 1e-6);
            }
            Softmax.Rows(x.z, x.z, x.classes);
            Assert.Equal(p, x.z);
        });

    [Fact]
    public void A_tie_goes_to_the_lowest_index() => Assert.Equal(1, Softmax.ArgMax([0f, 2f, 2f, 1f]));
}
