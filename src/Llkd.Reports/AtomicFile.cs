namespace Llkd.Reports;

/// <summary>Writes a file by way of a temporary one beside it, so that a reader finds the old or the new one, never half of one.</summary>
public static class AtomicFile
{
    /// <summary>Writes a whole file; a missing folder is made.</summary>
    /// <param name="path">The file; an older one is replaced.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new RunFailedException($"Cannot write '{path}': {error.Message} Check the folder's rights and the free space, then run the same command again.", error);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that led here says more than this one.
        }
    }
}
