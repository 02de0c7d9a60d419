using System.Globalization;
using System.Text.Json;

namespace Llkd.Tokenizers.Tests;

/// <summary>Texts whose ids are not those of an oracle.</summary>
/// <param name="oracle">The oracle's name.</param>
internal sealed class Differences(string oracle)
{
    private readonly List<string> _found = [];

    /// <summary>Texts compared.</summary>
    public int Rows { get; private set; }

    public void Compare(string text, int[] expected, int[] ids)
    {
        Rows++;
        if (!expected.SequenceEqual(ids))
            _found.Add($"{JsonSerializer.Serialize(text)}\n  {oracle} {string.Join(' ', expected)}\n  {"here".PadRight(oracle.Length)} {string.Join(' ', ids)}");
    }

    /// <summary>On a difference the test fails with the name of a file that holds both sides.</summary>
    /// <param name="name">Name of the comparison, for that file.</param>
    public async Task AssertNone(string name)
    {
        if (_found.Count == 0) return;
        string file = Path.Combine(AppContext.BaseDirectory, $"differences-{name}.txt");
        await File.WriteAllLinesAsync(file, _found, TestContext.Current.CancellationToken);
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{_found.Count} of {Rows} texts have other ids; both sides stand in {file}. The first: {_found[0]}"));
    }
}
