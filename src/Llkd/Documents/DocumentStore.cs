using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Documents;

/// <summary>
/// Documents, added one after another. Texts and ids go to memory until they are large, then to a temporary file that is
/// gone with the process: ten million short texts then take some 400 MB of memory for what is known of them besides their texts.
/// Reading is thread-safe once <see cref="Complete"/> was called.
/// </summary>
public sealed class DocumentStore : DocumentList, IDisposable
{
    /// <summary>Texts up to this size stay in memory.</summary>
    private const int LargestInMemory = 64 << 20;

    private const int WriteBuffer = 1 << 20;
    private const byte Utf16Text = 1, HasId = 2;

    private readonly string _folder;
    private readonly int _largestInMemory;
    private readonly Pages<DocumentKey> _keys = new();
    private readonly Pages<long> _rows = new();
    private readonly Pages<int> _labels = new();
    private readonly Pages<long> _ends = new();
    private byte[] _buffer = new byte[1 << 16];
    private int _buffered;
    private long _written;
    private SafeFileHandle? _file;

    /// <summary>An empty store.</summary>
    /// <param name="folder">Where large texts go; null: the system's temporary folder.</param>
    /// <param name="largestInMemory">Bytes of texts that stay in memory.</param>
    public DocumentStore(string? folder = null, int largestInMemory = LargestInMemory) =>
        (_folder, _largestInMemory) = (folder ?? Path.GetTempPath(), largestInMemory);

    /// <inheritdoc/>
    public override int Count => _keys.Count;

    /// <summary>Whether texts lie in a file.</summary>
    public bool IsOnDisk => _file is not null;

    /// <inheritdoc/>
    public override Document this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            long start = index == 0 ? 0 : _ends[index - 1];
            int length = (int)(_ends[index] - start);
            if (start >= _written) return Decode(index, _buffer.AsSpan((int)(start - _written), length));
            byte[]? rented = length > 1024 ? System.Buffers.ArrayPool<byte>.Shared.Rent(length) : null;
            Span<byte> bytes = rented is null ? stackalloc byte[length] : rented.AsSpan(0, length);
            for (int read = 0; read < length;)
            {
                int got = RandomAccess.Read(_file!, bytes[read..], start + read);
                if (got == 0) throw new RunFailedException($"The temporary file of the pool's texts in {_folder} has become shorter. Run the same command again.");
                read += got;
            }
            Document document = Decode(index, bytes);
            if (rented is not null) System.Buffers.ArrayPool<byte>.Shared.Return(rented);
            return document;
        }
    }

    /// <inheritdoc/>
    public override DocumentKey KeyAt(int index) => _keys[index];

    /// <inheritdoc/>
    public override int LabelAt(int index) => _labels[index];

    /// <summary>Adds a document.</summary>
    /// <exception cref="RunFailedException">The disk is full or fails.</exception>
    public void Add(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Encode(document);
        _keys.Add(document.Key);
        _rows.Add(document.Row);
        _labels.Add(document.Label);
        _ends.Add(_written + _buffered);
        if (_buffered >= (_file is null ? _largestInMemory : WriteBuffer)) Spill();
    }

    /// <summary>To be called after the last <see cref="Add"/>: frees what only adding needs.</summary>
    public void Complete()
    {
        if (_file is not null && _buffered > 0) Spill();
        if (_buffer.Length > _buffered) Array.Resize(ref _buffer, _buffered);
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => _file?.Dispose();

    private void Encode(Document document)
    {
        string text = document.Text;
        byte[]? id = document.Id is null ? null : MemoryMarshal.AsBytes(document.Id.AsSpan()).ToArray();
        int most = 5 + (id?.Length ?? 0) + 3 * text.Length;
        if (_buffer.Length - _buffered < most) Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, (long)_buffered + most)));
        Span<byte> to = _buffer.AsSpan(_buffered);
        int at = 1;
        if (id is not null)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to[1..], id.Length);
            id.CopyTo(to[5..]);
            at = 5 + id.Length;
        }
        bool utf8 = Utf8.FromUtf16(text, to[at..], out _, out int written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
        if (!utf8)
        {
            // A lone surrogate, which UTF-8 has no form for.
            MemoryMarshal.AsBytes(text.AsSpan()).CopyTo(to[at..]);
            written = 2 * text.Length;
        }
        to[0] = (byte)((utf8 ? 0 : Utf16Text) | (id is null ? 0 : HasId));
        _buffered += at + written;
    }

    private Document Decode(int index, ReadOnlySpan<byte> bytes)
    {
        byte flags = bytes[0];
        bytes = bytes[1..];
        string? id = null;
        if ((flags & HasId) != 0)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            id = new string(MemoryMarshal.Cast<byte, char>(bytes.Slice(4, length)));
            bytes = bytes[(4 + length)..];
        }
        string text = (flags & Utf16Text) != 0 ? new string(MemoryMarshal.Cast<byte, char>(bytes)) : Encoding.UTF8.GetString(bytes);
        return new Document(_keys[index], _rows[index], id, text, _labels[index]);
    }

    private void Spill()
    {
        try
        {
            if (_file is null)
            {
                Directory.CreateDirectory(_folder);
                string path = Path.Combine(_folder, $"llkd-texts-{Guid.NewGuid():N}");
                _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.DeleteOnClose);
                // Where the name can go while the file is open, no kill leaves it behind.
                if (!OperatingSystem.IsWindows()) File.Delete(path);
            }
            RandomAccess.Write(_file, _buffer.AsSpan(0, _buffered), _written);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"The pool's texts could not be kept in {_folder}: {e.Message} Make room and run the same command again.", e);
        }
        _written += _buffered;
        _buffered = 0;
        if (_buffer.Length > 4 * WriteBuffer) _buffer = new byte[2 * WriteBuffer];
    }

    /// <summary>A list that grows without copying.</summary>
    private sealed class Pages<T>
    {
        private const int Bits = 16, Size = 1 << Bits;
        private readonly List<T[]> _pages = [];

        public int Count { get; private set; }

        public T this[int index] => _pages[index >> Bits][index & (Size - 1)];

        public void Add(T value)
        {
            int place = Count & (Size - 1);
            if (place == 0) _pages.Add(new T[Count == 0 ? 256 : Size]);
            T[] page = _pages[^1];
            if (place == page.Length) _pages[^1] = page = [.. page, .. new T[Size - page.Length]];
            page[place] = value;
            Count++;
        }
    }
}
