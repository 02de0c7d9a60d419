namespace Llkd.Documents;

/// <summary>Reads small files a user gave, with errors that name them.</summary>
public static class InputFile
{
    /// <summary>The whole file as text.</summary>
    /// <exception cref="InputException">It does not exist or cannot be read.</exception>
    public static string ReadText(string path) => Guard(path, () => File.ReadAllText(path));

    /// <summary>The whole file as bytes.</summary>
    /// <exception cref="InputException">It does not exist or cannot be read.</exception>
    public static byte[] ReadBytes(string path) => Guard(path, () => File.ReadAllBytes(path));

    /// <summary>The file's lines.</summary>
    /// <exception cref="InputException">It does not exist or cannot be read.</exception>
    public static IReadOnlyList<string> ReadLines(string path) => Guard(path, () => File.ReadAllLines(path));

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
