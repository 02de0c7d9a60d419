using System.Diagnostics;
using System.Globalization;

namespace Llkd.Teachers.Tests;

/// <summary>The labeller program beside this assembly, started as a process of its own.</summary>
internal sealed class LabellerProcess : IDisposable
{
    private readonly Process _process;

    /// <param name="largestFile">Largest file it may write, in 1024-byte blocks: a disk that is full, as far as it can tell.</param>
    public LabellerProcess(string journal, int documents, string mode, int? largestFile = null)
    {
        string dll = System.IO.Path.Combine(AppContext.BaseDirectory, "Llkd.Teachers.Labeller.dll");
        ProcessStartInfo start = largestFile is { } blocks
            // Without the signal, writing on is an error that the program sees.
            ? new("bash", ["-c", string.Create(CultureInfo.InvariantCulture, $"trap '' XFSZ; ulimit -f {blocks}; exec dotnet \"$@\""), "bash"])
            : new("dotnet");
        foreach (string argument in (string[])[dll, journal, documents.ToString(CultureInfo.InvariantCulture), mode])
            start.ArgumentList.Add(argument);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        // The runtime's double mapping of code is a large file too, to the limit.
        if (largestFile is not null) start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        _process = Process.Start(start)!;
    }

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        Task<string> error = _process.StandardError.ReadToEndAsync();
        string output = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return (_process.ExitCode, output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
