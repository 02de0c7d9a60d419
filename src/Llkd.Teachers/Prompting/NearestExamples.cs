using Llkd.Documents;
using Llkd.Teachers.Prototype;

namespace Llkd.Teachers.Prompting;

/// <summary>The gold examples nearest to a document by TF-IDF, the nearest last, where a model heeds it most.</summary>
internal sealed class NearestExamples
{
    private readonly Document[] _examples;
    private readonly TextVectors _vectors;
    private readonly int _count;
    private readonly Dictionary<ulong, List<(int Example, float Value)>> _postings = [];

    public NearestExamples(IReadOnlyList<Document> examples, int count)
    {
        _examples = [.. examples];
        _count = count;
        _vectors = new TextVectors(new DocumentFrequencies(examples.Select(example => example.Text)));
        for (int i = 0; i < _examples.Length; i++)
        {
            SparseVector vector = _vectors.Of(_examples[i].Text);
            for (int f = 0; f < vector.Keys.Length; f++)
            {
                if (!_postings.TryGetValue(vector.Keys[f], out List<(int, float)>? list)) _postings.Add(vector.Keys[f], list = []);
                list.Add((i, vector.Values[f]));
            }
        }
    }

    /// <summary>The examples for one text; the text itself is never among them. Safe to call from several threads at once.</summary>
    public Document[] For(string text)
    {
        DocumentKey own = DocumentKey.Of(text);
        var similarity = new double[_examples.Length];
        SparseVector vector = _vectors.Of(text);
        for (int f = 0; f < vector.Keys.Length; f++)
        {
            if (!_postings.TryGetValue(vector.Keys[f], out List<(int Example, float Value)>? list)) continue;
            foreach ((int example, float value) in list) similarity[example] += (double)value * vector.Values[f];
        }
        return
        [
            .. Enumerable.Range(0, _examples.Length).Where(i => _examples[i].Key != own)
                .OrderByDescending(i => similarity[i]).ThenBy(i => i).Take(_count).Reverse().Select(i => _examples[i]),
        ];
    }
}
