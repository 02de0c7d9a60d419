using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Llkd.Documents;

namespace Llkd.Students;

/// <summary>Encoded texts in memory: validation and test sets, and small pools.</summary>
public sealed class MemoryCorpus : ITokenCorpus
{
    private readonly List<int> _ids = [];
    private readonly List<int> _ends = [];

    /// <summary>Encodes texts with a student's encoder.</summary>
    public static MemoryCorpus Encode(IStudent student, IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(texts);
        var corpus = new MemoryCorpus();
        foreach (string text in texts)
        {
            if (student.Encode(text, corpus._ids)) corpus.Truncated++;
            corpus._ends.Add(corpus._ids.Count);
        }
        return corpus;
    }

    /// <inheritdoc/>
    public int Count => _ends.Count;

    /// <summary>Texts that were longer than the student reads, and were cut.</summary>
    public int Truncated { get; private set; }

    /// <inheritdoc/>
    public ReadOnlySpan<int> this[int document]
    {
        get
        {
            int start = document == 0 ? 0 : _ends[document - 1];
            return CollectionsMarshal.AsSpan(_ids)[start.._ends[document]];
        }
    }
}

/// <summary>
/// Encoded texts in a memory-mapped file, so that a pool of any size costs no memory of the process: int32 ids one
/// after another, and an int64 end offset a text in a second file.
/// </summary>
public sealed unsafe class MappedCorpus : ITokenCorpus, IDisposable
{
    private readonly MemoryMappedFile? _idsFile;
    private readonly MemoryMappedViewAccessor? _idsView;
    private readonly MemoryMappedFile? _endsFile;
    private readonly MemoryMappedViewAccessor? _endsView;
    private readonly int* _ids;
    private readonly long* _ends;
    private bool _disposed;

    private MappedCorpus(string path, int truncated)
    {
        Truncated = truncated;
        Count = checked((int)(new FileInfo(path + ".ends").Length / sizeof(long)));
        if (Count == 0) return;
        _endsFile = MemoryMappedFile.CreateFromFile(path + ".ends", FileMode.Open);
        _endsView = _endsFile.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _endsView.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _ends = (long*)pointer;
        if (_ends[Count - 1] == 0) return;
        _idsFile = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _idsView = _idsFile.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        pointer = null;
        _idsView.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _ids = (int*)pointer;
    }

    /// <summary>Encodes texts into a file and opens it. The file is a scratch file: it is written anew every time.</summary>
    /// <param name="path">The file; its end offsets go beside it, with the ending `.ends`.</param>
    /// <param name="student">Whose encoder.</param>
    /// <param name="texts">The texts, streamed.</param>
    /// <exception cref="RunFailedException">The disk is full or fails.</exception>
    public static MappedCorpus Encode(string path, IStudent student, IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(texts);
        try
        {
            return new MappedCorpus(path, Write(path, student, texts));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"The encoded texts could not be kept in {path}: {e.Message} Make room and run the same command again.", e);
        }
    }

    private static int Write(string path, IStudent student, IEnumerable<string> texts)
    {
        using FileStream ids = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using FileStream ends = new(path + ".ends", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        long end = 0;
        int truncated = 0;
        foreach (EncodedTexts encoded in texts.InChunks(chunk => EncodedTexts.Of(chunk, student)))
        {
            ids.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(encoded.Ids)));
            foreach (int length in encoded.Lengths)
            {
                end += length;
                ends.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in end)));
            }
            truncated += encoded.Truncated;
        }
        return truncated;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Texts that were longer than the student reads, and were cut.</summary>
    public int Truncated { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<int> this[int document]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)document, (uint)Count, nameof(document));
            long start = document == 0 ? 0 : _ends[document - 1];
            return new ReadOnlySpan<int>(_ids + start, (int)(_ends[document] - start));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_idsView is not null) _idsView.SafeMemoryMappedViewHandle.ReleasePointer();
        if (_endsView is not null) _endsView.SafeMemoryMappedViewHandle.ReleasePointer();
        _idsView?.Dispose();
        _idsFile?.Dispose();
        _endsView?.Dispose();
        _endsFile?.Dispose();
    }

    private sealed record EncodedTexts(List<int> Ids, int[] Lengths, int Truncated)
    {
        public static EncodedTexts Of(string[] texts, IStudent student)
        {
            var ids = new List<int>();
            var lengths = new int[texts.Length];
            int truncated = 0;
            for (int i = 0; i < texts.Length; i++)
            {
                int start = ids.Count;
                if (student.Encode(texts[i], ids)) truncated++;
                lengths[i] = ids.Count - start;
            }
            return new EncodedTexts(ids, lengths, truncated);
        }
    }
}
