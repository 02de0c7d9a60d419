// Writes the help-desk data: dotnet run samples/helpdesk/generate.cs -- --output DIR
// The texts come from the grammar beside this file. Only the base library and the generator's own random numbers are
// used, and nothing depends on culture, time or hash order, so the files are the same bytes on every machine.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

using System.Text;
using System.Text.RegularExpressions;

if (args is not ["--output", var output])
{
    Console.Error.WriteLine("Usage: dotnet run generate.cs -- --output DIR");
    return 2;
}

// Shares of the labels in percent; real desks are uneven too.
(string Label, int Share)[] labels =
[
    ("how-to", 24), ("access", 18), ("bug", 14), ("billing", 13),
    ("integration", 10), ("account-change", 8), ("performance", 7), ("feature-request", 6),
];
var grammar = new Grammar(
    Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "grammar"), [.. labels.Select(l => l.Label)]);
var seen = new HashSet<string>(StringComparer.Ordinal);
Directory.CreateDirectory(output);
Write("pool", 4000, seed: 1, withLabel: true);
Write("validation", 500, seed: 2, withLabel: true);
Write("test", 1000, seed: 3, withLabel: true);
Write("incoming", 20, seed: 4, withLabel: false);
return 0;

void Write(string name, int count, ulong seed, bool withLabel)
{
    // Every file has its own stream of random numbers; `seen` keeps a text of one file out of the later ones.
    var random = new SplitMix64(seed);
    var queue = labels.SelectMany(l => Enumerable.Repeat(l.Label, (count * l.Share + 50) / 100)).ToList();
    while (queue.Count < count) queue.Add(labels[0].Label);
    while (queue.Count > count) queue.RemoveAt(0);
    for (int i = queue.Count - 1; i > 0; i--)
    {
        int j = random.Next(i + 1);
        (queue[i], queue[j]) = (queue[j], queue[i]);
    }
    var csv = new StringBuilder(withLabel ? "id,text,label\n" : "id,text\n");
    for (int i = 0; i < count; i++)
    {
        string text;
        do text = Style.Apply(grammar.Message(queue[i], random), random);
        while (!seen.Add(Words(text)));
        csv.Append(name).Append('-').Append((i + 1).ToString("D4")).Append(',').Append(Quote(text));
        if (withLabel) csv.Append(',').Append(queue[i]);
        csv.Append('\n');
    }
    File.WriteAllText(Path.Combine(output, name + ".csv"), csv.ToString(), new UTF8Encoding(false));
}

// Texts that differ in case or punctuation only count as the same.
static string Words(string text) => string.Join(' ', Regex.Matches(text.ToLowerInvariant(), "[a-z0-9]+").Select(match => match.Value));

static string Quote(string field) =>
    field.AsSpan().IndexOfAny(",\"\n") < 0 ? field : '"' + field.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

/// <summary>SplitMix64 (Steele, Lea and Flood 2014).</summary>
internal sealed class SplitMix64(ulong state)
{
    private ulong _state = state;

    public ulong NextBits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number in [0, bound).</summary>
    public int Next(int bound) => (int)(((NextBits() >> 32) * (ulong)bound) >> 32);

    public bool Chance(int percent) => Next(100) < percent;
}

/// <summary>A context-free grammar with weighted alternatives; common.txt describes its notation.</summary>
internal sealed class Grammar
{
    private readonly Dictionary<string, List<(int Weight, string Template)>> _rules = new(StringComparer.Ordinal);
    private readonly string[] _labels;

    public Grammar(string folder, string[] labels)
    {
        _labels = labels;
        foreach (string scope in labels.Append("common")) Read(Path.Combine(folder, scope + ".txt"), scope);
    }

    public string Message(string label, SplitMix64 random) =>
        Regex.Replace(Expand("<message>", label, random), " +([ .,?])", "$1").Trim();

    private void Read(string file, string scope)
    {
        List<(int, string)>? rule = null;
        bool commonFirst = false;
        int row = 0;
        foreach (string line in File.ReadLines(file))
        {
            row++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] != ' ')
            {
                string[] head = line.TrimEnd(':').Split(", ");
                commonFirst = head is [_, "common first"];
                _rules.Add($"{scope}.{head[0]}", rule = []);
            }
            else if (rule is null) throw new InvalidDataException($"{file}, line {row}: an alternative before the first rule.");
            else
            {
                Match weighted = Regex.Match(line, @"^ +(?:(\d+)\* )?(.+)$");
                int weight = commonFirst ? 10_000 / (rule.Count + 1)
                    : weighted.Groups[1].Success ? int.Parse(weighted.Groups[1].ValueSpan) : 1;
                rule.Add((weight, weighted.Groups[2].Value));
            }
        }
    }

    private string Expand(string template, string label, SplitMix64 random)
    {
        var text = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            char c = template[i];
            if (c is '<' or '{' or '[')
            {
                int end = Closing(template, i);
                string inside = template[(i + 1)..end];
                if (c == '<') text.Append(Rule(inside, label, random));
                else if (c == '{') text.Append(Choice(inside, label, random));
                else if (random.Chance(50)) text.Append(Expand(inside, label, random));
                i = end;
            }
            else text.Append(c == '#' ? (char)('1' + random.Next(9)) : c);
        }
        return text.ToString();
    }

    private string Rule(string name, string label, SplitMix64 random)
    {
        if (name.EndsWith("@other", StringComparison.Ordinal))
        {
            string other;
            do other = _labels[random.Next(_labels.Length)];
            while (other == label);
            return Rule(name[..^6], other, random);
        }
        if (!_rules.TryGetValue($"{label}.{name}", out var alternatives) && !_rules.TryGetValue($"common.{name}", out alternatives))
            throw new InvalidDataException($"The grammar has no rule <{name}>.");
        int draw = random.Next(alternatives.Sum(a => a.Weight));
        string template = alternatives.First(a => (draw -= a.Weight) < 0).Template;
        string text = Expand(template, label, random).Trim();
        bool sentence = name is "core" or "detail" or "mention" or "background";
        return sentence && !".?!".Contains(text[^1]) ? text + "." : text;
    }

    private string Choice(string inside, string label, SplitMix64 random)
    {
        var choices = new List<string>();
        int start = 0;
        for (int i = 0; i < inside.Length; i++)
        {
            if (inside[i] is '<' or '{' or '[') i = Closing(inside, i);
            else if (inside[i] == '|')
            {
                choices.Add(inside[start..i]);
                start = i + 1;
            }
        }
        choices.Add(inside[start..]);
        return Expand(choices[random.Next(choices.Count)], label, random);
    }

    private static int Closing(string template, int open)
    {
        int depth = 0;
        for (int i = open; i < template.Length; i++)
        {
            if (template[i] is '<' or '{' or '[') depth++;
            else if (template[i] is '>' or '}' or ']' && --depth == 0) return i;
        }
        throw new InvalidDataException($"Unclosed {template[open]} in: {template}");
    }
}

/// <summary>How people write: formal, casual or in haste.</summary>
internal static class Style
{
    private static readonly (string Long, string Short)[] s_abbreviations =
    [
        ("please", "pls"), ("thanks", "thx"), ("account", "acct"), ("message", "msg"), ("password", "pw"), ("you", "u"),
        ("invoice", "inv"), ("cannot", "cant"), ("does not", "doesnt"), ("do not", "dont"), ("is not", "isnt"), ("people", "ppl"),
        ("information", "info"), ("subscription", "sub"), ("application", "app"), ("minutes", "min"), ("seconds", "sec"),
        ("it is", "its"), ("I am", "im"), ("to", "2"), ("and", "&"), ("with", "w/"),
    ];

    public static string Apply(string text, SplitMix64 random)
    {
        int tone = random.Next(100);
        if (tone < 45) return Capitalise(text);                                             // formal
        if (tone < 60) return Capitalise(Mistype(text, random, perMille: 25));              // in haste
        if (tone < 98) return Casual(Mistype(text, random, perMille: 15), random);          // casual
        return Capitalise(text).ToUpperInvariant();                                         // shouting
    }

    private static string Casual(string text, SplitMix64 random)
    {
        foreach (var (words, abbreviation) in s_abbreviations)
            if (random.Chance(25)) text = Regex.Replace(text, $@"\b{words}\b", abbreviation);
        text = text.ToLowerInvariant();
        if (random.Chance(30)) text = text.Replace(", ", " ", StringComparison.Ordinal);
        if (random.Chance(20)) text = text.Replace(". ", random.Chance(50) ? " - " : "... ", StringComparison.Ordinal);
        if (random.Chance(20)) text = text.Replace("?", "??", StringComparison.Ordinal);
        return random.Chance(50) ? text.TrimEnd('.') : text;
    }

    private static string Capitalise(string text) =>
        Regex.Replace(text, @"(^|[.!?] )([a-z])", match => match.Groups[1].Value + match.Groups[2].Value.ToUpperInvariant());

    private static string Mistype(string text, SplitMix64 random, int perMille) => Regex.Replace(text, "[A-Za-z]{4,}", match =>
    {
        string word = match.Value;
        if (random.Next(1000) >= perMille) return word;
        int at = 1 + random.Next(word.Length - 2);
        return random.Next(3) switch
        {
            0 => word.Remove(at, 1),
            1 => word.Insert(at, word[at].ToString()),
            _ => word[..at] + word[at + 1] + word[at] + word[(at + 2)..],
        };
    });
}
