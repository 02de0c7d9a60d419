namespace Llkd.Teachers.Local;

/// <summary>Tokens of labels that are to be read.</summary>
/// <param name="Behind">Behind whose last token.</param>
/// <param name="Tokens">At least one; each gets a row.</param>
/// <param name="ReadsOn">Whether more may have to be read behind them.</param>
internal sealed record LabelFork(IReading Behind, int[] Tokens, bool ReadsOn);

/// <summary>
/// The way along a <see cref="LabelTrie"/> for one text: it says what is to be read next, is told what was, and ends with the
/// labels' scores. The likeliest forks come first: the more has been found, the less is worth a look.
/// </summary>
internal sealed class LabelWalk
{
    /// <summary>Share of all labels' probability that may lie on forks which are not followed, all of them together.</summary>
    private const double Least = 1e-3;

    private readonly bool _sideBySide;
    private readonly double _logLeast;
    private readonly double[] _logMass;

    /// <summary>Forks that may be followed; of those with one parent the likeliest is the last.</summary>
    private readonly List<Way> _open = [];

    private readonly List<Way> _taken = [];
    private double _logAll = double.NegativeInfinity, _logUnseen = double.NegativeInfinity;
    private int _read;

    public LabelWalk(LabelTrie trie, LabelTrie.Node root, IReading prompt, bool sideBySide)
    {
        _sideBySide = sideBySide;
        _logLeast = Math.Log(Least / Math.Max(1, trie.Forks));
        _logMass = new double[trie.Classes];
        Array.Fill(_logMass, double.NegativeInfinity);
        Visit(root, prompt, 0);
        Take();
    }

    /// <summary>What is to be read next; nothing at the end.</summary>
    public IReadOnlyList<LabelFork> Next => [.. _taken.Select(way => way.Fork)];

    /// <summary>The labels' scores so far.</summary>
    public LabelScores Scores => new(
        _logMass, double.IsNegativeInfinity(_logAll) ? 0 : Math.Clamp(Math.Exp(_logUnseen - _logAll), 0, 1), _read);

    /// <summary>Whether something is still to be read behind this.</summary>
    public bool Needs(IReading reading) => _taken.Exists(way => way.Fork.Behind == reading) || _open.Exists(way => way.Fork.Behind == reading);

    /// <summary>Goes on.</summary>
    /// <param name="further">What was read, in the order of <see cref="Next"/>.</param>
    public void Go(IReadOnlyList<IReading> further)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(further.Count, _taken.Count);
        Way[] taken = [.. _taken];
        _taken.Clear();
        for (int i = 0; i < taken.Length; i++)
        {
            (Way way, double path) = (taken[i], taken[i].Path);
            _read += way.Fork.Tokens.Length;
            for (int j = 0; j + 1 < way.Stretch.Count; j++) path += further[i].LogProbability(j, way.Stretch[j + 1].Token);
            LabelTrie.Node last = way.Stretch[^1];
            if (last.Children.Count == 0) Give(last.Label, path);
            else Visit(last, further[i], path);
        }
        Take();
    }

    /// <summary>Takes what is read next out of what is open.</summary>
    private void Take()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Path >= _logAll + _logLeast) continue;
            (double path, int[] labels) = (_open[i].Path, [.. _open[i].Stretch[0].Labels()]);
            _open.RemoveAt(i);
            foreach (int label in labels) Give(label, path - Math.Log(labels.Length));
            _logUnseen = Add(_logUnseen, path);
        }
        if (_open.Count == 0) return;
        if (!_sideBySide)
        {
            _taken.Add(_open[^1]);
            _open.RemoveAt(_open.Count - 1);
            return;
        }
        // What would not be followed if the likeliest one held all that it may hold, waits until that is known.
        double most = Math.Max(_logAll, _open.Max(way => way.Path));
        _taken.AddRange(_open.Where(way => way.Path >= most + _logLeast));
        _open.RemoveAll(_taken.Contains);
    }

    /// <summary>Gives the labels that end at a node's children, and opens the forks.</summary>
    private void Visit(LabelTrie.Node node, IReading reading, double path)
    {
        int row = reading.Rows - 1;
        (LabelTrie.Node Child, double Next)[] children = [.. node.Children.Select(child => (child, reading.LogProbability(row, child.Token)))];
        if (node.Label >= 0) Give(node.Label, path + Log(1 - children.Sum(child => Math.Exp(child.Next))));
        foreach ((LabelTrie.Node child, double next) in children.OrderBy(child => child.Next))
        {
            if (child.Children.Count == 0) Give(child.Label, path + next);
            else _open.Add(Way.From(child, reading, path + next));
        }
    }

    private void Give(int label, double mass)
    {
        _logMass[label] = Add(_logMass[label], mass);
        _logAll = Add(_logAll, mass);
    }

    private static double Log(double value) => value > 0 ? Math.Log(value) : double.NegativeInfinity;

    /// <summary>log(eᵃ + eᵇ).</summary>
    private static double Add(double a, double b) =>
        double.IsNegativeInfinity(a) ? b : double.IsNegativeInfinity(b) ? a : Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    /// <summary>A fork, with its nodes up to the next one and the logarithm of the probability of its first token with all before it.</summary>
    private sealed record Way(LabelFork Fork, List<LabelTrie.Node> Stretch, double Path)
    {
        public static Way From(LabelTrie.Node node, IReading behind, double path)
        {
            List<LabelTrie.Node> stretch = [node];
            while (stretch[^1] is { Label: < 0, Children: [var only] }) stretch.Add(only);
            bool ends = stretch[^1].Children.Count == 0;
            int[] tokens = [.. stretch.Take(stretch.Count - (ends ? 1 : 0)).Select(step => step.Token)];
            return new Way(new LabelFork(behind, tokens, stretch[^1].Forks() > 0), stretch, path);
        }
    }
}

/// <summary>How likely labels are.</summary>
/// <param name="LogProbabilities">Natural logarithm of each label's probability, [classes].</param>
/// <param name="Unseen">Share of all labels' probability that lies on forks which were not followed, in [0, 1].</param>
/// <param name="TokensRead">Tokens of labels that the model had to read.</param>
internal sealed record LabelScores(double[] LogProbabilities, double Unseen, int TokensRead);
