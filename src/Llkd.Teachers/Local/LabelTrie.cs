namespace Llkd.Teachers.Local;

/// <summary>
/// The labels' tokens as a trie, so that beginnings which labels share are read once. A label's probability is the product
/// of its tokens' along the path, added up over its spellings; a label that is the beginning of others gets what these
/// leave. A stretch without a fork is read in one go, and the last token of a label is not read at all, as the token before
/// it tells how likely it is. A <see cref="LabelWalk"/> goes along it for one text.
/// </summary>
internal sealed class LabelTrie
{
    private readonly Node _root = new(-1);

    /// <summary>Builds the trie.</summary>
    /// <param name="spellings">Token sequences of each label, [classes][spellings][tokens]; no two labels share one.</param>
    public LabelTrie(IReadOnlyList<IReadOnlyList<int[]>> spellings)
    {
        Classes = spellings.Count;
        for (int label = 0; label < Classes; label++)
            foreach (int[] tokens in spellings[label])
            {
                Node node = _root;
                foreach (int token in tokens) node = node.Child(token);
                if (node.Label >= 0 && node.Label != label)
                    throw new ArgumentException($"The labels {node.Label} and {label} have the same tokens.", nameof(spellings));
                node.Label = label;
            }
        Forks = _root.Forks();
    }

    /// <summary>Number of labels.</summary>
    public int Classes { get; }

    /// <summary>Tokens that labels go on from: so many are read at most, and none where every label has one token.</summary>
    public int Forks { get; }

    /// <summary>Begins to score the labels behind what was read.</summary>
    /// <param name="prompt">The prompt as read; its last row counts.</param>
    /// <param name="sideBySide">Whether forks are read side by side; else one after the other, each with all that is below it before the next.</param>
    public LabelWalk Begin(IReading prompt, bool sideBySide) => new(this, _root, prompt, sideBySide);

    /// <summary>A token of labels.</summary>
    internal sealed class Node(int token)
    {
        public int Token { get; } = token;
        public int Label { get; set; } = -1;
        public List<Node> Children { get; } = [];

        public Node Child(int next)
        {
            if (Children.Find(child => child.Token == next) is { } known) return known;
            var fresh = new Node(next);
            Children.Add(fresh);
            return fresh;
        }

        /// <summary>Nodes below this one that labels go on from.</summary>
        public int Forks() => Children.Sum(child => (child.Children.Count > 0 ? 1 : 0) + child.Forks());

        public IEnumerable<int> Labels() => (Label >= 0 ? [Label] : Enumerable.Empty<int>()).Concat(Children.SelectMany(child => child.Labels())).Distinct();
    }
}
