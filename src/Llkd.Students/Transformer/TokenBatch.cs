namespace Llkd.Students.Transformer;

/// <summary>Texts of similar length, padded to the longest of them or a little more.</summary>
/// <param name="Texts">Which of the given documents, by their place in the list, [texts].</param>
/// <param name="Length">Tokens of each text, with its padding.</param>
/// <param name="Ids">Token ids, row-major [texts, length].</param>
/// <param name="Positions">Positions as the model counts them, padding at the first one, [texts, length].</param>
/// <param name="Mask">True where there is a token, [texts, length]; null where there is no padding.</param>
internal sealed record TokenBatch(int[] Texts, int Length, long[] Ids, long[] Positions, bool[]? Mask)
{
    /// <summary>Most tokens together with their padding, to bound the memory of one pass.</summary>
    private const int MostTokens = 2048;

    /// <summary>Sorts texts by length and cuts them into batches, longest first; equal lengths keep their order.</summary>
    /// <param name="corpus">Encoded texts.</param>
    /// <param name="documents">Indexes into it.</param>
    /// <param name="shape">The network's sizes.</param>
    /// <param name="mostTexts">Most texts together: enough to keep matrix products busy, few enough to keep lengths alike.</param>
    /// <param name="multiple">Batches are padded to a length that is a multiple of it, or the network's longest: so that there are fewer of them.</param>
    public static List<TokenBatch> Cut(ITokenCorpus corpus, ReadOnlySpan<int> documents, TransformerShape shape, int mostTexts = 16, int multiple = 1)
    {
        var lengths = new int[documents.Length];
        var order = new int[documents.Length];
        for (int i = 0; i < documents.Length; i++) (lengths[i], order[i]) = (corpus[documents[i]].Length, i);
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        var batches = new List<TokenBatch>();
        for (int start = 0; start < order.Length;)
        {
            int longest = lengths[order[start]], length = Math.Max(longest, Math.Min((longest + multiple - 1) / multiple * multiple, shape.MaxLength));
            int count = Math.Min(Math.Clamp(MostTokens / Math.Max(length, 1), 1, mostTexts), order.Length - start);
            batches.Add(Pad(corpus, documents, order[start..(start + count)], length, shape));
            start += count;
        }
        return batches;
    }

    private static TokenBatch Pad(ITokenCorpus corpus, ReadOnlySpan<int> documents, int[] texts, int length, TransformerShape shape)
    {
        int padId = shape.PadId;
        bool skipsPadding = shape.Family.CountsFromPadding;
        var ids = new long[texts.Length * length];
        var positions = new long[ids.Length];
        var mask = new bool[ids.Length];
        Array.Fill(ids, padId);
        Array.Fill(positions, skipsPadding ? padId : 0);
        bool padded = false;
        for (int row = 0; row < texts.Length; row++)
        {
            ReadOnlySpan<int> tokens = corpus[documents[texts[row]]];
            int position = shape.FirstPosition - 1;
            for (int t = 0; t < tokens.Length; t++)
            {
                int at = row * length + t;
                ids[at] = tokens[t];
                mask[at] = true;
                // A padding token written out in the text has no position of its own in RoBERTa, as with Hugging Face.
                if (!skipsPadding || tokens[t] != padId) positions[at] = ++position;
            }
            padded |= tokens.Length < length;
        }
        return new TokenBatch(texts, length, ids, positions, padded ? mask : null);
    }
}
