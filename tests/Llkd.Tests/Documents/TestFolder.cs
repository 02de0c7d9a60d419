using System.Text;

namespace Llkd.Tests.Documents;

/// <summary>A folder of one test's files, gone after it.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("llkd-test-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>A file of the shared real data; the test is skipped where it is not there.</summary>
    public static string Shared(string path)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "shared", "data", path);
            if (File.Exists(file)) return file;
        }
        Assert.Skip($"shared/data/{path} is not in any folder above the tests.");
        return "";
    }
}
