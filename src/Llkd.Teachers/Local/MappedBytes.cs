using System.IO.MemoryMappedFiles;

namespace Llkd.Teachers.Local;

/// <summary>The bytes of a file, without a copy of it in memory.</summary>
internal sealed class MappedBytes : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Maps a file that has at least one byte and no more than an array may have.</summary>
    public MappedBytes(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Length = checked((int)stream.Length);
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
    }

    /// <summary>How many they are.</summary>
    public int Length { get; }

    /// <summary>One of them.</summary>
    public byte this[int at] => _view.ReadByte(at);

    /// <summary>A copy of those between two places.</summary>
    public byte[] Read(int start, int end)
    {
        var copy = new byte[end - start];
        Copy(start, end, copy, 0);
        return copy;
    }

    /// <summary>Copies those between two places.</summary>
    public void Copy(int start, int end, byte[] target, int at) => _view.ReadArray(start, target, at, end - start);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
