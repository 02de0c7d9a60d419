using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Tests.Documents;

public sealed class DataSetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DistillationTask Task(DataOptions data, TeacherOptions? teacher = null) => new()
    {
        Name = "t",
        Labels = [new() { Name = "a" }, new() { Name = "b" }],
        Data = data,
        Teacher = teacher ?? new TeacherOptions { Shots = 0 },
        BaseDirectory = _folder.Root,
    };

    private string Error(DataOptions data, TeacherOptions? teacher = null) =>
        Assert.Throws<InputException>(() => DataSet.Load(Task(data, teacher))).Message;

    private string Pool(int rows, string name = "pool.csv", IEnumerable<int>? order = null) =>
        Path.GetFileName(_folder.Write(name, "text,label\n" + string.Concat((order ?? Enumerable.Range(0, rows)).Select(i => $"text {i},{(i % 2 == 0 ? "a" : "b")}\n"))));

    [Fact]
    public void Texts_of_validation_test_and_examples_and_repeated_texts_leave_the_pool()
    {
        _folder.Write("pool.csv", "text\none\ntwo\none\n\" \"\nheld\ntested\ntested\nshown\nthree\n");
        _folder.Write("validation.csv", "text,label\nheld,a\nv,b\n");
        _folder.Write("test.csv", "text,label\ntested,a\nx,b\n");
        _folder.Write("examples.csv", "text,label\nshown,a\ntested,a\n");
        DistillationTask task = Task(
            new DataOptions { Pool = "pool.csv", Validation = "validation.csv", Test = "test.csv" }, new TeacherOptions { Examples = "examples.csv" });
        DataSet set = DataSet.Load(task);
        Assert.Equal(["one", "two", "three"], set.Pool.Select(document => document.Text));
        Assert.Equal(["shown"], set.Examples.Select(document => document.Text));
        Assert.Equal((3, 2, 2, 1, 1, 4, 0), (set.Counts.Pool, set.Counts.Validation, set.Counts.Test, set.Counts.Empty,
            set.Counts.Duplicates, set.Counts.Leaked, set.Counts.Unlabelled));
        Assert.Equal(["The teacher has no gold example of `b`."], set.Warnings);

        DataSet kept = DataSet.Load(task with { Data = task.Data with { Duplicates = DuplicatePolicy.Keep } });
        Assert.Equal(["one", "two", "one", "three"], kept.Pool.Select(document => document.Text));
        Assert.Equal(1, kept.Counts.Duplicates);
    }

    [Fact]
    public void Shares_are_held_out_by_text_and_seed_whatever_the_row_order()
    {
        var data = new DataOptions { Pool = Pool(2000), ValidationShare = 0.1, TestShare = 0.2 };
        DataSet set = DataSet.Load(Task(data));
        DataSet turned = DataSet.Load(Task(data with { Pool = Pool(2000, "turned.csv", Enumerable.Range(0, 2000).Reverse()) }));
        DataSet reseeded = DataSet.Load(Task(data with { SplitSeed = 2 }));
        Assert.Equal(2000, set.Pool.Count + set.Validation.Count + set.Test.Count);
        // Four standard deviations of the binomial: 200 ± 54, 400 ± 72.
        Assert.InRange(set.Validation.Count, 146, 254);
        Assert.InRange(set.Test.Count, 328, 472);
        Assert.Equal(Texts(set.Validation), Texts(turned.Validation));
        Assert.Equal(Texts(set.Test), Texts(turned.Test));
        Assert.NotEqual(Texts(set.Test), Texts(reseeded.Test));

        static IEnumerable<string> Texts(IEnumerable<Document> documents) => documents.Select(document => document.Text).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void An_unlabelled_copy_of_a_held_out_text_leaves_the_pool()
    {
        _folder.Write("pool.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"t{i},a\nt{i},\n")) + "rest,\n");
        DataSet set = DataSet.Load(Task(new DataOptions { Pool = "pool.csv", TestShare = 0.5 }));
        Assert.Equal(set.Test.Count, set.Counts.Leaked);
        Assert.Empty(set.Test.Select(document => document.Text).Intersect(set.Pool.Select(document => document.Text)));
        Assert.Equal(51, set.Pool.Count + set.Test.Count);
    }

    [Fact]
    public void Examples_are_drawn_per_class_from_the_validation_set_which_keeps_them()
    {
        _folder.Write("v.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"v{i},a\n")) + "w,b\nw,b\n");
        var data = new DataOptions { Pool = Pool(10), Validation = "v.csv" };
        DataSet set = DataSet.Load(Task(data, new TeacherOptions { Shots = 3 }));
        Assert.Equal([0, 0, 0, 1], set.Examples.Select(document => document.Label));
        Assert.Equal(4, set.Examples.Select(document => document.Key).Distinct().Count());
        Assert.Equal(42, set.Validation.Count);
        Assert.Equal(set.Examples, DataSet.Load(Task(data, new TeacherOptions { Shots = 3 })).Examples);
        Assert.NotEqual(set.Examples, DataSet.Load(Task(data, new TeacherOptions { Shots = 3, Seed = 2 })).Examples);
        Assert.Empty(DataSet.Load(Task(data, new TeacherOptions { Kind = TeacherKind.Recorded, Labels = "l.csv" })).Examples);
    }

    [Fact]
    public void Without_gold_labels_anywhere_the_teacher_is_zero_shot_with_a_warning()
    {
        _folder.Write("pool.csv", "text\none\n");
        DataSet set = DataSet.Load(Task(new DataOptions { Pool = "pool.csv" }, new TeacherOptions()));
        Assert.Empty(set.Examples);
        Assert.Contains("zero-shot", Assert.Single(set.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void One_class_only_and_shared_texts_are_warned_of()
    {
        _folder.Write("v.csv", "text,label\nx,a\ny,a\n");
        _folder.Write("t.csv", "text,label\nx,a\nz,b\n");
        DataSet set = DataSet.Load(Task(new DataOptions { Pool = Pool(4), Validation = "v.csv", Test = "t.csv" }));
        Assert.Equal(
            ["The validation set holds only one class, `a`; its figures say little.", "1 text stands in both the validation and the test set."], set.Warnings);
    }

    [Fact]
    public void Sets_without_rows_and_examples_from_nowhere_are_errors()
    {
        _folder.Write("none.csv", "text,label\n");
        _folder.Write("plain.csv", "text\none\n");
        string pool = Pool(3);
        Assert.Contains("the pool has no texts (0 rows, 0 of them empty)", Error(new DataOptions { Pool = "none.csv" }), StringComparison.Ordinal);
        Assert.Contains("`data.test` gives no text with a gold label", Error(new DataOptions { Pool = pool, Test = "none.csv" }), StringComparison.Ordinal);
        Assert.Contains("nothing is left of the pool; 3 texts", Error(new DataOptions { Pool = pool, Test = pool }), StringComparison.Ordinal);
        Assert.Contains("no row has one in column `label`", Error(new DataOptions { Pool = "plain.csv", TestShare = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("`data.testShare` gives no text", Error(new DataOptions { Pool = pool, TestShare = 1e-9 }), StringComparison.Ordinal);
        Assert.Contains("set `teacher.examples`", Error(new DataOptions { Pool = pool }, new TeacherOptions()), StringComparison.Ordinal);
        Assert.Contains("`teacher.examples` has no text with a gold label in column `label`",
            Error(new DataOptions { Pool = pool }, new TeacherOptions { Examples = "plain.csv" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Emotions_has_its_published_sizes_and_its_known_duplicates()
    {
        DistillationTask task = Task(new DataOptions
        {
            Pool = TestFolder.Shared("emotions/train.csv"),
            Validation = TestFolder.Shared("emotions/validation.csv"),
            Test = TestFolder.Shared("emotions/test.csv")
        }) with
        {
            Labels = [.. new[] { "sadness", "joy", "love", "anger", "fear", "surprise" }.Select(name => new TaskLabel { Name = name })],
        };
        DataSet set = DataSet.Load(task);
        // Counted independently of this reader: 16 of 16,000 texts also stand in the other two, 31 of the rest are repeated.
        Assert.Equal((15_953, 2000, 2000, 0, 31, 16), (set.Counts.Pool, set.Counts.Validation, set.Counts.Test, set.Counts.Empty,
            set.Counts.Duplicates, set.Counts.Leaked));
        Assert.Equal(["3 texts stand in both the validation and the test set."], set.Warnings);

        DataSet shown = DataSet.Load(task with { Teacher = new TeacherOptions() });
        Assert.Equal(Enumerable.Repeat(16, 6), shown.Examples.CountBy(document => document.Label).Select(pair => pair.Value));
    }
}
