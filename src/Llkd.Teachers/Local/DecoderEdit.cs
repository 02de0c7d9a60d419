namespace Llkd.Teachers.Local;

/// <summary>
/// The graph of an export, changed for what a teacher asks of it, and nothing else. Logits are computed only of the tokens
/// that <see cref="Rows"/> names, which for a text is its last one: of small models with large vocabularies the output layer is a
/// fifth of the work and more. Attention gets <see cref="Bias"/>, and GroupQueryAttention `position_ids` too, so that texts that
/// stand one behind the other are hidden from each other and each begins where the past ends: a batch would need a copy of the
/// past for every text, and GroupQueryAttention refuses one. What does not look as expected is left as it is. Field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class DecoderEdit
{
    /// <summary>Input: indices of the tokens whose logits are wanted, [tokens], counted through all rows of the batch.</summary>
    public const string Rows = "llkd.rows";

    /// <summary>Input: what is added to the scores of attention, [1, 1, tokens, tokens with those before].</summary>
    public const string Bias = "llkd.attention_bias";

    /// <summary>Largest file that is read: .NET's arrays end there, and protobuf's messages little later.</summary>
    private const long Most = 2_000_000_000;

    /// <summary>Nodes between the output layer and the logits at most.</summary>
    private const int MostBehindHead = 8;

    private const int GraphField = 7, OpsetField = 8, NodeField = 1, InitializerField = 5, InputField = 11;
    private const int PositionsAt = 9, BiasAt = 10;
    private const long Float = 1, Int64 = 7, Float16 = 10;
    private const string Positions = "position_ids", All = "llkd.all_tokens", AllShape = "llkd.all_tokens_shape", Wanted = "llkd.wanted_tokens";

    private readonly MappedBytes _file;
    private readonly List<WireField> _graph;
    private readonly Dictionary<int, Node> _nodes;
    private readonly HashSet<string> _inputs;
    private readonly List<byte[]> _added = [];
    private readonly Dictionary<int, byte[]> _changed = [];

    private DecoderEdit(MappedBytes file, WireField graph)
    {
        _file = file;
        _graph = graph.Fields(file);
        _nodes = Enumerable.Range(0, _graph.Count).Where(i => _graph[i].Number == NodeField).ToDictionary(i => i, i => new Node(file, _graph[i]));
        _inputs = [.. _graph.Where(field => field.Number == InputField).Select(field => field.Fields(file).First(part => part.Number == 1).Text(file))];
    }

    /// <summary>The changed model; null where there is nothing to change, or it is too large.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="hasWindow">Whether attention has a window: it counts the tokens in between, and here those of other texts would be.</param>
    public static byte[]? Of(string path, bool hasWindow)
    {
        try
        {
            if (new FileInfo(path).Length is 0 or > Most) return null;
            using var file = new MappedBytes(path);
            List<WireField> model = WireField.Of(file, 0, file.Length);
            WireField graph = model.Single(field => field.Number == GraphField);
            var edit = new DecoderEdit(file, graph);
            bool changed = edit.KeepWantedTokens();
            if (!hasWindow) changed |= edit.LetTextsFollow(model);
            return changed ? edit.Write(graph) : null;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // ONNX Runtime, which gets the file as it is, says better what is wrong with it.
            return null;
        }
    }

    /// <summary>Puts the choice of tokens before the output layer.</summary>
    private bool KeepWantedTokens()
    {
        string value = "logits";
        for (int step = 0; step < MostBehindHead; step++)
        {
            if (_nodes.Where(pair => pair.Value.Outputs.Contains(value)).Select(pair => (int?)pair.Key).SingleOrDefault() is not { } at) return false;
            Node node = _nodes[at];
            switch (node)
            {
                case { Inputs: [] }:
                    return false;
                case { Type: "Identity" or "Cast" or "Tanh" or "Mul" or "Div" }:
                    // Of products and quotients one side may be a constant, as where logits are kept small; it is then no node's output.
                    value = node.Inputs[0];
                    continue;
                case { Type: "MatMul" or "MatMulNBits" }:
                    string hidden = node.Inputs[0];
                    _added.Add(Input(Rows, Int64, "llkd_wanted"));
                    _added.Add(WireField.Made(InitializerField,
                        WireField.Made(1, 3), WireField.Made(2, Int64), WireField.Made(8, AllShape), WireField.Made(9, [.. new long[] { 1, -1, 0 }.SelectMany(BitConverter.GetBytes)])));
                    _changed[at] =
                    [
                        .. WireField.Made(NodeField, WireField.Made(1, hidden), WireField.Made(1, AllShape), WireField.Made(2, All), WireField.Made(3, All), WireField.Made(4, "Reshape")),
                        .. WireField.Made(NodeField, WireField.Made(1, All), WireField.Made(1, Rows), WireField.Made(2, Wanted), WireField.Made(3, Wanted), WireField.Made(4, "Gather"),
                            WireField.Made(5, WireField.Made(1, "axis"), WireField.Made(3, 1), WireField.Made(20, 2))),
                        .. node.With(_file, [Wanted, .. node.Inputs.Skip(1)]),
                    ];
                    return true;
                default:
                    return false;
            }
        }
        return false;
    }

    /// <summary>Gives attention what texts one behind the other need.</summary>
    private bool LetTextsFollow(List<WireField> model)
    {
        string[] contributed = ["Attention", "MultiHeadAttention", "DecoderMaskedMultiHeadAttention", "PagedAttention", "SparseAttention", "GroupQueryAttention"];
        int[] attention = [.. _nodes.Where(pair => contributed.Contains(pair.Value.Type)).Select(pair => pair.Key)];
        return attention.Length > 0 ? AddToGroupQueryAttention(attention) : Opset(model) >= 15 && AddBeforeSoftmax();
    }

    private bool AddToGroupQueryAttention(int[] attention)
    {
        bool positions = _inputs.Contains(Positions);
        foreach (int at in attention)
        {
            Node node = _nodes[at];
            // A window counts the tokens in between, and here those of other texts are.
            if (node.Type != "GroupQueryAttention" || node.Inputs.Count < 7 || node.Inputs.Skip(PositionsAt).Any(input => input.Length > 0) || node.Number(_file, "local_window_size", -1) > 0
                || (!positions && node.Number(_file, "do_rotary", 0) == 0))
                return false;
        }
        foreach (int at in attention)
        {
            Node node = _nodes[at];
            IEnumerable<string> before = node.Inputs.Concat(Enumerable.Repeat("", PositionsAt)).Take(PositionsAt);
            _changed[at] = node.With(_file, [.. before, node.Number(_file, "do_rotary", 0) == 1 ? Positions : "", Bias]);
        }
        if (!positions) _added.Add(Input(Positions, Int64, "batch_size", "sequence_length"));
        _added.Add(Input(Bias, KeyType(), 1, 1, "sequence_length", "llkd_total"));
        return true;
    }

    /// <summary>In a graph of plain operators, what is added to the scores goes in where the mask does, or else before every softmax.</summary>
    private bool AddBeforeSoftmax()
    {
        int[] softmaxes = [.. _nodes.Where(pair => pair.Value is { Type: "Softmax", Inputs.Count: 1 }).Select(pair => pair.Key)];
        int layers = _inputs.Count(name => name.StartsWith("past_key_values.", StringComparison.Ordinal) && name.EndsWith(".key", StringComparison.Ordinal));
        if (softmaxes.Length != layers || layers == 0 || !_inputs.Contains(Positions)) return false;
        int?[] sums = [.. softmaxes.Select(at => _nodes.Where(pair => pair.Value is { Type: "Add", Inputs.Count: 2 } node && node.Outputs.Contains(_nodes[at].Inputs[0])).Select(pair => (int?)pair.Key).SingleOrDefault())];
        string? mask = sums.Contains(null) ? null : _nodes[sums[0]!.Value].Inputs.FirstOrDefault(input => sums.All(at => _nodes[at!.Value].Inputs.Contains(input)));
        int[] places = mask is null ? softmaxes : [.. sums.Select(at => at!.Value)];
        var made = new HashSet<string>();
        foreach (int at in places)
        {
            Node node = _nodes[at];
            string scores = mask ?? node.Inputs[0], hidden = scores + "/llkd.hidden";
            byte[] before = made.Add(scores)
                ?
                [
                    .. WireField.Made(NodeField, WireField.Made(1, Bias), WireField.Made(1, scores), WireField.Made(2, hidden + "_bias"), WireField.Made(3, hidden + "_bias"), WireField.Made(4, "CastLike")),
                    .. WireField.Made(NodeField, WireField.Made(1, scores), WireField.Made(1, hidden + "_bias"), WireField.Made(2, hidden), WireField.Made(3, hidden), WireField.Made(4, "Add")),
                ]
                : [];
            _changed[at] = [.. before, .. node.With(_file, node.Inputs.Select(input => input == scores ? hidden : input))];
        }
        _added.Add(Input(Bias, KeyType(), 1, 1, "sequence_length", "llkd_total"));
        return true;
    }

    /// <summary>Version of ONNX's own operators.</summary>
    private long Opset(List<WireField> model) => (
        from field in model
        where field.Number == OpsetField
        let parts = field.Fields(_file)
        where !parts.Exists(part => part.Number == 1 && part.Content < part.End)
        select (long)parts.Find(part => part.Number == 2).Value).FirstOrDefault();

    /// <summary>Element type of the first past.</summary>
    private long KeyType()
    {
        WireField past = _graph.First(field => field.Number == InputField && field.Fields(_file).First(part => part.Number == 1).Text(_file) == "past_key_values.0.key");
        WireField type = past.Fields(_file).First(part => part.Number == 2);
        WireField tensor = type.Fields(_file).First(part => part.Number == 1);
        return (long)tensor.Fields(_file).First(part => part.Number == 1).Value is var found and (Float or Float16) ? found
            : throw new InvalidDataException("Keys of an unknown type.");
    }

    private static byte[] Input(string name, long type, params ReadOnlySpan<object> dimensions)
    {
        byte[] shape = [.. dimensions.ToArray().SelectMany(dimension => WireField.Made(1, dimension is int size ? WireField.Made(1, size) : WireField.Made(2, (string)dimension)))];
        byte[] tensor = [.. WireField.Made(1, type), .. WireField.Made(2, shape)];
        return WireField.Made(InputField, WireField.Made(1, name), WireField.Made(2, WireField.Made(1, tensor)));
    }

    private byte[] Write(WireField graph)
    {
        long length = _added.Sum(part => (long)part.Length);
        for (int i = 0; i < _graph.Count; i++) length += _changed.TryGetValue(i, out byte[]? changed) ? changed.Length : _graph[i].End - _graph[i].Start;
        byte[] head = WireField.Head(GraphField, length);
        var made = new byte[graph.Start + head.Length + length + (_file.Length - graph.End)];
        int at = 0;
        Keep(0, graph.Start);
        Put(head);
        for (int i = 0; i < _graph.Count; i++)
        {
            if (_changed.TryGetValue(i, out byte[]? changed)) Put(changed);
            else Keep(_graph[i].Start, _graph[i].End);
        }
        foreach (byte[] part in _added) Put(part);
        Keep(graph.End, _file.Length);
        return made;

        void Put(byte[] part)
        {
            part.CopyTo(made, at);
            at += part.Length;
        }

        void Keep(int start, int end)
        {
            _file.Copy(start, end, made, at);
            at += end - start;
        }
    }

    /// <summary>A node of the graph.</summary>
    private sealed class Node
    {
        private readonly List<WireField> _fields;

        public Node(MappedBytes file, WireField field)
        {
            _fields = field.Fields(file);
            Inputs = [.. _fields.Where(part => part.Number == 1).Select(part => part.Text(file))];
            Outputs = [.. _fields.Where(part => part.Number == 2).Select(part => part.Text(file))];
            Type = _fields.Find(part => part.Number == 4).Text(file);
        }

        public IReadOnlyList<string> Inputs { get; }
        public IReadOnlyList<string> Outputs { get; }
        public string Type { get; }

        /// <summary>An attribute that is a whole number.</summary>
        public long Number(MappedBytes file, string name, long missing)
        {
            foreach (WireField attribute in _fields.Where(part => part.Number == 5))
            {
                List<WireField> parts = attribute.Fields(file);
                if (parts.Exists(part => part.Number == 1 && part.Text(file) == name)) return (long)parts.Find(part => part.Number == 3).Value;
            }
            return missing;
        }

        /// <summary>The node, as a field of the graph, with other inputs.</summary>
        public byte[] With(MappedBytes file, IEnumerable<string> inputs) => WireField.Made(NodeField,
        [
            .. inputs.Select(input => WireField.Made(1, input)),
            .. _fields.Where(part => part.Number != 1).Select(part => file.Read(part.Start, part.End)),
        ]);
    }
}
