using System.Globalization;
using System.Text;

namespace Llkd.Documents;

/// <summary>
/// The text format of PubMed 200k RCT and its 20k part (Dernoncourt and Lee 2017): an abstract begins with a line
/// `###` and its number, then comes one line a sentence, label and text with a tab between, then a blank line. Columns:
/// `id` (number of the abstract and of the sentence in it, from 1), `text`, `label` (upper case, as in the file),
/// `abstract`, `sentence`. A row is a sentence.
/// </summary>
internal sealed class PubmedRctTable : ITable
{
    /// <summary>Longest line, in characters; a file of another kind could be one endless line.</summary>
    internal const int LongestLine = 1 << 22;

    private static readonly string[] Names = ["id", "text", "label", "abstract", "sentence"];
    private readonly Utf8TextReader _text;
    private readonly char[] _buffer = new char[1 << 14];
    private readonly string[] _row = new string[Names.Length];
    private int _position, _available;
    private long _line;
    private string? _abstract;
    private int _sentence;

    public PubmedRctTable(Stream stream, string name)
    {
        Name = name;
        _text = new Utf8TextReader(stream);
    }

    public string Name { get; }

    public IReadOnlyList<string> Columns => Names;

    public long Row { get; private set; }

    public string? this[int column] => _row[column];

    public TableCell Cell(int column) => TableCell.Of(_row[column]);

    public bool Read()
    {
        while (ReadLine() is { } line)
        {
            if (line.StartsWith("###", StringComparison.Ordinal)) Begin(line[3..].Trim());
            else if (string.IsNullOrWhiteSpace(line)) End();
            else
            {
                Take(line);
                return true;
            }
        }
        End();
        return false;
    }

    public void Dispose() => _text.Dispose();

    private void Begin(string id)
    {
        End();
        if (id.Length == 0) throw Wrong("`###` is followed by no number of an abstract");
        (_abstract, _sentence) = (id, 0);
    }

    private void End()
    {
        if (_abstract is not null && _sentence == 0) throw Wrong($"abstract {_abstract} ends without a sentence; the file may be cut off");
        _abstract = null;
    }

    private void Take(string line)
    {
        if (_abstract is null) throw Wrong("a sentence stands outside an abstract; before it there must be a line `###` with the abstract's number");
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        if (tab < 0) throw Wrong("there is no tab between label and sentence");
        if (string.IsNullOrWhiteSpace(line[..tab])) throw Wrong("the label before the tab is empty");
        _sentence++;
        Row++;
        string number = _sentence.ToString(CultureInfo.InvariantCulture);
        (_row[0], _row[1], _row[2], _row[3], _row[4]) = ($"{_abstract}-{number}", line[(tab + 1)..], line[..tab], _abstract, number);
    }

    /// <summary>The next line without its end (a line feed, a carriage return or both); null at the end of the file.</summary>
    private string? ReadLine()
    {
        _line++;
        try
        {
            StringBuilder? earlier = null;
            while (Fill())
            {
                ReadOnlySpan<char> ahead = _buffer.AsSpan(_position, _available - _position);
                int end = ahead.IndexOf('\n');
                ReadOnlySpan<char> part = end < 0 ? ahead : ahead[..end];
                if ((earlier?.Length ?? 0) + part.Length > LongestLine) throw Wrong($"is longer than {LongestLine} characters");
                _position += part.Length + (end < 0 ? 0 : 1);
                if (end >= 0 && earlier is null) return part.ToString().TrimEnd('\r');
                earlier = (earlier ?? new StringBuilder()).Append(part);
                if (end >= 0) break;
            }
            return earlier?.ToString().TrimEnd('\r');
        }
        catch (DamagedTextException e)
        {
            throw new InputException($"{Name}, line {_line} {e.Message}.", e);
        }
    }

    private bool Fill()
    {
        if (_position < _available) return true;
        (_position, _available) = (0, _text.Read(_buffer.AsSpan()));
        return _available > 0;
    }

    private InputException Wrong(string what) => new($"{Name}, line {_line}: {what}. Is it a file of PubMed RCT (`data.format: pubmed-rct`)?");
}
