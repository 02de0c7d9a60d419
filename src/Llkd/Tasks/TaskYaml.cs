using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Llkd.Tasks;

/// <summary>
/// Reads YAML into nodes that know their place. YamlDotNet's own document model stops at the first repeated key and
/// recurses without a limit; here a repeated key is kept, to be reported with everything else.
/// </summary>
internal sealed class TaskYaml
{
    private const int DeepestNesting = 32;
    private const int LargestFile = 16 << 20;

    private readonly Parser _parser;
    private readonly Func<Mark, TaskPlace> _place;
    private readonly Dictionary<string, TaskNode> _anchors = new(StringComparer.Ordinal);

    private TaskYaml(string text, Func<Mark, TaskPlace> place)
    {
        _parser = new Parser(new StringReader(text));
        _place = place;
    }

    /// <summary>Reads a task file's only document.</summary>
    /// <exception cref="InputException">The file cannot be read, is no UTF-8, no YAML, empty, or not a mapping.</exception>
    public static TaskMapping ReadFile(string path)
    {
        string text = ReadText(path);
        TaskNode? root = Parse(text, mark => new TaskPlace(path, mark.Line, mark.Column));
        return root switch
        {
            null or TaskScalar { IsEmpty: true } => throw new InputException(
                $"{path} is empty; a task needs at least `name`, `labels` and `data.pool`."),
            TaskMapping mapping => mapping,
            _ => throw new InputException($"{root.Place}: the file holds {root.Kind}, but a task is a mapping of keys to values, such as `name: emotions`."),
        };
    }

    /// <summary>Reads the value of an option.</summary>
    /// <exception cref="InputException">It is no YAML.</exception>
    public static TaskNode ReadValue(string text, string source)
    {
        var place = new TaskPlace(source, 0, 0);
        return Parse(text, _ => place) ?? new TaskScalar(place, "", plain: true);
    }

    private static string ReadText(string path)
    {
        byte[] bytes;
        try
        {
            if (Directory.Exists(path)) throw new InputException($"{path} is a folder; name the task file in it.");
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile })
                throw new InputException($"{path} is larger than {LargestFile >> 20} MB; is it a task file?");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such task file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
        ReadOnlySpan<byte> content = bytes;
        if (content.StartsWith("\uFEFF"u8)) content = content[3..];
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new InputException($"{path} is UTF-16 by its byte order mark; save it as UTF-8.");
        try
        {
            return new UTF8Encoding(false, true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            int line = 1 + content[..Math.Clamp(e.Index, 0, content.Length)].Count((byte)'\n');
            throw new InputException($"{path}, line {line}: not valid UTF-8; save the file as UTF-8.", e);
        }
    }

    // YamlDotNet says of a tab only that no token can start with it. A tab inside a block of text is allowed, so this
    // is asked only after the file was refused.
    private static int? TabLine(string text, long lastLine)
    {
        int line = 0;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            if (++line > lastLine) break;
            int indent = content.IndexOfAnyExcept(' ', '\t');
            if (indent > 0 && content[..indent].Contains('\t')) return line;
        }
        return null;
    }

    private static TaskNode? Parse(string text, Func<Mark, TaskPlace> place)
    {
        var reader = new TaskYaml(text, place);
        try
        {
            return reader.Document();
        }
        catch (YamlException e)
        {
            TaskPlace where = place(e.Start);
            throw new InputException(where.Line > 0 && TabLine(text, Math.Max(Math.Max(e.Start.Line, e.End.Line), reader._parser.Current?.End.Line + 1 ?? 0)) is { } line
                ? $"{where.Source}, line {line}: a tab; YAML wants spaces for indentation."
                : $"{where}: no valid YAML: {Plain(e)}.", e);
        }
        catch (Exception e) when (e is not InputException)
        {
            // YamlDotNet meets an unfinished flow mapping, for one, with InvalidOperationException.
            throw new InputException($"{place(reader._parser.Current?.Start ?? Mark.Empty)}: no valid YAML: a bracket, a brace or an escape is probably not finished.", e);
        }
    }

    private static string Plain(YamlException e) =>
        (e.InnerException is { Message.Length: > 0 } inner ? inner.Message : e.Message).TrimEnd('.').ReplaceLineEndings(" ");

    private TaskNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _)) return null;
        _parser.Consume<DocumentStart>();
        TaskNode root = Node(0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<StreamEnd>(out _)
            ? root
            : throw new InputException($"{_place(_parser.Current!.Start)}: a second document begins; a task is one document.");
    }

    private TaskNode Node(int depth)
    {
        if (depth > DeepestNesting)
            throw new InputException($"{_place(_parser.Current!.Start)}: nested deeper than {DeepestNesting} levels.");
        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
            return _anchors.TryGetValue(alias.Value.Value, out TaskNode? target)
                ? target
                : throw new InputException($"{_place(alias.Start)}: there is no anchor `&{alias.Value.Value}` above.");
        if (_parser.TryConsume<Scalar>(out Scalar? scalar))
            return Keep(scalar, new TaskScalar(_place(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty));
        if (_parser.TryConsume<SequenceStart>(out SequenceStart? sequence))
        {
            var list = new TaskList(_place(sequence.Start));
            while (!_parser.TryConsume<SequenceEnd>(out _)) list.Items.Add(Node(depth + 1));
            return Keep(sequence, list);
        }
        MappingStart start = _parser.Consume<MappingStart>();
        var mapping = new TaskMapping(_place(start.Start));
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            TaskPlace place = _place(_parser.Current!.Start);
            if (Node(depth + 1) is not TaskScalar key)
                throw new InputException($"{place}: a key must be a plain name.");
            mapping.Entries.Add(new TaskEntry(key.Value, key.Place, Node(depth + 1)));
        }
        return Keep(start, mapping);
    }

    // An anchor is known only after its node is whole, so no node can contain itself.
    private TaskNode Keep(NodeEvent start, TaskNode node)
    {
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor.Value] = node;
        return node;
    }
}
