using System.CommandLine;
using Llkd.Cli.Commands;
using Llkd.Cli.Terminal;

namespace Llkd.Cli;

/// <summary>The verbs, and the meaning of the exit status.</summary>
internal static class CommandLine
{
    /// <summary>Environment variable that asks for the stack trace of a defect.</summary>
    private const string TraceVariable = "LLKD_TRACE";

    public static async Task<int> RunAsync(string[] args, Screen screen, CancellationToken cancellationToken)
    {
        RootCommand root = new("LLKD for .NET: distil a small text classifier from an LLM's labels on unlabeled text.")
        {
            RunCommand.Create(screen),
            LabelCommand.Create(screen),
            TrainCommand.Create(screen),
            EvaluateCommand.Create(screen),
            CompareCommand.Create(screen),
            ExportCommand.Create(screen),
            PredictCommand.Create(screen),
            ReportCommand.Create(screen),
            ServeCommand.Create(screen),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) screen.Fail(error.Message);
            screen.Note($"See `llkd {string.Join(' ', parsed.CommandResult.Command == root ? [] : new[] { parsed.CommandResult.Command.Name })} --help`.".Replace("  ", " ", StringComparison.Ordinal));
            return ExitCode.InputWrong;
        }
        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = screen.Output,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (StartAgainException e)
        {
            screen.Note(e.Message);
            return ExitCode.Interrupted;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            screen.Note(args.Contains("--restart")
                ? "Interrupted. What was done is kept; run the same command again, without --restart, to go on."
                : "Interrupted. What was done is kept; run the same command again to go on.");
            return ExitCode.Interrupted;
        }
        catch (IOException e) when (StandardOutput.IsGone(e))
        {
            // The reader has all it wanted.
            return ExitCode.Done;
        }
        catch (InputException e)
        {
            screen.Fail(e.Message);
            return ExitCode.InputWrong;
        }
        catch (RunFailedException e)
        {
            screen.Fail(e.Message);
            return ExitCode.RunFailed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            screen.Fail($"{e.Message.TrimEnd('.')}. What was reported as done is kept; mend the cause and run the same command again.");
            return ExitCode.RunFailed;
        }
        catch (OutOfMemoryException e)
        {
            screen.Fail($"Out of memory: {e.Message} Lower training.batchSize or the student's sizes, or give the process more.");
            return ExitCode.RunFailed;
        }
#pragma warning disable CA1031 // The last resort: whatever it is, the user gets a message and a status, not a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            screen.Fail($"Something went wrong inside llkd itself ({e.GetType().Name}: {e.Message}). What was reported as done is kept. Please report this; {TraceVariable}=1 shows where it happened.");
            if (Environment.GetEnvironmentVariable(TraceVariable) is not (null or "")) screen.Note(e.ToString());
            return ExitCode.RunFailed;
        }
    }
}

/// <summary>Exit status of the command, as documented.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int RunFailed = 1;
    public const int InputWrong = 2;
    public const int Interrupted = 130;
}
