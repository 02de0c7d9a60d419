using System.Globalization;
using System.Runtime.CompilerServices;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.Tokenizers;

namespace Llkd.Teachers.Local;

/// <summary>Where a local model is, and how it runs.</summary>
public sealed record LocalModelOptions
{
    /// <summary>Folder with config.json, tokenizer.json and the model.</summary>
    public required string Folder { get; init; }

    /// <summary>Path of the model inside the folder; null: model.onnx, onnx/model.onnx, or the only .onnx file in these two places.</summary>
    public string? File { get; init; }

    /// <summary>How turns become one text; null: a guess from the folder's chat template and tokenizer.</summary>
    public PromptFormat? Format { get; init; }

    /// <summary>Prompts answered side by side, each on one processor core; 0: as many as there are cores.</summary>
    public int Threads { get; init; }

    /// <summary>Threads within each prompt, for the benchmark that compares them with prompts side by side.</summary>
    internal int ThreadsWithin { get; init; } = 1;

    /// <summary>Whether the model's graph may be changed for several texts in one run, for tests that compare it with the graph as it is.</summary>
    internal bool Edit { get; init; } = true;

    /// <summary>Tokens in one run at most: more of them use the processor no better, and need more memory.</summary>
    internal int Chunk { get; init; } = 256;

    /// <summary>Longest prompt with its answer, in tokens; null: what the model's positions allow.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>
/// A decoder-only language model in this process, in ONNX Runtime, from a folder as communities publish them. Answers are
/// scored, not written: the probability of every label is read from the model's own next-token distribution. What all
/// prompts begin with is computed once. The model itself is loaded when the first prompt is scored.
/// </summary>
public sealed class LocalModel : ILocalModel, IDisposable
{
    /// <summary>Texts in one run at most.</summary>
    internal const int MostTogether = 8;

    private readonly LocalModelFiles _files;
    private readonly DecoderConfig _config;
    private readonly PromptTokens _tokens;
    private readonly int _chunk;
    private readonly Lazy<Decoder> _decoder;
    private readonly ConditionalWeakTable<IReadOnlyList<string>, LabelTrie> _tries = [];
    private SharedBeginning? _shared;

    /// <summary>Reads the folder's configuration and tokenizer, and hashes the model.</summary>
    /// <exception cref="InputException">A file is missing, broken, or does not fit the others.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public LocalModel(LocalModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Threads < 0 || options.MaxTokens < 16) throw new ArgumentOutOfRangeException(nameof(options), options, "Threads is at least 0, MaxTokens at least 16.");
        _chunk = options.Chunk;
        _files = LocalModelFiles.Find(options.Folder, options.File);
        _config = DecoderConfig.Load(options.Folder);
        ITextTokenizer tokenizer = TokenizerFolder.Load(options.Folder);
        if (tokenizer.Size > _config.Vocabulary)
            throw new InputException($"{options.Folder}: the tokenizer has ids up to {tokenizer.Size - 1}, but `vocab_size` in {_config.Path} is {_config.Vocabulary}. The two belong to different models.");
        (Format, FormatOrigin) = options.Format is { } format ? (format, null) : ChatFormatGuess.Of(options.Folder, tokenizer);
        if (Format.IsChat) throw new ArgumentException("A local model reads one text; `chat` is for endpoints.", nameof(options));
        _tokens = new PromptTokens(tokenizer, Format);
        MaxTokens = Math.Min(_config.Positions, options.MaxTokens ?? int.MaxValue);
        SideBySide = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Folder)));
        // Where texts are cut changes the answers to long ones.
        Identity = string.Create(CultureInfo.InvariantCulture, $"onnx {_files.Hash()}{(MaxTokens < _config.Positions ? $", {MaxTokens} tokens" : "")}");
        _decoder = new Lazy<Decoder>(() => Decoder.Load(_files.Model, _config, options.ThreadsWithin, options.Edit));
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <summary>Hash of the model's files: the same model in another folder is the same teacher.</summary>
    public string Identity { get; }

    /// <summary>How turns become one text.</summary>
    public PromptFormat Format { get; }

    /// <summary>What the format was guessed from; null where it was given.</summary>
    public string? FormatOrigin { get; }

    /// <inheritdoc/>
    public int MaxTokens { get; }

    /// <inheritdoc/>
    public int SideBySide { get; }

    /// <inheritdoc/>
    public int Together => MostTogether;

    /// <inheritdoc/>
    public int Count(Prompt prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return _tokens.Of(prompt).Length;
    }

    /// <inheritdoc/>
    public int Share(IEnumerable<Prompt> samples)
    {
        int[][] sequences = [.. samples.Select(_tokens.Of)];
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences.Length, 2, nameof(samples));
        var fresh = new SharedBeginning(sequences[0][..PromptTokens.CommonPrefix(sequences)], tokens => Read(tokens, null, readOn: true));
        Interlocked.Exchange(ref _shared, fresh)?.Dispose();
        return fresh.Length;
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        _ = _decoder.Value;
        Volatile.Read(ref _shared)?.Read();
    }

    /// <inheritdoc/>
    public Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return ScoreTogether([prompt], answers, cancellationToken)[0];
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A run goes on to its end once it has begun. All runs are on one thread of their own: threads of the pool have shorter
    /// work to do.
    /// </remarks>
    public IReadOnlyList<Task<AnswerScores>> ScoreTogether(IReadOnlyList<Prompt> prompts, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(answers);
        Question[] questions = [.. prompts.Select(prompt => new Question(prompt))];
        _ = Task.Factory.StartNew(() => Score(questions, answers, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return [.. questions.Select(question => question.Answer.Task)];
    }

    private void Score(Question[] questions, IReadOnlyList<string> answers, CancellationToken stop)
    {
        try
        {
            LabelTrie trie = _tries.GetValue(answers, Trie);
            foreach (Question question in questions) question.Tokens = _tokens.Of(question.Prompt);
            SharedBeginning? shared = Volatile.Read(ref _shared);
            for (int done = 0, count; done < questions.Length; done += count)
            {
                stop.ThrowIfCancellationRequested();
                count = Score(questions.AsSpan(done), trie, shared);
            }
        }
#pragma warning disable CA1031 // Whoever waits for an answer gets the exception.
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (Question question in questions)
                if (e is OperationCanceledException) question.Answer.TrySetCanceled(stop);
                else question.Answer.TrySetException(e);
        }
    }

    /// <summary>Scores the first ones together.</summary>
    /// <returns>How many these were.</returns>
    private int Score(ReadOnlySpan<Question> questions, LabelTrie trie, SharedBeginning? shared)
    {
        Decoder decoder = _decoder.Value;
        int count = 0;
        if (shared?.For(questions[0].Tokens) is { } past)
        {
            var rest = new List<int[]>();
            foreach (Question question in questions)
            {
                if (shared.For(question.Tokens) is null || question.Tokens.Length - past.Length > _chunk) break;
                rest.Add(question.Tokens[past.Length..]);
            }
            count = decoder.Fitting(past, [.. rest.Select(tokens => tokens.Length)], _chunk, trie.Forks);
            if (count > 1)
            {
                try
                {
                    Score(questions[..count], past, rest[..count], trie, together: true);
                    return count;
                }
                catch (RunFailedException)
                {
                    // Each alone, so that a text which the model fails on fails no other: what is no number in one text gets into those read with it.
                }
            }
        }
        count = Math.Max(1, count);
        for (int i = 0; i < count; i++)
        {
            int[] tokens = questions[i].Tokens;
            try
            {
                using Beginning before = ReadBefore(tokens, shared);
                int[] last = tokens[before.Past.Length..];
                Score(questions.Slice(i, 1), before.Past, [last], trie, decoder.Fitting(before.Past, [last.Length], _chunk, trie.Forks) > 0);
            }
            catch (RunFailedException e)
            {
                questions[i].Answer.TrySetException(e);
            }
        }
        return count;
    }

    /// <summary>Scores prompts behind what has been read of them.</summary>
    private void Score(ReadOnlySpan<Question> questions, KeyValues past, IReadOnlyList<int[]> rest, LabelTrie trie, bool together)
    {
        using var texts = new DecoderTexts(_decoder.Value, past, together);
        LabelWalk[] walks = [.. texts.Read(rest, trie.Forks > 0).Select(reading => trie.Begin(reading, together))];
        for (LabelFork[] next; (next = [.. walks.SelectMany(walk => walk.Next)]).Length > 0;)
        {
            IReadOnlyList<DecoderReading> further = texts.ReadOn(next);
            int read = 0;
            foreach (LabelWalk walk in walks)
            {
                int own = walk.Next.Count;
                walk.Go([.. further.Skip(read).Take(own)]);
                read += own;
            }
            texts.Keep(reading => walks.Any(walk => walk.Needs(reading)));
        }
        for (int i = 0; i < walks.Length; i++) questions[i].Give(walks[i].Scores);
    }

    /// <summary>Whether the model reads several texts in one run.</summary>
    internal bool ReadsTogether => _decoder.Value.ReadsTogether;

    /// <summary>Whether the model computes logits of the tokens alone that they are wanted of.</summary>
    internal bool ChoosesRows => _decoder.Value.ChoosesRows;

    /// <summary>The logits behind a prompt, [vocabulary], for comparisons with other runtimes.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="tokens">Receives the prompt's tokens.</param>
    internal float[] Logits(Prompt prompt, out int[] tokens)
    {
        tokens = _tokens.Of(prompt);
        using DecoderRun run = Read(tokens, Volatile.Read(ref _shared), readOn: false);
        return run.Readings[0].Logits(0).ToArray();
    }

    /// <summary>The logits behind prompts that are read together, as many in a run as fit, each [vocabulary].</summary>
    /// <param name="prompts">Prompts that begin as all do.</param>
    /// <param name="runs">Receives how many runs it took.</param>
    internal float[][] LogitsTogether(IReadOnlyList<Prompt> prompts, out int runs)
    {
        int[][] tokens = [.. prompts.Select(_tokens.Of)];
        KeyValues past = Volatile.Read(ref _shared)!.For(tokens[0])!;
        int[][] rest = [.. tokens.Select(all => all[past.Length..])];
        var logits = new List<float[]>();
        for (runs = 0; logits.Count < rest.Length; runs++)
        {
            int count = Math.Max(1, _decoder.Value.Fitting(past, [.. rest[logits.Count..].Select(own => own.Length)], _chunk, 0));
            using DecoderRun run = _decoder.Value.Read(past, past.Length, [.. rest[logits.Count..(logits.Count + count)].Select(own => new DecoderStretch(own, 1))], readOn: false);
            logits.AddRange(run.Readings.Select(reading => reading.Logits(0).ToArray()));
        }
        return [.. logits];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shared?.Dispose();
        if (_decoder.IsValueCreated) _decoder.Value.Dispose();
    }

    /// <summary>Reads a prompt; the next token can be told behind its last one.</summary>
    private DecoderRun Read(int[] tokens, SharedBeginning? shared, bool readOn)
    {
        using Beginning before = ReadBefore(tokens, shared);
        return _decoder.Value.Read(before.Past, before.Past.Length, [new DecoderStretch(tokens[before.Past.Length..], 1)], readOn);
    }

    /// <summary>Reads a prompt but for its last tokens, which fit into one run.</summary>
    private Beginning ReadBefore(int[] tokens, SharedBeginning? shared)
    {
        Decoder decoder = _decoder.Value;
        Beginning before = shared?.For(tokens) is { } known ? new(known, null) : Beginning.Of(decoder.Nothing());
        try
        {
            while (tokens.Length - before.Past.Length > _chunk)
            {
                int start = before.Past.Length;
                DecoderRun next = decoder.Read(before.Past, start, [new DecoderStretch(tokens[start..(start + _chunk)], 1)], readOn: true);
                before.Dispose();
                before = new Beginning(next.Past, next);
            }
            return before;
        }
        catch
        {
            before.Dispose();
            throw;
        }
    }

    private LabelTrie Trie(IReadOnlyList<string> answers)
    {
        IReadOnlyList<int[]>[] spellings = [.. answers.Select(_tokens.Spellings)];
        for (int k = 0; k < answers.Count; k++)
            if (spellings[k].Count == 0) throw new InputException($"The tokenizer of {_files.Folder} has no tokens for the label `{answers[k]}`. Take `teacher.answer: letter`, or another name.");
        try
        {
            return new LabelTrie(spellings);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"The tokenizer of {_files.Folder} writes two labels with the same tokens, so they cannot be told apart. Take `teacher.answer: letter`, or other names.", e);
        }
    }

    /// <summary>A prompt that waits for its scores.</summary>
    private sealed class Question(Prompt prompt)
    {
        public Prompt Prompt => prompt;

        public int[] Tokens { get; set; } = [];

        public TaskCompletionSource<AnswerScores> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Gives it its scores.</summary>
        public void Give(LabelScores scores) =>
            Answer.TrySetResult(new AnswerScores(scores.LogProbabilities, scores.Unseen, Tokens.Length, scores.TokensRead));
    }

    /// <summary>What has been read of a prompt, and what goes with it; null where it is another's.</summary>
    private sealed record Beginning(KeyValues Past, IDisposable? Owned) : IDisposable
    {
        public static Beginning Of(KeyValues past) => new(past, past);

        public void Dispose() => Owned?.Dispose();
    }
}
