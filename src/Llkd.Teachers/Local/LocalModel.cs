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
    /// <summary>Tokens in one run: bounds the memory of the logits, which exports give for every token.</summary>
    private const int Chunk = 256;

    private readonly LocalModelFiles _files;
    private readonly DecoderConfig _config;
    private readonly PromptTokens _tokens;
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
        _decoder = new Lazy<Decoder>(() => new Decoder(_files.Model, _config, options.ThreadsWithin));
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
        var fresh = new SharedBeginning(sequences[0][..PromptTokens.CommonPrefix(sequences)], tokens => Read(tokens, null));
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
    /// <remarks>Runs to the end once it has begun, on a thread of its own: threads of the pool have shorter work to do.</remarks>
    public Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answers);
        return Task.Factory.StartNew(() => Score(prompt, answers), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private AnswerScores Score(Prompt prompt, IReadOnlyList<string> answers)
    {
        LabelTrie trie = _tries.GetValue(answers, Trie);
        int[] tokens = _tokens.Of(prompt);
        using DecoderReading reading = Read(tokens, Volatile.Read(ref _shared));
        LabelScores scores = trie.Score(reading);
        return new AnswerScores(scores.LogProbabilities, scores.Unseen, tokens.Length, scores.TokensRead);
    }

    /// <summary>The logits behind a prompt, [vocabulary], for comparisons with other runtimes.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="tokens">Receives the prompt's tokens.</param>
    internal float[] Logits(Prompt prompt, out int[] tokens)
    {
        tokens = _tokens.Of(prompt);
        using DecoderReading reading = Read(tokens, Volatile.Read(ref _shared));
        return reading.Logits(0).ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shared?.Dispose();
        if (_decoder.IsValueCreated) _decoder.Value.Dispose();
    }

    /// <summary>Reads a prompt; the next token can be told behind its last one.</summary>
    private DecoderReading Read(ReadOnlySpan<int> tokens, SharedBeginning? shared)
    {
        Decoder decoder = _decoder.Value;
        if (shared?.For(tokens) is { } known) return ReadOn(decoder, known, tokens[known.Length..]);
        using KeyValues nothing = decoder.Nothing();
        return ReadOn(decoder, nothing, tokens);
    }

    private static DecoderReading ReadOn(Decoder decoder, KeyValues past, ReadOnlySpan<int> tokens)
    {
        DecoderReading? before = null;
        for (; tokens.Length > Chunk; tokens = tokens[Chunk..])
        {
            DecoderReading next = decoder.Read(before?.Past ?? past, tokens[..Chunk], 1);
            before?.Dispose();
            before = next;
        }
        using (before) return decoder.Read(before?.Past ?? past, tokens, 1);
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
}
