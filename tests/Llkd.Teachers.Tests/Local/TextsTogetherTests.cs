using System.Globalization;
using CsCheck;
using Llkd.Tasks;
using Llkd.Teachers.Local;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.TestModels;
using Llkd.Tokenizers;

namespace Llkd.Teachers.Tests.Local;

/// <summary>Several texts in one run say what each says in a run over its whole prompt, by the graph as it was published.</summary>
public sealed class TextsTogetherTests(ITestOutputHelper output)
{
    private static readonly string[] Texts = ["I could sing", "-----", "0", "ünïcödé 🙂 and some more of it", "go away, go away"];

    [Theory]
    [InlineData(TokenizerFamily.Llama3, AttentionLayout.Plain, WeightFormat.Float32, true)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.Plain, WeightFormat.Float32, false)]
    [InlineData(TokenizerFamily.Gemma, AttentionLayout.Plain, WeightFormat.Float16, true)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.Plain, WeightFormat.Int4, true)]
    [InlineData(TokenizerFamily.SmolLM, AttentionLayout.GroupQuery, WeightFormat.Float32, true)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.GroupQuery, WeightFormat.Float32, false)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.GroupQuery, WeightFormat.Float16, false)]
    [InlineData(TokenizerFamily.Llama2, AttentionLayout.GroupQuery, WeightFormat.Int4, false)]
    public void Logits_of_texts_in_one_run_are_those_of_whole_prompts(TokenizerFamily family, AttentionLayout layout, WeightFormat weights, bool positions)
    {
        using var local = new LocalTeacher(family, shape => shape with { Layout = layout, Weights = weights, PositionIds = positions });
        // Where positions are counted from the mask, they cannot begin anew with every text.
        Same(local, layout == AttentionLayout.GroupQuery || positions, weights == WeightFormat.Float16 ? 0.05f : 1e-4f);
    }

    [Fact]
    public void Logits_to_keep_are_chosen_after_the_models_own_choice()
    {
        using var local = new LocalTeacher(shape: shape => shape with { LogitsToKeep = true });
        Same(local, true);
    }

    [Fact]
    public void Every_layer_may_have_a_mask_of_its_own()
    {
        using var local = new LocalTeacher(shape: shape => shape with { MaskInEachLayer = true });
        Same(local, true);
    }

    [Fact]
    public void Positions_may_be_turned_before_attention()
    {
        using var local = new LocalTeacher(shape: shape => shape with { Layout = AttentionLayout.GroupQuery, PositionIds = true, TurnedBefore = true });
        Same(local, true);
    }

    [Fact]
    public void Weights_may_lie_in_a_file_beside()
    {
        using var local = new LocalTeacher(shape: shape => shape with { Layout = AttentionLayout.GroupQuery, PositionIds = false, WeightsApart = true });
        Assert.True(new FileInfo(Path.Combine(local.Folder, "onnx", "model.onnx")).Length < 100_000, "The weights are in the model's own file.");
        Same(local, true);
    }

    [Theory]
    [InlineData(AttentionLayout.Plain)]
    [InlineData(AttentionLayout.GroupQuery)]
    public void Attention_with_a_window_reads_texts_one_by_one(AttentionLayout layout)
    {
        // Tokens of other texts in between would be counted.
        using var local = new LocalTeacher(shape: shape => shape with { Layout = layout, PositionIds = layout == AttentionLayout.Plain, Window = 40 });
        local.Model.Prepare();
        Assert.Equal((false, true), (local.Model.ReadsTogether, local.Model.ChoosesRows));
        using var whole = Whole(local);
        foreach (string text in Texts) Near(whole.Logits(local.Prompts.For(text), out _), local.Model.Logits(local.Prompts.For(text), out _), 1e-4f);
    }

    /// <summary>
    /// Every label's every spelling read in a run of its own says what the trie says: of texts read together, of each alone where
    /// the model's positions have no room for all forks behind one another, and where attention has a window (one that ends nowhere).
    /// </summary>
    [Theory]
    [InlineData(AttentionLayout.Plain, 2048, 0)]
    [InlineData(AttentionLayout.GroupQuery, 2048, 0)]
    [InlineData(AttentionLayout.Plain, 24, 0)]
    [InlineData(AttentionLayout.GroupQuery, 24, 0)]
    [InlineData(AttentionLayout.GroupQuery, 2048, 2048)]
    [InlineData(AttentionLayout.Plain, 2048, 2048)]
    public async Task Labels_of_several_tokens_are_read_on_from_a_texts_own_past(AttentionLayout layout, int room, int window)
    {
        string[] labels = ["card", "card payment", "card payment declined", "cash withdrawal charge", "joy", "anger", "card arrival"];
        LocalTeacher Make(int positions) => new(
            TokenizerFamily.Qwen, shape => shape with { Sharpness = 0.3f, Attention = 3, Layout = layout, PositionIds = layout == AttentionLayout.Plain, Positions = positions, Window = window }, labels, AnswerStyle.Words);
        int longest;
        using (LocalTeacher any = Make(2048)) longest = Texts.Max(text => any.Model.Count(any.Prompts.For(text)));
        using LocalTeacher local = Make(longest + room);
        AnswerScores[] together = await Task.WhenAll(local.Model.ScoreTogether([.. Texts.Select(local.Prompts.For)], local.Prompts.Markers.Texts, TestContext.Current.CancellationToken));
        Assert.Equal(window == 0, local.Model.ReadsTogether);
        for (int i = 0; i < Texts.Length; i++)
        {
            double[] expected = BruteForce.Score(local, Texts[i]);
            double[] mass = [.. together[i].LogProbabilities.Select(Math.Exp)];
            for (int k = 0; k < labels.Length; k++) Assert.Equal(expected[k], mass[k] / mass.Sum(), together[i].Unseen + 1e-5);
            // Of the unlikely ones too, where they were followed to their ends.
            if (together[i].Unseen == 0) for (int k = 0; k < labels.Length; k++) Assert.Equal(1, expected[k] / (mass[k] / mass.Sum()), 1e-3);
            Assert.True(together[i].AnswerTokens > 0, "No token of a label was read.");
        }
        Assert.True(Math.Abs(together[0].LogProbabilities[0] - together[3].LogProbabilities[0]) > 1e-3, "All texts get the same, so the comparison says nothing.");
    }

    /// <summary>Stretches behind stretches of several texts, in any order, say what each says behind all that is before it, in a run of its own.</summary>
    [Theory]
    [InlineData(AttentionLayout.Plain)]
    [InlineData(AttentionLayout.GroupQuery)]
    public void Texts_can_be_read_on_again_and_again(AttentionLayout layout)
    {
        using var local = new LocalTeacher(TokenizerFamily.Qwen, shape => shape with { Attention = 3, Layout = layout, PositionIds = layout == AttentionLayout.Plain });
        using var decoder = Decoder.Load(Path.Combine(local.Folder, "onnx", "model.onnx"), DecoderConfig.Load(local.Folder));
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(10, 250))];
        int[] shared = Tokens(5);
        int[][] texts = [Tokens(6), Tokens(2), Tokens(3)];
        using KeyValues nothing = decoder.Nothing();
        using DecoderRun before = decoder.Read(nothing, 0, [new(shared, 1)], readOn: true);
        using var reading = new DecoderTexts(decoder, before.Past, together: true);
        List<DecoderReading> all = [.. reading.Read(texts, readOn: true)];
        List<int[]> paths = [.. texts.Select(text => (int[])[.. shared, .. text])];
        for (int round = 0; round < 6; round++)
        {
            // Some of them are behind the same one, and some behind one that was read rounds ago.
            int[] parents = [.. Enumerable.Range(0, 4).Select(_ => random.Next(all.Count))];
            int[][] next = [.. parents.Select(_ => Tokens(random.Next(1, 40)))];
            IReadOnlyList<DecoderReading> further = reading.ReadOn([.. parents.Select((parent, i) => new LabelFork(all[parent], next[i], ReadsOn: true))]);
            for (int i = 0; i < parents.Length; i++)
            {
                int[] path = [.. paths[parents[i]], .. next[i]];
                using DecoderRun alone = decoder.Read(nothing, 0, [new(path, next[i].Length)], readOn: false);
                for (int row = 0; row < next[i].Length; row++) Near(alone.Readings[0].Logits(row).ToArray(), further[i].Logits(row).ToArray(), 1e-4f);
                all.Add(further[i]);
                paths.Add(path);
            }
            reading.Keep(_ => true);
        }
    }

    [Theory]
    [InlineData(AttentionLayout.Plain)]
    [InlineData(AttentionLayout.GroupQuery)]
    public async Task Texts_of_many_lengths_are_scored_as_they_are_alone(AttentionLayout layout)
    {
        using var local = new LocalTeacher(shape: shape => shape with { Layout = layout, PositionIds = layout == AttentionLayout.Plain });
        // Short ones, some that fill a run, and some that need several.
        Prompt[] prompts = [.. new[] { 1, 1, 2, 30, 30, 30, 60, 40, 1, 2, 3, 60 }.Select((times, i) =>
            local.Prompts.For(string.Concat(Enumerable.Repeat(i.ToString(CultureInfo.InvariantCulture) + " feels so happy ", times)))), new Prompt([], [new PromptMessage(PromptRole.User, "Something else altogether")])];
        AnswerScores[] together = await Task.WhenAll(local.Model.ScoreTogether(prompts, local.Prompts.Markers.Texts, TestContext.Current.CancellationToken));
        using var whole = Whole(local);
        for (int i = 0; i < prompts.Length; i++)
        {
            AnswerScores alone = await whole.ScoreAsync(prompts[i], local.Prompts.Markers.Texts, TestContext.Current.CancellationToken);
            Assert.Equal(alone.PromptTokens, together[i].PromptTokens);
            for (int k = 0; k < alone.LogProbabilities.Count; k++) Assert.Equal(alone.LogProbabilities[k], together[i].LogProbabilities[k], 1e-4);
        }
    }

    [Theory]
    [InlineData(AttentionLayout.Plain)]
    [InlineData(AttentionLayout.GroupQuery)]
    public async Task A_text_that_the_model_fails_on_fails_no_other(AttentionLayout layout)
    {
        using var sound = new LocalTeacher();
        int broken = TokenizerFolder.Load(sound.Folder).Encode("ü", int.MaxValue, out _)[^1];
        using var local = new LocalTeacher(shape: shape => shape with { Layout = layout, PositionIds = layout == AttentionLayout.Plain, NotANumber = broken });
        Prompt[] prompts = [.. new[] { "ünïcödé", "I could sing", "0" }.Select(local.Prompts.For)];
        IReadOnlyList<Task<AnswerScores>> scores = local.Model.ScoreTogether(prompts, local.Prompts.Markers.Texts, TestContext.Current.CancellationToken);
        Assert.Contains("not finite", (await Assert.ThrowsAsync<RunFailedException>(() => scores[0])).Message, StringComparison.Ordinal);
        using var whole = Whole(local);
        for (int i = 1; i < prompts.Length; i++)
        {
            AnswerScores alone = await whole.ScoreAsync(prompts[i], local.Prompts.Markers.Texts, TestContext.Current.CancellationToken);
            for (int k = 0; k < alone.LogProbabilities.Count; k++) Assert.Equal(alone.LogProbabilities[k], (await scores[i]).LogProbabilities[k], 1e-4);
        }
        Assert.True(local.Model.ReadsTogether);
    }

    /// <summary>Together they are longer than the model's positions reach, which GroupQueryAttention refuses.</summary>
    [Fact]
    public async Task Texts_that_fill_the_models_positions_need_runs_of_their_own()
    {
        using var any = new LocalTeacher();
        int longest = Texts.Max(text => any.Model.Count(any.Prompts.For(text)));
        using var local = new LocalTeacher(shape: shape => shape with { Layout = AttentionLayout.GroupQuery, PositionIds = false, Positions = longest + 24 });
        float[][] logits = local.Model.LogitsTogether([.. Texts.Select(local.Prompts.For)], out int runs);
        Assert.InRange(runs, 2, Texts.Length);
        Assert.True(local.Model.ReadsTogether);
        Assert.All(await Task.WhenAll(local.Model.ScoreTogether([.. Texts.Select(local.Prompts.For)], local.Prompts.Markers.Texts, TestContext.Current.CancellationToken)),
            scores => Assert.True(double.IsFinite(scores.LogProbabilities[0])));
        using var whole = Whole(local);
        for (int i = 0; i < Texts.Length; i++) Near(whole.Logits(local.Prompts.For(Texts[i]), out _), logits[i], 1e-4f);
    }

    [Fact]
    public async Task Prompts_that_are_not_begun_can_be_cancelled()
    {
        using var local = new LocalTeacher();
        foreach (Task<AnswerScores> score in local.Model.ScoreTogether([.. Texts.Select(local.Prompts.For)], local.Prompts.Markers.Texts, new CancellationToken(canceled: true)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => score);
    }

    /// <summary>Whatever the bytes are, the graph is changed or left alone; ONNX Runtime is who complains.</summary>
    [Fact]
    public void Damaged_models_are_left_as_they_are()
    {
        using var local = new LocalTeacher(shape: shape => shape with { Layout = AttentionLayout.GroupQuery, PositionIds = false, WeightsApart = true });
        byte[] sound = File.ReadAllBytes(Path.Combine(local.Folder, "onnx", "model.onnx"));
        string path = Path.Combine(local.Folder, "damaged.onnx");
        int changed = 0, left = 0;
        Gen.Select(Gen.Int[1, sound.Length], Gen.Int[0, sound.Length - 1], Gen.Byte, Gen.Bool).Sample((length, at, value, cut) =>
        {
            byte[] bytes = cut ? sound[..length] : [.. sound[..at], value, .. sound[(at + 1)..]];
            File.WriteAllBytes(path, bytes);
            _ = DecoderEdit.Of(path, hasWindow: false) is null ? left++ : changed++;
        }, iter: 500, threads: 1);
        Assert.True(left > 50 && changed > 50, $"{left} left, {changed} changed.");
    }

    private static void Same(LocalTeacher local, bool together, float tolerance = 1e-4f)
    {
        local.Model.Prepare();
        Assert.Equal((together, true), (local.Model.ReadsTogether, local.Model.ChoosesRows));
        using LocalModel whole = Whole(local);
        float[][] logits = local.Model.LogitsTogether([.. Texts.Select(local.Prompts.For)], out int runs);
        Assert.InRange(runs, together ? 1 : Texts.Length, together ? Texts.Length - 2 : Texts.Length);
        for (int i = 0; i < Texts.Length; i++)
        {
            float[] expected = whole.Logits(local.Prompts.For(Texts[i]), out _);
            Near(expected, logits[i], tolerance);
            Near(expected, local.Model.Logits(local.Prompts.For(Texts[i]), out _), tolerance);
            if (i > 0) Assert.True(logits[i].Zip(logits[i - 1]).Max(pair => MathF.Abs(pair.First - pair.Second)) > 0.1f, "All texts get the same, so the comparison says nothing.");
        }
        Assert.Equal((false, false), (whole.ReadsTogether, whole.ChoosesRows));
    }

    private static LocalModel Whole(LocalTeacher local) => new(new LocalModelOptions { Folder = local.Folder, Edit = false });

    private static void Near(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }
}
