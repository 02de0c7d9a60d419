namespace Llkd.Students;

/// <summary>Reads small files a user gave, with errors that name them.</summary>
internal static class InputFile
{
    public static string ReadText(string path) => Guard(path, () => File.ReadAllText(path));

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
