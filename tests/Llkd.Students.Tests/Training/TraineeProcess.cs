using System.Diagnostics;

namespace Llkd.Students.Tests.Training;

/// <summary>The training program beside this assembly, run to its end as a process of its own.</summary>
internal static class TraineeProcess
{
    /// <returns>Its exit status, 137 where it was killed.</returns>
    public static int Run(string method, string checkpoints, string output, string mode)
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "Llkd.Students.Trainee.dll");
        var start = new ProcessStartInfo("dotnet", [dll, method, checkpoints, output, mode]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Empty(errors);
        return process.ExitCode;
    }
}
