using Llkd.Tasks;
using Llkd.Tests.Documents;

namespace Llkd.Tests.Tasks;

public sealed class TaskFileTests : IDisposable
{
    private const string Minimal = "name: t\nlabels: [a, b]\ndata: { pool: p.csv }\n";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DistillationTask Load(string yaml, params string[] overrides) => TaskFile.Load(_folder.Write("task.yaml", yaml), overrides);

    private string Error(string yaml, params string[] overrides) =>
        Assert.Throws<InputException>(() => Load(yaml, overrides)).Message.Replace(_folder["task.yaml"], "task.yaml");

    [Fact]
    public void A_task_with_the_required_keys_has_the_documented_defaults()
    {
        DistillationTask task = Load(Minimal);
        Assert.Equal(new DataOptions { Pool = "p.csv" }, task.Data);
        Assert.Equal(new TeacherOptions(), task.Teacher);
        Assert.Equal(new StudentOptions(), task.Student);
        Assert.Equal(("llkd", 6, 64), (task.Training.Method, task.Training.Epochs, task.Training.BatchSize));
        Assert.Equal(_folder.Root, task.BaseDirectory);
        Assert.Equal(_folder["p.csv"], task.PathOf(task.Data.Pool));
    }

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        DistillationTask task = Load(
            """
            name: &name emotions
            labels:
              - joy
              - { name: anger, description: "being *angry*: very" }
            data:
              pool: *name
              validationShare: 1e-1
              duplicates: keep
            teacher:
              labelTest: false
              confidence: ~
            student: { kind: transformer, hidden: 64, layers: 2 }
            training:
              baselines: [no-ds, random]
              learningRate: .5
              options:
                momentum: 0.99
            """);
        Assert.Equal([new TaskLabel { Name = "joy" }, new TaskLabel { Name = "anger", Description = "being *angry*: very" }], task.Labels);
        Assert.Equal(("emotions", 0.1, DuplicatePolicy.Keep), (task.Data.Pool, task.Data.ValidationShare, task.Data.Duplicates));
        Assert.False(task.Teacher.LabelTest);
        Assert.Null(task.Teacher.Confidence);
        Assert.Equal((StudentKind.Transformer, (int?)64), (task.Student.Kind, task.Student.Hidden));
        Assert.Equal(["no-ds", "random"], task.Training.Baselines);
        Assert.Equal(0.5, task.Training.LearningRate);
        Assert.Equal(0.99, task.Training.Options.Bind<TestOptions>().Momentum);
    }

    [Fact]
    public void Labels_that_look_like_other_types_stay_texts()
    {
        DistillationTask task = Load("name: 1.0\nlabels: [no, on, 1, null, ~, 'true', 0x10, 2001-01-01]\ndata: { pool: p.csv }");
        Assert.Equal(["no", "on", "1", "null", "~", "true", "0x10", "2001-01-01"], task.Labels.Select(label => label.Name));
        Assert.Equal("1.0", task.Name);
    }

    [Theory]
    [InlineData("training.epochs=3")]
    [InlineData("training.epochs= 3 ")]
    [InlineData("training={epochs: 3}")]
    public void An_override_replaces_one_value_and_makes_what_is_missing(string option)
    {
        DistillationTask task = Load(Minimal, "training.epochs=2", option);
        Assert.Equal(3, task.Training.Epochs);
    }

    [Fact]
    public void Overrides_reach_into_lists_and_options()
    {
        DistillationTask task = Load(Minimal + "training: {options: {momentum: 0.5, scaling: none}}",
            "labels[1]={name: z, description: last}", "labels.2=c", "labels[3].name=d", "training.options.momentum=0.7", "data.validation=a=b.csv");
        Assert.Equal(["a", "z", "c", "d"], task.Labels.Select(label => label.Name));
        Assert.Equal("last", task.Labels[1].Description);
        Assert.Equal("a=b.csv", task.Data.Validation);
        TestOptions options = task.Training.Options.Bind<TestOptions>();
        Assert.Equal((0.7, TestScaling.None), (options.Momentum, options.Scaling));
    }

    [Theory]
    [InlineData("", "task.yaml is empty; a task needs at least `name`, `labels` and `data.pool`.")]
    [InlineData("# only a comment\n", "task.yaml is empty; a task needs at least `name`, `labels` and `data.pool`.")]
    [InlineData("[a, b]", "task.yaml, line 1, column 1: the file holds a list, but a task is a mapping")]
    [InlineData("just text", "task.yaml, line 1, column 1: the file holds `just text`, but a task is a mapping")]
    [InlineData("name: t\nlabels:\n\t- a\n", "task.yaml, line 3: a tab; YAML wants spaces for indentation.")]
    [InlineData("name: t\nlabels: [a, b\ndata: {}\n", "task.yaml, line 2, column 10: no valid YAML: a bracket, a brace")]
    [InlineData(Minimal + "---\nname: u\n", "task.yaml, line 4, column 1: a second document begins")]
    [InlineData(Minimal + "name: u\n", "task.yaml, line 4, column 1: `name` stands twice; it was first given in line 1. Keep one.")]
    [InlineData(Minimal + "trainign: {}\n", "task.yaml, line 4, column 1: `trainign` is not known; the nearest known key is `training`.")]
    [InlineData(Minimal + "training:\n  batchsize: 3\n", "task.yaml, line 5, column 3: `training.batchsize` is not known; the nearest known key is `batchSize`.")]
    [InlineData(Minimal + "epochs: 3\n", "task.yaml, line 4, column 1: `epochs` is not known here; did you mean `training.epochs`.")]
    [InlineData(Minimal + "training: {epochs: many}\n", "`training.epochs` is `many`, but takes a whole number")]
    [InlineData(Minimal + "training: {epochs: 1.5}\n", "`training.epochs` is `1.5`, but takes a whole number")]
    [InlineData(Minimal + "training: {epochs: 0}\n", "task.yaml, line 4, column 20: `training.epochs` is 0, but must be at least 1.")]
    [InlineData(Minimal + "training: {epochs: 99999999999}\n", "but takes a whole number of at most 2147483647.")]
    [InlineData(Minimal + "training: {epochs: }\n", "`training.epochs` has no value; give one, or leave the key away.")]
    [InlineData(Minimal + "training: {warmup: .nan}\n", "`training.warmup` is `.nan`, but takes a number.")]
    [InlineData(Minimal + "training: {warmup: 1.5}\n", "`training.warmup` is 1.5, but must be from 0 to 1.")]
    [InlineData(Minimal + "training: {options: 3}\n", "`training.options` is `3`, but takes a mapping")]
    [InlineData(Minimal + "training: {baselines: random}\n", "`training.baselines` is `random`, but takes a list, such as [a, b].")]
    [InlineData(Minimal + "training: [a]\n", "`training` is a list, but takes a mapping with the keys `method`, ")]
    [InlineData(Minimal + "teacher: {labelTest: yes}\n", "`teacher.labelTest` is `yes`, but takes true or false.")]
    [InlineData(Minimal + "teacher: {kind: recorder}\n", "`teacher.kind` is `recorder`, but takes one of `prototype`, `recorded`, `openai`, `onnx`; the nearest is `recorded`.")]
    [InlineData(Minimal + "teacher: {label: [a]}\n", "`teacher.label` is a list, but takes a text.")]
    [InlineData("name: t\nlabels: [a, b]\n", "task.yaml, line 1, column 1: `data.pool` is missing.")]
    [InlineData("name: t\nlabels: [a, b]\ndata:\n  text: t\n", "task.yaml, line 4, column 3: `data.pool` is missing.")]
    [InlineData("name: ''\nlabels: [a, b]\ndata: {pool: p}\n", "`name` must not be empty.")]
    [InlineData("name:\nlabels: [a, b]\ndata: {pool: p}\n", "`name` has no value.")]
    [InlineData("name: t\nlabels: [a]\ndata: {pool: p}\n", "task.yaml, line 2, column 9: `labels` has one label; a classifier needs at least two.")]
    [InlineData("name: t\nlabels: []\ndata: {pool: p}\n", "`labels` has no label; a classifier needs at least two.")]
    [InlineData("name: t\nlabels: [a, b, a]\ndata: {pool: p}\n", "task.yaml, line 2, column 16: `labels[2]` is `a`, as labels[0] is; every label stands once.")]
    [InlineData("name: t\nlabels: [a, '']\ndata: {pool: p}\n", "`labels[1]` is empty; every label has a name.")]
    [InlineData("name: t\nlabels: [a, {description: x}]\ndata: {pool: p}\n", "`labels[1].name` is missing.")]
    [InlineData("name: t\nlabels: [a, {name: b, descripton: x}]\ndata: {pool: p}\n", "`labels[1].descripton` is not known; the nearest known key is `description`.")]
    [InlineData("name: t\nlabels: [a, b]\ndata: {pool: p, validation: v, validationShare: 0.1}\n", "`data.validationShare` and `data.validation` are both given; keep one.")]
    [InlineData("name: t\nlabels: [a, b]\ndata: {pool: p, test: v, testShare: 0.1}\n", "`data.testShare` and `data.test` are both given; keep one.")]
    [InlineData("name: t\nlabels: [a, b]\ndata: {pool: p, validationShare: 0.9, testShare: 0.9}\n", "together take more than 0.95 of the pool.")]
    [InlineData("name: t\nlabels: [a, b]\ndata: {pool: p, text: label}\n", "`data.label` names the column `label`, which is the text column.")]
    [InlineData(Minimal + "teacher: {kind: recorded}\n", "task.yaml, line 4, column 10: `teacher.labels` is missing; `teacher.kind: recorded` needs the table with the labels.")]
    [InlineData(Minimal + "teacher: {kind: recorded, labels: l.csv, probabilities: p_}\n", "`teacher.probabilities` is `p_`, but must contain {label}, as p_{label} does.")]
    [InlineData(Minimal + "teacher: {kind: recorded, labels: l.csv, confidence: c, probabilities: 'p_{label}'}\n", "keep one (the probabilities say more).")]
    [InlineData(Minimal + "teacher: {kind: openai, model: m, request: low}\n", "`teacher.request` is `low`, but takes a mapping, such as { reasoning_effort: low }.")]
    [InlineData(Minimal + "teacher: {kind: openai, model: m, request: {a: {b: 1, b: 2}}}\n", "task.yaml, line 4, column 55: `teacher.request.a.b` stands twice; it was first given in line 4. Keep one.")]
    [InlineData(Minimal + "teacher: {kind: openai, model: m, request: {n: 3}}\n", "task.yaml, line 4, column 48: `teacher.request.n` is what the answers are read by")]
    [InlineData(Minimal + "teacher: {kind: onnx, path: p, request: {seed: 3}}\n", "`teacher.request` is for endpoints, so only `teacher.kind: openai` has it.")]
    [InlineData(Minimal + "student: {kind: transformer, hidden: 30, heads: 4}\n", "`student.hidden` is 30, which is no multiple of `student.heads`, 4.")]
    [InlineData(Minimal + "student: {kind: pretrained}\n", "`student.path` is missing; `student.kind: pretrained` needs the folder to begin with.")]
    [InlineData(Minimal + "student: {kind: ngram, path: x}\n", "`student.path` names a folder to begin with, which only `student.kind: pretrained` does.")]
    public void What_is_wrong_is_named_with_its_place_and_key(string yaml, string message) =>
        Assert.Contains(message, Error(yaml), StringComparison.Ordinal);

    [Fact]
    public void A_recorded_teacher_may_have_neither_confidence_nor_probabilities() =>
        Assert.Equal(TeacherKind.Recorded, Load(Minimal + "teacher: {kind: recorded, labels: l.csv}\n").Teacher.Kind);

    [Fact]
    public void A_tab_inside_a_block_of_text_is_no_error() =>
        Assert.Equal("a\tb\n\tc", Load("name: t\nlabels:\n- name: a\n  description: |-\n    a\tb\n    \tc\n- b\ndata: { pool: p.csv }\n").Labels[0].Description);

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("'a\\b'")]
    public void A_name_that_cannot_name_a_folder_is_refused(string name) =>
        Assert.Contains("cannot name a folder", Assert.Throws<InputException>(() => Load($"name: {name}\nlabels: [a, b]\ndata: {{ pool: p.csv }}\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        string message = Error("nme: t\nlabels: [a]\ndata: { pool: p, test: 3, testShare: x, testShare: 1 }\ntraining: {epochs: 0}\n", "student.kind=tree", "teacher.shots");
        Assert.Equal(
            """
            8 problems:
              --set teacher.shots: an override is key.path=value, such as training.epochs=3.
              task.yaml, line 1, column 1: `nme` is not known; the nearest known key is `name`.
              task.yaml, line 3, column 38: `data.testShare` is `x`, but takes a number.
              task.yaml, line 3, column 41: `data.testShare` stands twice; it was first given in line 3. Keep one.
              task.yaml, line 4, column 20: `training.epochs` is 0, but must be at least 1.
              --set student.kind=tree: `student.kind` is `tree`, but takes one of `ngram`, `transformer`, `pretrained`; the nearest is `ngram`.
              task.yaml, line 1, column 1: `name` is missing.
              task.yaml, line 2, column 9: `labels` has one label; a classifier needs at least two.
            """, message);
    }

    [Theory]
    [InlineData("training.epochs=x", "--set training.epochs=x: `training.epochs` is `x`, but takes a whole number")]
    [InlineData("training.epoch=3", "--set training.epoch=3: `training.epoch` is not known; the nearest known key is `epochs`.")]
    [InlineData("labels[5]=x", "--set labels[5]=x: `labels` is a list of 2; `5` is no index in it")]
    [InlineData("name.x=1", "--set name.x=1: `name` is `t`, so there is no `x` in it.")]
    [InlineData("=1", "an override is key.path=value")]
    [InlineData("training..epochs=1", "the key path is malformed")]
    [InlineData("labels[0=1", "the key path is malformed")]
    [InlineData("labels=[a, b", "--set labels=[a, b: no valid YAML")]
    [InlineData("training.epochs=", "`training.epochs` has no value")]
    public void A_wrong_override_is_named_by_its_text(string option, string message) =>
        Assert.Contains(message, Error(Minimal, option), StringComparison.Ordinal);

    [Fact]
    public void Files_that_are_no_text_are_refused()
    {
        string path = _folder.Write("task.yaml", [.. "name: "u8, 0xC3, 0x28]);
        Assert.Contains("line 1: not valid UTF-8", Assert.Throws<InputException>(() => TaskFile.Load(path)).Message, StringComparison.Ordinal);
        _folder.Write("task.yaml", System.Text.Encoding.Unicode.GetPreamble());
        Assert.Contains("UTF-16", Assert.Throws<InputException>(() => TaskFile.Load(path)).Message, StringComparison.Ordinal);
        Assert.Contains("no such task file", Assert.Throws<InputException>(() => TaskFile.Load(_folder["none.yaml"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => TaskFile.Load(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_and_self_reference_are_refused()
    {
        Assert.Contains("nested deeper than", Error("name: " + new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains("there is no anchor", Error("name: &a [*a]\n"), StringComparison.Ordinal);
    }
}
