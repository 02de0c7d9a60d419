namespace Llkd.Teachers.Local;

/// <summary>
/// The labels' tokens as a trie, so that beginnings which labels share are read once. A label's probability is the product
/// of its tokens' along the path, added up over its spellings; a label that is the beginning of others gets what these
/// leave. A stretch without a fork is read in one go, and the last token of a label is not read at all, as the token before
/// it tells how likely it is.
/// </summary>
internal sealed class LabelTrie
{
    /// <summary>Share of all labels' probability that may lie on forks which are not followed, all of them together.</summary>
    private const double Least = 1e-3;

    private readonly Node _root = new(-1);
    private readonly int _classes, _forks;

    /// <summary>Builds the trie.</summary>
    /// <param name="spellings">Token sequences of each label, [classes][spellings][tokens]; no two labels share one.</param>
    public LabelTrie(IReadOnlyList<IReadOnlyList<int[]>> spellings)
    {
        _classes = spellings.Count;
        for (int label = 0; label < _classes; label++)
            foreach (int[] tokens in spellings[label])
            {
                Node node = _root;
                foreach (int token in tokens) node = node.Child(token);
                if (node.Label >= 0 && node.Label != label)
                    throw new ArgumentException($"The labels {node.Label} and {label} have the same tokens.", nameof(spellings));
                node.Label = label;
            }
        _forks = Math.Max(1, _root.Forks());
    }

    /// <summary>Whether a label has several tokens, so that what was read may have to be read on from.</summary>
    public bool ReadsOn => _root.Forks() > 0;

    /// <summary>Scores the labels behind what was read.</summary>
    /// <param name="prompt">The prompt as read; its last row counts.</param>
    public LabelScores Score(IReading prompt)
    {
        var walk = new Walk(_classes);
        walk.LogLeast = Math.Log(Least / _forks);
        walk.Visit(_root, prompt, prompt.Rows - 1, 0);
        double all = walk.LogAll;
        double unseen = double.IsNegativeInfinity(all) ? 0 : Math.Clamp(Math.Exp(walk.LogUnseen - all), 0, 1);
        return new LabelScores(walk.LogMass, unseen, walk.Read);
    }

    private static double Log(double value) => value > 0 ? Math.Log(value) : double.NegativeInfinity;

    /// <summary>log(eᵃ + eᵇ).</summary>
    private static double Add(double a, double b) =>
        double.IsNegativeInfinity(a) ? b : double.IsNegativeInfinity(b) ? a : Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    private sealed class Node(int token)
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

    private sealed class Walk
    {
        public Walk(int classes)
        {
            LogMass = new double[classes];
            Array.Fill(LogMass, double.NegativeInfinity);
        }

        public double[] LogMass { get; }
        public double LogUnseen { get; private set; } = double.NegativeInfinity;
        public double LogAll { get; private set; } = double.NegativeInfinity;
        public double LogLeast { get; set; }
        public int Read { get; private set; }

        /// <summary>Follows the trie from a node that `row` of the reading stands behind.</summary>
        public void Visit(Node node, IReading reading, int row, double path)
        {
            (Node Child, double Next)[] children = [.. node.Children.Select(child => (child, reading.LogProbability(row, child.Token)))];
            if (node.Label >= 0) Give(node.Label, path + Log(1 - children.Sum(child => Math.Exp(child.Next))));
            // The likeliest first: the more has been found, the less is worth a look.
            foreach ((Node child, double next) in children.OrderByDescending(child => child.Child.Children.Count == 0).ThenByDescending(child => child.Next))
                Follow(child, reading, path + next);
        }

        private void Follow(Node node, IReading reading, double path)
        {
            if (node.Children.Count == 0)
            {
                Give(node.Label, path);
                return;
            }
            if (path < LogAll + LogLeast)
            {
                int[] labels = [.. node.Labels()];
                foreach (int label in labels) Give(label, path - Math.Log(labels.Length));
                LogUnseen = Add(LogUnseen, path);
                return;
            }
            List<Node> stretch = [node];
            while (stretch[^1] is { Label: < 0, Children: [var only] }) stretch.Add(only);
            bool ends = stretch[^1].Children.Count == 0;
            int[] tokens = [.. stretch.Take(stretch.Count - (ends ? 1 : 0)).Select(step => step.Token)];
            Read += tokens.Length;
            using IReading further = reading.Read(tokens);
            for (int i = 0; i + 1 < stretch.Count; i++) path += further.LogProbability(i, stretch[i + 1].Token);
            if (ends) Give(stretch[^1].Label, path);
            else Visit(stretch[^1], further, tokens.Length - 1, path);
        }

        private void Give(int label, double mass)
        {
            LogMass[label] = Add(LogMass[label], mass);
            LogAll = Add(LogAll, mass);
        }
    }
}

/// <summary>How likely labels are.</summary>
/// <param name="LogProbabilities">Natural logarithm of each label's probability, [classes].</param>
/// <param name="Unseen">Share of all labels' probability that lies on forks which were not followed, in [0, 1].</param>
/// <param name="TokensRead">Tokens of labels that the model had to read.</param>
internal sealed record LabelScores(double[] LogProbabilities, double Unseen, int TokensRead);
