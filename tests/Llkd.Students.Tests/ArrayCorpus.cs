namespace Llkd.Students.Tests;

/// <summary>Encoded texts, written out.</summary>
internal sealed class ArrayCorpus(params int[][] texts) : ITokenCorpus
{
    public int Count => texts.Length;

    public ReadOnlySpan<int> this[int document] => texts[document];
}
