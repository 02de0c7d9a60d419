using System.Text.Json.Nodes;
using Llkd.Models;
using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;

namespace Llkd.Students.Tests.Ngram;

public sealed class NgramStudentTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_task_that_words_decide_is_learnt_without_an_error()
    {
        string[] texts = [.. Enumerable.Range(0, 60).Select(i => $"{(i % 3 == 0 ? "red" : i % 3 == 1 ? "green" : "blue")} thing number{i % 7}")];
        using NgramStudent student = NgramStudent.Create(texts, 3, new NgramOptions { Hidden = 16, Seed = 2 });
        MemoryCorpus corpus = MemoryCorpus.Encode(student, texts);
        for (int step = 0; step < 80; step++) TrainStep(student, corpus, [.. Enumerable.Range(0, 60)], i => i % 3);
        var logits = new float[60 * 3];
        student.Score(corpus, [.. Enumerable.Range(0, 60)], logits);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 3), Predictions.From(logits, 3).Labels);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("nothing that the pool holds")]
    public void A_text_without_known_n_grams_gets_the_distribution_of_the_biases_alone(string text)
    {
        using NgramStudent student = NgramStudent.Create(["red", "green"], 4, new NgramOptions { MinCount = 1 });
        MemoryCorpus corpus = MemoryCorpus.Encode(student, [text]);
        var logits = new float[4];
        student.Score(corpus, [0], logits);
        Assert.Equal([0f, 0, 0, 0], logits);
        TrainStep(student, corpus, [0], _ => 2);
        student.Score(corpus, [0], logits);
        Assert.All(logits, z => Assert.InRange(z, -0.1f, 0.1f));
        Assert.Equal(2, Softmax.ArgMax(logits));
    }

    [Fact]
    public void A_pool_without_any_n_gram_still_makes_a_student()
    {
        using NgramStudent student = NgramStudent.Create(["once", "", "other"], 2, new NgramOptions { MinCount = 2 });
        student.SaveModel(_folder.New("model"), ["a", "b"]);
        student.SaveState(_folder.New("state"));
        student.LoadState(_folder["state"]);
        using NgramStudent loaded = NgramStudent.LoadModel(_folder["model"]);
        Assert.Equal(student.WeightCount, loaded.WeightCount);
    }

    [Fact]
    public void An_untrained_student_is_undecided()
    {
        using NgramStudent student = ToyTask.Student(seed: 1);
        TrainingData data = ToyTask.Data(student);
        var p = new float[ToyTask.PoolSize * 3];
        student.Score(data.Pool, data.Samples, p);
        Softmax.Rows(p, p, 3);
        for (int i = 0; i < ToyTask.PoolSize; i++)
            Assert.InRange(Uncertainty.Of(UncertaintyMeasure.Entropy, p.AsSpan(3 * i, 3)), 0.99f, 1f);
    }

    [Fact]
    public void The_seed_alone_decides_the_weights()
    {
        using NgramStudent one = ToyTask.Student(1), same = ToyTask.Student(1), other = ToyTask.Student(2);
        Assert.Equal(one.CopyWeights(), same.CopyWeights());
        Assert.NotEqual(one.CopyWeights(), other.CopyWeights());
    }

    [Fact]
    public void A_saved_model_gives_the_same_logits_and_encodes_alike()
    {
        using NgramStudent student = ToyTask.Student(1);
        TrainingData data = ToyTask.Data(student);
        for (int step = 0; step < 5; step++) TrainStep(student, data.Pool, data.Samples, i => i % 3);
        student.SaveModel(_folder.New("model"), ToyTask.Labels);
        using NgramStudent loaded = NgramStudent.LoadModel(_folder["model"]);
        var expected = new float[60 * 3];
        var actual = new float[60 * 3];
        int[] all = [.. Enumerable.Range(0, 60)];
        student.Score(data.Stopping, all, expected);
        loaded.Score(ToyTask.Data(loaded).Stopping, all, actual);
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(ToyTask.Labels, ModelConfig.Load(_folder["model"]).Labels);
    }

    [Fact]
    public void Saving_and_loading_the_state_in_the_middle_changes_no_bit_of_what_follows()
    {
        using NgramStudent whole = ToyTask.Student(1, dropout: 0.3);
        TrainingData data = ToyTask.Data(whole);
        NgramStudent resumed = ToyTask.Student(1, dropout: 0.3);
        for (int step = 0; step < 12; step++)
        {
            if (step is 0 or 5 or 9)
            {
                resumed.SaveState(_folder.New($"at {step}"));
                // Into a student of another seed, whose every weight and random number is another.
                resumed = ToyTask.Student(7, dropout: 0.3);
                TrainStep(resumed, data.Pool, data.Samples, _ => 0);
                resumed.LoadState(_folder[$"at {step}"]);
            }
            int[] samples = [.. data.Samples.Where(i => i % 12 != step)];
            Assert.Equal(TrainStep(whole, data.Pool, samples, i => i % 3), TrainStep(resumed, data.Pool, samples, i => i % 3));
        }
        Assert.Equal(Bits(whole), Bits(resumed));
        resumed.Dispose();
    }

    [Fact]
    public void Weights_put_back_are_the_weights_taken()
    {
        using NgramStudent student = ToyTask.Student(1);
        TrainingData data = ToyTask.Data(student);
        float[][] kept = student.CopyWeights();
        int[][] before = Bits(student);
        TrainStep(student, data.Pool, data.Samples, i => i % 3);
        Assert.NotEqual(before, Bits(student));
        student.RestoreWeights(kept);
        Assert.Equal(before, Bits(student));
        Assert.Throws<ArgumentException>(() => student.RestoreWeights(kept[1..]));
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "config.json", "" },
        { "config.json", "{" },
        { "config.json", "[]" },
        { "config.json", """{"model_type":"llkd-ngram","model_type":"roberta"}""" },
        { "config.json", """{"model_type":"llkd-ngram","hidden_size":16,"ngrams":2,"buckets":4096}""" },
        { "config.json", """{"hidden_size":"wide","ngrams":2,"buckets":4096,"id2label":{"0":"a","1":"b","2":"c"}}""" },
        { "config.json", """{"hidden_size":16,"ngrams":6,"buckets":4096,"id2label":{"0":"a","1":"b","2":"c"}}""" },
        { "config.json", """{"hidden_size":8192,"ngrams":2,"buckets":4096,"id2label":{"0":"a","1":"b","2":"c"}}""" },
        { "config.json", """{"hidden_size":16,"ngrams":2,"buckets":4096,"id2label":{"0":"a","1":"b"}}""" },
        { "buckets.txt", "5\n5\n" },
        { "buckets.txt", "7\n5\n" },
        { "buckets.txt", "-1\n" },
        { "buckets.txt", "4096\n" },
        { "buckets.txt", "five\n" },
        { "buckets.txt", "1\n2\n3\n" },
        { "model.safetensors", "" },
        { "model.safetensors", "not a weight file, but long enough to be one" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_model_folder_is_refused_and_named(string file, string content)
    {
        string model = SavedModel();
        File.WriteAllText(Path.Combine(model, file), content);
        Assert.Contains(model, Assert.Throws<InputException>(() => NgramStudent.LoadModel(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("buckets.txt")]
    [InlineData("model.safetensors")]
    public void A_model_folder_without_a_file_is_refused_and_the_file_named(string file)
    {
        string model = SavedModel();
        File.Delete(Path.Combine(model, file));
        Assert.Contains(file, Assert.Throws<InputException>(() => NgramStudent.LoadModel(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_names_the_labels_both_ways_and_the_type()
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(SavedModel(), "config.json")))!;
        Assert.Equal("llkd-ngram", (string?)config["model_type"]);
        Assert.Equal("plants", (string?)config["id2label"]!["1"]);
        Assert.Equal(1, (int?)config["label2id"]!["plants"]);
    }

    [Theory]
    [InlineData("student.json", null)]
    [InlineData("student.json", "")]
    [InlineData("student.json", "null")]
    [InlineData("student.json", "{}")]
    [InlineData("student.json", """{"steps":1,"dropout":[1,2]}""")]
    [InlineData("student.json", """{"steps":"one","dropout":[1,2,3,4]}""")]
    [InlineData("student.safetensors", null)]
    [InlineData("student.safetensors", "x")]
    public void A_damaged_state_is_refused(string file, string? content)
    {
        using NgramStudent student = ToyTask.Student(1);
        student.SaveState(_folder.New("state"));
        string path = Path.Combine(_folder["state"], file);
        File.Delete(path);
        if (content is not null) File.WriteAllText(path, content);
        Assert.Throws<InputException>(() => student.LoadState(_folder["state"]));
    }

    [Fact]
    public void The_state_of_a_student_of_another_shape_is_refused()
    {
        using NgramStudent student = ToyTask.Student(1);
        student.SaveState(_folder.New("state"));
        using NgramStudent wider = NgramStudent.Create(["a", "b"], 3, new NgramOptions { MinCount = 1, Hidden = 16 });
        Assert.Contains("embeddings.weight", Assert.Throws<InputException>(() => wider.LoadState(_folder["state"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_with_more_n_grams_than_a_table_can_have_rows_is_refused_with_what_to_change()
    {
        // 8192 wide, an array of 2³¹ − 57 values has 262,143 rows; these texts fill more buckets.
        IEnumerable<string> texts = Enumerable.Range(0, 700).Select(i => string.Join(' ', Enumerable.Range(400 * i, 400).Select(w => $"w{w}")));
        var options = new NgramOptions { Hidden = 8192, MinCount = 1, Ngrams = 1, Buckets = 1 << 24 };
        Assert.Contains("student.minCount", Assert.Throws<InputException>(() => NgramStudent.Create(texts, 2, options)).Message, StringComparison.Ordinal);
    }

    private string SavedModel()
    {
        using NgramStudent student = ToyTask.Student(1);
        student.SaveModel(_folder.New("model"), ToyTask.Labels);
        return _folder["model"];
    }

    private static int[][] Bits(NgramStudent student) =>
        [.. student.CopyWeights().Select(w => w.Select(BitConverter.SingleToInt32Bits).ToArray())];

    private static double TrainStep(NgramStudent student, ITokenCorpus corpus, int[] samples, Func<int, int> labelOf)
    {
        var selection = new BatchSelection(student.ClassCount);
        selection.Reset(samples.Length);
        foreach (int i in samples) selection.Add(i, 1, labelOf(i));
        return student.Train(corpus, samples, (logits, gradient) => CrossEntropy.Weighted(selection, logits, gradient), 0.02);
    }
}
