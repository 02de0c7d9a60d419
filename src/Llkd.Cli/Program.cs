using Llkd.Cli.Terminal;

namespace Llkd.Cli;

/// <summary>Entry point of the `llkd` command.</summary>
public static class Program
{
    /// <summary>Runs one command line.</summary>
    /// <returns>0 done; 1 a run failed; 2 command line, task file or data wrong; 130 interrupted.</returns>
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        using var interruption = new Interruption();
        return await CommandLine.RunAsync(args, new Screen(), interruption.Token).ConfigureAwait(false);
    }
}
