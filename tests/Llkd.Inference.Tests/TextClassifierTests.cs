using System.Collections.Concurrent;
using CsCheck;
using Llkd.Numerics;
using Microsoft.Extensions.DependencyInjection;

namespace Llkd.Inference.Tests;

/// <summary>Exported folders, loaded as an application loads them.</summary>
public sealed class TextClassifierTests(Moods moods) : IClassFixture<Moods>
{
    [Theory]
    [InlineData("ngram")]
    [InlineData("transformer")]
    public void Answers_are_the_students(string kind)
    {
        using var classifier = TextClassifier.Load(moods.Exported(kind));
        Assert.Equal(Moods.Labels, classifier.Labels);
        IReadOnlyList<Prediction> predictions = classifier.Predict(moods.Texts, TestContext.Current.CancellationToken);
        float[] expected = [.. moods.Logits(kind)];
        Softmax.Rows(expected, expected, 3);
        Assert.True(Enumerable.Range(0, moods.Texts.Length).Count(i => Softmax.ArgMax(expected.AsSpan(i * 3, 3)) == moods.Classes[i]) > 250);
        for (int i = 0; i < moods.Texts.Length; i++)
        {
            Assert.Equal(Moods.Labels[Softmax.ArgMax(expected.AsSpan(i * 3, 3))], predictions[i].Label);
            for (int k = 0; k < 3; k++) Assert.Equal(expected[i * 3 + k], predictions[i].Probabilities.Span[k], 1e-4f);
            Assert.Equal(predictions[i].Probabilities.Span[predictions[i].BestIndex], predictions[i].Confidence);
        }
    }

    [Theory]
    [InlineData("ngram")]
    [InlineData("transformer")]
    public void An_answer_does_not_depend_on_the_texts_beside_it(string kind)
    {
        using var classifier = TextClassifier.Load(moods.Exported(kind), new TextClassifierOptions { BatchTokens = 64 });
        IReadOnlyList<Prediction> together = classifier.Predict(moods.Texts, TestContext.Current.CancellationToken);
        Gen.Int[0, moods.Texts.Length - 1].Sample(i =>
        {
            Prediction alone = classifier.Predict(moods.Texts[i], TestContext.Current.CancellationToken);
            return alone.Best == together[i].Best && Math.Abs(alone.Confidence - together[i].Confidence) < 1e-5;
        }, iter: 60, threads: 1);
    }

    [Theory]
    [InlineData("ngram")]
    [InlineData("transformer")]
    public void Many_threads_get_the_answers_of_one(string kind)
    {
        using var classifier = TextClassifier.Load(moods.Exported(kind), new TextClassifierOptions { Threads = 1 });
        IReadOnlyList<Prediction> expected = classifier.Predict(moods.Texts, TestContext.Current.CancellationToken);
        var wrong = new ConcurrentBag<string>();
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            for (int i = t; i < moods.Texts.Length; i += 3)
                if (classifier.Predict(moods.Texts[i]).Label != expected[i].Label) wrong.Add(moods.Texts[i]);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(wrong);
    }

    [Fact]
    public void An_empty_text_and_half_a_surrogate_pair_get_an_answer()
    {
        foreach (string kind in new[] { "ngram", "transformer" })
        {
            using var classifier = TextClassifier.Load(moods.Exported(kind));
            foreach (string text in new[] { "", " ", "\ud800", "\0", new string('x', 100_000) })
                Assert.Equal(1, classifier.Predict(text, TestContext.Current.CancellationToken).Probabilities.ToArray().Sum(), 1e-5);
            Assert.Empty(classifier.Predict([], TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_text_longer_than_the_model_reads_says_so()
    {
        using var classifier = TextClassifier.Load(moods.Exported("transformer"));
        Assert.Equal(32, classifier.MaxLength);
        Assert.False(classifier.Predict("good", TestContext.Current.CancellationToken).Truncated);
        Assert.True(classifier.Predict(string.Concat(Enumerable.Repeat("good ", 50)), TestContext.Current.CancellationToken).Truncated);
    }

    [Fact]
    public void Below_the_threshold_there_is_no_label_but_a_best_one()
    {
        using var classifier = TextClassifier.Load(moods.Exported("ngram"), new TextClassifierOptions { AbstainBelow = 0.9f });
        IReadOnlyList<Prediction> predictions = classifier.Predict([.. moods.Texts, ""], TestContext.Current.CancellationToken);
        Assert.Contains(predictions, p => p.Label is null);
        Assert.Contains(predictions, p => p.Label is not null);
        Assert.All(predictions, p => Assert.Equal(p.Confidence >= 0.9f ? p.Best : null, p.Label));
    }

    [Fact]
    public void The_folders_temperature_softens_confidences_and_changes_no_answer()
    {
        string folder = moods.Copy("ngram", "tempered");
        File.WriteAllText(Path.Combine(folder, Calibration.File), """{"temperature": 2.5}""");
        using var plain = TextClassifier.Load(folder, new TextClassifierOptions { Calibrated = false });
        using var tempered = TextClassifier.Load(folder);
        Assert.Equal(2.5, tempered.Temperature);
        float[] z = [.. moods.Logits("ngram")];
        for (int i = 0; i < z.Length; i++) z[i] /= 2.5f;
        Softmax.Rows(z, z, 3);
        IReadOnlyList<Prediction> before = plain.Predict(moods.Texts, TestContext.Current.CancellationToken), after = tempered.Predict(moods.Texts, TestContext.Current.CancellationToken);
        for (int i = 0; i < after.Count; i++)
        {
            Assert.Equal(before[i].Label, after[i].Label);
            Assert.Equal(z[i * 3 + after[i].BestIndex], after[i].Confidence, 1e-4f);
        }
    }

    [Fact]
    public async Task Cancelled_work_ends_with_an_exception()
    {
        using var classifier = TextClassifier.Load(moods.Exported("transformer"));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => classifier.Predict(moods.Texts, stop.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => classifier.PredictAsync(moods.Texts, stop.Token));
        using var later = new CancellationTokenSource();
        string[] many = [.. Enumerable.Repeat(moods.Texts, 200).SelectMany(texts => texts)];
        Task<IReadOnlyList<Prediction>> work = classifier.PredictAsync(many, later.Token);
        await later.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Equal("good", (await classifier.PredictAsync("good good", TestContext.Current.CancellationToken)).Label);
    }

    [Fact]
    public void Dependency_injection_gives_one_classifier_and_frees_it()
    {
        ServiceProvider provider = new ServiceCollection()
            .AddTextClassifier(moods.Exported("ngram"))
            .AddKeyedTextClassifier("other", moods.Exported("transformer"))
            .BuildServiceProvider();
        TextClassifier classifier = provider.GetRequiredService<TextClassifier>();
        Assert.Same(classifier, provider.GetRequiredService<TextClassifier>());
        Assert.Equal(32, provider.GetRequiredKeyedService<TextClassifier>("other").MaxLength);
        Assert.Equal("good", classifier.Predict("good good", TestContext.Current.CancellationToken).Label);
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => classifier.Predict("good", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_a_folder_lacks_is_named()
    {
        string missing = Path.Combine(moods.Empty("none"), "nowhere");
        Assert.Contains("does not exist", Refused(missing), StringComparison.Ordinal);
        Assert.Contains("llkd export", Refused(moods.Student("ngram")), StringComparison.Ordinal);
        string folder = moods.Copy("ngram", "damaged");
        File.WriteAllText(Path.Combine(folder, Calibration.File), """{"temperature": -1}""");
        Assert.Contains("temperature", Refused(folder), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, Calibration.File));
        File.WriteAllText(Path.Combine(folder, TextClassifier.ModelFile), "no model");
        Assert.Contains("damaged", Refused(folder), StringComparison.Ordinal);
        string mixed = moods.Copy("ngram", "mixed");
        string config = Path.Combine(mixed, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"2\": \"odd\"", "\"2\": \"odd\", \"3\": \"more\"", StringComparison.Ordinal));
        Assert.Contains("no text classifier of 4 labels", Refused(mixed), StringComparison.Ordinal);
    }

    [Fact]
    public void Short_texts_are_not_padded_to_much_longer_ones()
    {
        int[] lengths = [100, 10, 90, 10, 100, 10, 74];
        int[][] batches = [.. LengthBatches.Cut(lengths, 4096).Select(batch => batch.ToArray())];
        Assert.Equal([[0, 4, 2], [6, 1, 3, 5]], batches);
    }

    [Fact]
    public void Batches_hold_every_text_once_and_keep_to_the_limit() => Gen.Select(Gen.Int[0, 50].Array[0, 200], Gen.Int[1, 300]).Sample((lengths, most) =>
    {
        ArraySegment<int>[] batches = [.. LengthBatches.Cut(lengths, most)];
        Assert.Equal(Enumerable.Range(0, lengths.Length), batches.SelectMany(batch => batch).Order());
        Assert.All(batches, batch => Assert.True(batch.Count == 1 || batch.Count * batch.Max(i => lengths[i]) <= most));
        Assert.Equal(lengths.OrderDescending(), batches.SelectMany(batch => batch.Select(i => lengths[i])));
    });

    private static string Refused(string folder) => Assert.Throws<InputException>(() => TextClassifier.Load(folder).Dispose()).Message;
}
