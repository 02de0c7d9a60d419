namespace Llkd.Documents;

/// <summary>A file that stands under its name only when it is whole: written beside it, flushed to the disk, renamed.</summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private bool _completed;

    /// <summary>Begins a file; a missing folder is made.</summary>
    /// <param name="path">Its name when it is whole; an older file is replaced then.</param>
    /// <exception cref="InputException">It cannot be written there.</exception>
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

    /// <summary>Where the content goes.</summary>
    public FileStream Stream { get; }

    /// <summary>Writes a whole file that a run makes, so that whatever prevents it is a failure of the run.</summary>
    /// <param name="path">The file; an older one is replaced.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="RunFailedException">It could not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var file = new AtomicFile(path);
            file.Stream.Write(content);
            file.Complete();
        }
        catch (InputException e)
        {
            throw new RunFailedException(e.Message, e);
        }
        catch (IOException e)
        {
            throw Failed(path, e);
        }
    }

    /// <summary>Puts the file under its name.</summary>
    /// <exception cref="RunFailedException">It could not be written to its end.</exception>
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
            throw Failed(_path, e);
        }
    }

    /// <summary>Gives up what was not completed.</summary>
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

    private static RunFailedException Failed(string path, Exception e) =>
        new($"{path} could not be written: {e.Message} What stood there before is untouched.", e);
}
