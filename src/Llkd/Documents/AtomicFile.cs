namespace Llkd.Documents;

/// <summary>A file that stands under its name only when it is whole: written beside it, flushed to the disk, renamed.</summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private bool _completed;

    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(_path) ?? throw new InputException($"{path} is not a file name.");
        _temporary = Path.Combine(folder, $".{Path.GetFileName(_path)}.{Path.GetRandomFileName()}.tmp");
        if (Directory.Exists(_path)) throw new InputException($"{path} is a folder; name a file.");
        try
        {
            Directory.CreateDirectory(folder);
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }

    public FileStream Stream { get; }

    public void Complete()
    {
        try
        {
            Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            File.Move(_temporary, _path, overwrite: true);
            _completed = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{_path} could not be written: {e.Message} What stood there before is untouched.", e);
        }
    }

    public void Dispose()
    {
        if (_completed) return;
        try
        {
            try
            {
                Stream.Dispose();
            }
            finally
            {
                // On a full disk the stream fails once more over what it has buffered; the file must go all the same.
                File.Delete(_temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Giving up must not hide why; a leftover temporary file harms nothing.
        }
    }
}
