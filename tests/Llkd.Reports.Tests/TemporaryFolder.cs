namespace Llkd.Reports.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("llkd-reports").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
