namespace Llkd.Students;

/// <summary>
/// A trainable classifier. The training loop and the methods know students only through this: logits in plain memory
/// out, a gradient with respect to the logits in. Implementations live in Llkd.Students. Not thread-safe.
/// </summary>
public interface IStudent : IDisposable
{
    /// <summary>Number of classes C.</summary>
    int ClassCount { get; }

    /// <summary>Number of weights.</summary>
    long WeightCount { get; }

    /// <summary>Turns one text into the ids this student reads. May be called from several threads at once.</summary>
    /// <returns>Whether the text was longer than the student reads, and was cut.</returns>
    bool Encode(string text, List<int> ids);

    /// <summary>An untrained student of the same shape, vocabulary and options, as it is made with another seed. What it shares with this one never changes.</summary>
    /// <param name="seed">Seed of initial weights and dropout.</param>
    IStudent Fresh(int seed);

    /// <summary>Logits without gradient and without dropout.</summary>
    /// <param name="corpus">Encoded texts.</param>
    /// <param name="documents">Indexes into the corpus, [batch].</param>
    /// <param name="logits">Receives row-major [batch, classes].</param>
    void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits);

    /// <summary>
    /// One optimiser step: forward with dropout, <paramref name="loss"/> on the logits, backward, gradient clipping,
    /// AdamW.
    /// </summary>
    /// <param name="corpus">Encoded texts.</param>
    /// <param name="documents">Indexes of the selected samples, [selected], at least one.</param>
    /// <param name="loss">Computes the loss and its gradient.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    /// <param name="inParts">
    /// The same loss a part at a time, where it is a sum over samples; a student that passes a batch in pieces then keeps the
    /// activations of a few pieces only. Its calls may come from other threads and in any order; they never overlap. Null:
    /// all logits are handed to <paramref name="loss"/> at once.
    /// </param>
    /// <returns>The loss.</returns>
    double Train(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate, PartialLogitLoss? inParts = null);

    /// <summary>
    /// Tells which documents will be scored next, so that they can be made ready on another thread. Only a hint: it changes
    /// no result. The corpus must stay open until the next call of any member.
    /// </summary>
    /// <param name="corpus">Encoded texts.</param>
    /// <param name="documents">Indexes into the corpus, [batch].</param>
    void Prepare(ITokenCorpus corpus, ReadOnlySpan<int> documents) { }

    /// <summary>Writes weights, optimiser state and random state into an existing empty folder, for <see cref="LoadState"/>.</summary>
    void SaveState(string folder);

    /// <summary>Continues exactly where <see cref="SaveState"/> was called: what follows is bit-identical on the same machine and thread count.</summary>
    /// <exception cref="InputException">The folder does not hold this student's state.</exception>
    void LoadState(string folder);

    /// <summary>Copy of all weights, for keeping the best so far in memory.</summary>
    float[][] CopyWeights();

    /// <summary>Puts weights of <see cref="CopyWeights"/> back.</summary>
    void RestoreWeights(float[][] weights);

    /// <summary>Writes the trained model as a folder in Hugging Face's layout (config.json with id2label, model.safetensors, tokenizer files).</summary>
    void SaveModel(string folder, IReadOnlyList<string> labels);
}

/// <summary>Loss of a batch and its gradient with respect to the logits.</summary>
/// <param name="logits">Row-major [selected, classes].</param>
/// <param name="gradient">Receives dL/dlogits, row-major [selected, classes].</param>
/// <returns>The loss L.</returns>
public delegate double LogitLoss(ReadOnlySpan<float> logits, Span<float> gradient);

/// <summary>The part of a batch's loss that comes of some of its samples.</summary>
/// <param name="rows">Which of the batch's samples, by position, [part].</param>
/// <param name="logits">Theirs, row-major [part, classes].</param>
/// <param name="gradient">Receives dL/dlogits, row-major [part, classes].</param>
/// <returns>Their share of L.</returns>
public delegate double PartialLogitLoss(ReadOnlySpan<int> rows, ReadOnlySpan<float> logits, Span<float> gradient);

/// <summary>Encoded texts, each a run of ids; on disk or in memory.</summary>
public interface ITokenCorpus
{
    /// <summary>Number of texts.</summary>
    int Count { get; }

    /// <summary>Ids of one text.</summary>
    ReadOnlySpan<int> this[int document] { get; }
}
