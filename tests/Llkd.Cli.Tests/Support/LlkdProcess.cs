using System.Diagnostics;
using System.Text;

namespace Llkd.Cli.Tests.Support;

/// <summary>Runs the built command as a process of its own, as a user would.</summary>
internal sealed class LlkdProcess : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly Lazy<Task<string>> _output;
    private readonly Task<string> _error;

    private LlkdProcess(Process process)
    {
        _process = process;
        // Begun when it is waited for; until then its lines can be taken one by one.
        _output = new Lazy<Task<string>>(() => process.StandardOutput.ReadToEndAsync());
        _error = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    public static LlkdProcess Start(string folder, params IEnumerable<string> arguments)
    {
        (string file, string[] first) = Command;
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
            StandardInputEncoding = new UTF8Encoding(false),
        };
        foreach (string argument in first.Concat(arguments)) start.ArgumentList.Add(argument);
        return new LlkdProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static Ended Run(string folder, params IEnumerable<string> arguments) => Feed(folder, [], arguments);

    /// <summary>Runs to the end with something on standard input.</summary>
    public static Ended Feed(string folder, byte[] input, params IEnumerable<string> arguments)
    {
        using LlkdProcess process = Start(folder, arguments);
        _ = process._output.Value;
        try
        {
            process._process.StandardInput.BaseStream.Write(input);
            process._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; what it said about that is the test's business.
        }
        return process.Wait();
    }

    /// <summary>Writes to its standard input.</summary>
    public void Send(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Closes its standard input.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>The next line of its standard output, which must come in time.</summary>
    public string NextLine(TimeSpan longest)
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        Assert.True(line.Wait(longest), $"No line came within {longest}.");
        return line.Result ?? "";
    }

    public Ended Wait()
    {
        Task<string> output = _output.Value;
        if (!_process.WaitForExit(Longest))
        {
            Kill();
            Assert.Fail($"llkd did not end within {Longest}. It said: {_error.Result}");
        }
        return new Ended(_process.ExitCode, output.Result, _error.Result);
    }

    /// <summary>SIGKILL: the process gets no chance to do anything more.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    /// <summary>The command, for a shell.</summary>
    public static string ShellCommand => string.Join(' ', new[] { Command.File }.Concat(Command.First).Select(part => $"'{part}'"));

    private static (string File, string[] First) Command
    {
        get
        {
            string host = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Llkd.Cli.exe" : "Llkd.Cli");
            return File.Exists(host) ? (host, []) : ("dotnet", [Path.Combine(AppContext.BaseDirectory, "Llkd.Cli.dll")]);
        }
    }
}

/// <summary>A command that has ended.</summary>
internal sealed record Ended(int Status, string Output, string Error)
{
    /// <summary>It ended with this status and says all of this on standard error; and it shows neither stack trace nor escape codes.</summary>
    public Ended Says(int status, params string[] parts)
    {
        Assert.True(Status == status, $"Exit status {Status} instead of {status}.\n{Error}\n{Output}");
        foreach (string part in parts) Assert.Contains(part, Error, StringComparison.Ordinal);
        foreach (string text in new[] { Output, Error })
        {
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Unhandled", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
        }
        return this;
    }

    public Ended Succeeds() => Says(0);
}
