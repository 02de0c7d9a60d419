using System.Globalization;
using System.Text;

namespace Llkd.Cli.Tests.Support;

/// <summary>A folder with a small task in it: three labels, a pool, a validation and a test set made from a seed.</summary>
internal sealed class Workplace : IDisposable
{
    private static readonly string[][] Words =
    [
        ["invoice", "refund", "charge", "price", "payment", "card"],
        ["crash", "error", "broken", "wrong", "bug", "freeze"],
        ["password", "login", "account", "locked", "code", "access"],
    ];

    private static readonly string[] Filler =
        ["please", "the", "my", "we", "today", "again", "with", "help", "page", "team", "when", "still", "after", "since", "again", "new"];

    public static readonly string[] Labels = ["billing", "bug", "access"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llkd-cli-");

    public Workplace(string teacher = "kind: prototype, shots: 4", string training = "epochs: 3, batchSize: 16", int pool = 240)
    {
        Write("pool.csv", Table(pool, 1));
        Write("validation.csv", Table(45, 2));
        Write("test.csv", Table(45, 3));
        WriteTask(teacher, training);
    }

    public string Folder => _folder.FullName;

    public string this[string name] => Path.Combine(Folder, name);

    public void WriteTask(
        string teacher = "kind: prototype, shots: 4", string training = "epochs: 3, batchSize: 16", string name = "small", string pool = "pool.csv") =>
        Write("task.yaml", $$"""
            name: {{name}}
            labels: [billing, bug, access]
            data: { pool: {{pool}}, validation: validation.csv, test: test.csv }
            teacher: { {{teacher}} }
            student: { kind: ngram, hidden: 8, buckets: 4096 }
            training: { {{training}} }

            """);

    public void Write(string name, string text) => File.WriteAllText(this[name], text, new UTF8Encoding(false));

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(this[name], bytes);

    public Ended Llkd(params IEnumerable<string> arguments) => LlkdProcess.Run(Folder, arguments);

    /// <summary>`llkd run task.yaml --output out` and more.</summary>
    public Ended Run(params IEnumerable<string> more) => Llkd(["run", "task.yaml", "--output", "out", .. more]);

    /// <summary>The journal's labels as text.</summary>
    public string ExportedLabels()
    {
        Llkd("label", "task.yaml", "--output", "out", "--export", "exported.csv").Succeeds();
        return File.ReadAllText(this["exported.csv"]);
    }

    public byte[] Weights() => File.ReadAllBytes(this["out/model/model.safetensors"]);

    /// <summary>Rows id, text, label; each text has one or two words of its label and now and then one of another.</summary>
    public static string Table(int rows, int seed, string prefix = "")
    {
        var random = new Random(seed);
        var table = new StringBuilder("id,text,label\n");
        for (int i = 0; i < rows; i++)
        {
            int label = i % Labels.Length;
            IEnumerable<string> words = Enumerable.Range(0, 4).Select(_ => Filler[random.Next(Filler.Length)])
                .Append(Words[label][random.Next(6)]).Append(Words[label][random.Next(6)]);
            if (random.Next(4) == 0) words = words.Append(Words[random.Next(3)][random.Next(6)]);
            string text = string.Join(' ', words.OrderBy(_ => random.Next()));
            table.Append(CultureInfo.InvariantCulture, $"{prefix}{seed}-{i},\"{text}, no {seed * 10000 + i}\",{Labels[label]}\n");
        }
        return table.ToString();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
