using System.Text;
using CsCheck;
using Llkd.Tasks;
using Llkd.Tests.Documents;

namespace Llkd.Tests.Tasks;

public sealed class ResolvedTaskTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_resolved_task_has_every_key_and_reads_back_as_the_same_task()
    {
        Directory.CreateDirectory(_folder["run"]);
        DistillationTask task = TaskFile.Load(_folder.Write("task.yaml",
            """
            name: "it's: \"#1\""
            labels: [no, { name: 'null', description: "tab\there, line\nbreak, 😀, \u2028" }]
            data: { pool: ../p.csv, test: t.csv, validationShare: 0.1 }
            teacher: { kind: recorded, labels: sub/l.csv, probabilities: "p_{label}" }
            training:
              baselines: [no-ds]
              learningRate: 1e-4
              options: { momentum: 0.99, scaling: none, ratio: null }
            """));
        TaskFile.WriteResolved(task, _folder["run/task.resolved.yaml"]);
        DistillationTask again = TaskFile.Load(_folder["run/task.resolved.yaml"]);

        Assert.Equal((task.Name, task.Student), (again.Name, again.Student));
        Assert.Equal(task.Labels, again.Labels);
        Assert.Equal(task.Data with { Pool = Path.GetFullPath(_folder["../p.csv"]), Test = _folder["t.csv"] }, again.Data);
        Assert.Equal(task.Teacher with { Labels = _folder["sub/l.csv"] }, again.Teacher);
        Assert.Equal(task.Training with { Options = OptionMap.Empty, Baselines = [] }, again.Training with { Options = OptionMap.Empty, Baselines = [] });
        Assert.Equal(task.Training.Baselines, again.Training.Baselines);
        Assert.Equal(task.Training.Options.Bind<TestOptions>(), again.Training.Options.Bind<TestOptions>());

        string written = File.ReadAllText(_folder["run/task.resolved.yaml"]);
        foreach (string key in TaskKeys.Paths(typeof(DistillationTask)))
            Assert.Contains($"{key.Split('.')[^1]}:", written, StringComparison.Ordinal);
        TaskFile.WriteResolved(again, _folder["again.yaml"]);
        Assert.Equal(written, File.ReadAllText(_folder["again.yaml"]));
    }

    [Fact]
    public void Fields_of_a_request_keep_their_types()
    {
        DistillationTask task = TaskFile.Load(_folder.Write("task.yaml",
            """
            name: t
            labels: [a, b]
            data: { pool: p.csv }
            teacher:
              kind: openai
              model: m
              request:
                temperature: null
                chat_template_kwargs: { enable_thinking: false, "b": ~, a: [1, 2.50, -1e3, "1", x y, True, 0x1F, .inf] }
                "q\"😀\u2028\n": no
            """));
        const string Json = """{"chat_template_kwargs":{"a":[1,2.50,-1e3,"1","x y",true,"0x1F",".inf"],"b":null,"enable_thinking":false},"q\"😀\u2028\n":"no","temperature":null}""";
        Assert.Equal(RequestFields.Parse(Json), task.Teacher.Request);
        TaskFile.WriteResolved(task, _folder["again.yaml"]);
        Assert.Equal(task.Teacher, TaskFile.Load(_folder["again.yaml"]).Teacher);
    }

    [Fact]
    public void Any_text_survives_being_written_and_read()
    {
        Gen<string> texts = Gen.Int[1, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32)
            .Array[1, 8].Select(string.Concat).Where(text => !string.IsNullOrWhiteSpace(text));
        Gen<string> names = texts.Where(text => text is not ("." or "..") && !text.Any(c => c is '/' or '\\' || char.IsControl(c)));
        Gen.Select(texts, texts, texts, names).Where((a, b, _, _) => a != b).Sample((a, b, description, name) =>
        {
            var task = new DistillationTask
            {
                Name = name,
                Labels = [new TaskLabel { Name = a, Description = description }, new TaskLabel { Name = b }],
                Data = new DataOptions { Pool = "p.csv" },
                Training = new TrainingOptions { Options = OptionMap.Of(new Dictionary<string, string> { [a] = b }) },
            };
            TaskFile.WriteResolved(task, _folder["t.yaml"]);
            DistillationTask read = TaskFile.Load(_folder["t.yaml"]);
            Assert.Equal(task.Labels, read.Labels);
            Assert.Equal(task.Name, read.Name);
            Assert.Equal(b, ((TaskScalar)read.Training.Options.Node!.Find(a)!).Value);
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void A_damaged_task_file_is_read_or_refused_but_never_crashes_the_reader()
    {
        byte[] whole = Encoding.UTF8.GetBytes(TaskDocs.Example + "#ä😀\n");
        const string Awkward = "{}[]:,&*!|>'\"%@`#?-\t\n \\~=<0a";
        Gen<byte> change = Gen.OneOf(Gen.Int[0, Awkward.Length - 1].Select(i => (byte)Awkward[i]), Gen.Byte);
        Gen.Select(Gen.Select(Gen.Int[0, whole.Length - 1], change).Array[1, 8], Gen.Int[0, 2 * whole.Length]).Sample((changes, length) =>
        {
            byte[] bytes = [.. whole];
            foreach ((int at, byte value) in changes) bytes[at] = value;
            string path = _folder.Write("fuzz.yaml", length < bytes.Length ? bytes[..length] : bytes);
            try
            {
                TaskFile.Load(path);
            }
            catch (InputException e)
            {
                Assert.Contains("fuzz.yaml", e.Message, StringComparison.Ordinal);
            }
        }, iter: 3000, threads: 1);
    }
}
