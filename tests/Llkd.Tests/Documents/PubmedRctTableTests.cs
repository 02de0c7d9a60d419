using System.Text;
using CsCheck;
using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Tests.Documents;

public sealed class PubmedRctTableTests
{
    private static PubmedRctTable Open(byte[] content) => new(new MemoryStream(content), "train.txt");

    private static List<string?[]> Read(string content) => Rows.Of(Open(Encoding.UTF8.GetBytes(content)));

    private static string Error(string content) => Assert.Throws<InputException>(() => Read(content)).Message;

    [Fact]
    public void Sentences_are_rows_with_their_abstract_and_place()
    {
        var rows = Read("###24293578\nOBJECTIVE\tTo investigate .\nMETHODS\tA total\tof @ .\n\n###24854809\r\nRESULTS\t\r\n\r\n");
        Assert.Equal(
            [["24293578-1", "To investigate .", "OBJECTIVE", "24293578", "1"], ["24293578-2", "A total\tof @ .", "METHODS", "24293578", "2"], ["24854809-1", "", "RESULTS", "24854809", "1"]],
            rows);
    }

    [Fact]
    public void A_file_may_end_without_a_line_break_and_begin_with_a_byte_order_mark() =>
        Assert.Equal([["1-1", "b", "A", "1", "1"]], Read("\uFEFF###1\nA\tb"));

    [Fact]
    public void An_empty_file_has_no_rows() => Assert.Empty(Read("\n\n"));

    [Theory]
    [InlineData("METHODS\tA .\n", "line 1: a sentence stands outside an abstract")]
    [InlineData("###1\nA\tb\n\nA\tc\n", "line 4: a sentence stands outside an abstract")]
    [InlineData("###1\nA\tb\nMETHODS A .\n", "line 3: there is no tab")]
    [InlineData("###1\n\tA .\n", "line 2: the label before the tab is empty")]
    [InlineData("###\nA\tb\n", "line 1: `###` is followed by no number")]
    [InlineData("###1\n\n###2\nA\tb\n", "line 2: abstract 1 ends without a sentence")]
    [InlineData("###1\nA\tb\n\n###2", "line 5: abstract 2 ends without a sentence; the file may be cut off")]
    [InlineData("###1\nA\tb\nA\tc\0d\n", "line 3 holds a NUL byte")]
    public void What_is_wrong_is_named_with_file_and_line(string content, string message)
    {
        string error = Error(content);
        Assert.StartsWith("train.txt, ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_line_is_refused() =>
        Assert.Contains("line 2: is longer than", Error("###1\nA\t" + new string('x', PubmedRctTable.LongestLine)), StringComparison.Ordinal);

    private static readonly Gen<string> Sentence = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Const('\t'), Gen.Const(' '), Gen.Const('ä'), Gen.Const('#'), Gen.Const('\u2028'), Gen.Const('"')), 0, 40];

    [Fact]
    public void What_was_written_is_read() =>
        Gen.Select(Gen.Select(Gen.Int[1, 99_999_999], Gen.Select(Gen.Int[0, 4], Sentence).List[1, 6]).List[0, 20], Gen.Bool, Gen.Bool).Sample((abstracts, windows, blank) =>
        {
            string[] labels = ["BACKGROUND", "OBJECTIVE", "METHODS", "RESULTS", "CONCLUSIONS"];
            var text = new StringBuilder();
            var expected = new List<string?[]>();
            foreach (var (id, sentences) in abstracts)
            {
                text.Append($"###{id}\n");
                for (int i = 0; i < sentences.Count; i++)
                {
                    text.Append($"{labels[sentences[i].Item1]}\t{sentences[i].Item2}\n");
                    expected.Add([$"{id}-{i + 1}", sentences[i].Item2, labels[sentences[i].Item1], $"{id}", $"{i + 1}"]);
                }
                if (blank) text.Append('\n');
            }
            string content = windows ? text.ToString().Replace("\n", "\r\n", StringComparison.Ordinal) : text.ToString();
            Assert.Equal(expected, Read(content));
        });

    [Fact]
    public void Any_bytes_are_read_or_refused_with_a_message() =>
        Gen.OneOf(Gen.Byte.Array[0, 200], Gen.OneOf(Gen.Const((byte)'#'), Gen.Const((byte)'\n'), Gen.Const((byte)'\t'), Gen.Const((byte)'A'), Gen.Const((byte)'\r'), Gen.Byte).Array[0, 80]).Sample(bytes =>
        {
            try
            {
                foreach (string?[] row in Rows.Of(Open(bytes))) Assert.DoesNotContain(row, cell => cell is null);
            }
            catch (InputException error)
            {
                Assert.StartsWith("train.txt, line ", error.Message, StringComparison.Ordinal);
            }
        });

    [Fact]
    public void A_task_names_the_format_and_reads_upper_case_labels_by_value()
    {
        using var folder = new TestFolder();
        folder.Write("train.txt", "###1\nMETHODS\tWe measured .\nRESULTS\tIt fell .\n\n");
        DistillationTask task = TaskFile.Load(folder.Write("task.yaml", """
            name: rct
            labels: [{ name: methods, value: METHODS }, { name: results, value: RESULTS }]
            data: { pool: train.txt, format: pubmed-rct }
            """));
        var documents = DocumentReader.Read(task.PathOf(task.Data.Pool), task.Data, task.Labels, requireLabels: true, new ReadCounts()).ToList();
        Assert.Equal(["1-1", "1-2"], documents.Select(document => document.Id));
        Assert.Equal([0, 1], documents.Select(document => document.Label));
    }

    [Fact]
    public void A_value_that_stands_for_two_labels_is_refused()
    {
        using var folder = new TestFolder();
        string path = folder.Write("task.yaml", "name: a\nlabels: [{ name: x, value: y }, y]\ndata: { pool: p.csv }\n");
        Assert.Contains("labels[0].value", Assert.Throws<InputException>(() => TaskFile.Load(path)).Message, StringComparison.Ordinal);
    }
}
