using Llkd.Tokenizers.Unicode;

namespace Llkd.Tokenizers.Tests;

public sealed class DecompositionTests
{
    /// <summary>Cases of UAX #15's conformance test by hand, as its table shows them.</summary>
    [Theory]
    [InlineData("plain ASCII", "plain ASCII")]
    [InlineData("Å", "A\u030A")]
    [InlineData("\u1E9B\u0323", "\u017F\u0323\u0307")]
    [InlineData("각", "\u1100\u1161\u11A8")]
    [InlineData("가", "\u1100\u1161")]
    [InlineData("a\u0301\u0327", "a\u0327\u0301")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("ﬁ①", "ﬁ①")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0340\u0315\u0300x\u0327", "\u0300\u0300\u0315x\u0327")]
    public void A_text_is_decomposed_and_its_marks_are_ordered(string text, string expected) =>
        Assert.Equal(expected, CanonicalDecomposition.Decompose(text));
}
