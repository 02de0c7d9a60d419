using Llkd.Cli.Comparison;
using Spectre.Console;

namespace Llkd.Cli.Terminal;

/// <summary>
/// Where a command writes: results to standard output, everything else (progress, notes, errors) to standard error,
/// so that a pipe gets results only. On a terminal, progress is a bar with rate and time left; elsewhere a plain line
/// now and then.
/// </summary>
internal sealed class Screen
{
    private readonly IAnsiConsole _error;
    private readonly bool _live;

    public Screen(TextWriter? output = null, TextWriter? error = null)
    {
        Output = output ?? Console.Out;
        _live = error is null && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            && Environment.GetEnvironmentVariable("CI") is null or "";
        _error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error ?? Console.Error) });
        if (!_live) _error.Profile.Width = 4000;
    }

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>A remark.</summary>
    public void Note(string text) => _error.WriteLine(text);

    /// <summary>Something the user should look at.</summary>
    public void Warn(string text) => _error.MarkupLine($"[yellow]warning:[/] {Markup.Escape(text)}");

    /// <summary>Why the command ends.</summary>
    public void Fail(string text) => _error.MarkupLine($"[red]error:[/] {Markup.Escape(text)}");

    /// <summary>Runs work that reports how far it is.</summary>
    /// <param name="title">What is done, in one or two words.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="work">The work.</param>
    public async Task<T> ProgressAsync<T>(string title, string unit, Func<IProgressLine, Task<T>> work)
    {
        if (!_live)
        {
            var plain = new PlainProgress(title, unit, Note, TimeProvider.System);
            T done = await work(plain).ConfigureAwait(false);
            plain.Finish();
            return done;
        }
        var status = new StatusText();
        return await _error.Progress()
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = _error.Profile.Width < 100 ? 12 : 24 },
                new PercentageColumn(), new StatusColumn(unit, status), new TimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                T result = await work(new LiveProgress(task, status)).ConfigureAwait(false);
                task.Value = task.MaxValue;
                return result;
            }).ConfigureAwait(false);
    }

    /// <summary>Runs a comparison: on a terminal the table of its figures is shown as it fills, elsewhere a plain line now and then.</summary>
    /// <param name="title">What is done, in one word.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="board">The figures.</param>
    /// <param name="work">The work.</param>
    public async Task<T> BoardAsync<T>(string title, string unit, ComparisonBoard board, Func<Task<T>> work)
    {
        if (!_live)
        {
            var plain = new PlainProgress(title, unit, Note, TimeProvider.System);
            board.Progress += (done, total, status) =>
            {
                lock (plain) plain.Report(done, total, status);
            };
            T result = await work().ConfigureAwait(false);
            plain.Finish();
            return result;
        }
        return await _error.Live(board.Render()).Overflow(VerticalOverflow.Ellipsis).StartAsync(async context =>
        {
            Task<T> running = work();
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(Refresh)).ConfigureAwait(false);
                context.UpdateTarget(board.Render());
            }
            return await running.ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(300);
}

/// <summary>Takes a work's progress.</summary>
internal interface IProgressLine
{
    /// <summary>The work is this far.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all.</param>
    /// <param name="status">A few words more.</param>
    void Report(long done, long total, string status = "");
}

/// <summary>The words beside a bar.</summary>
internal sealed class StatusText
{
    public string Value { get; set; } = "";
}

internal sealed class LiveProgress(ProgressTask task, StatusText text) : IProgressLine
{
    public void Report(long done, long total, string status = "")
    {
        task.MaxValue = Math.Max(1, total);
        task.Value = done;
        text.Value = status;
    }
}

/// <summary>A line at the start, at the end and every ten seconds between.</summary>
internal sealed class PlainProgress(string title, string unit, Action<string> write, TimeProvider time) : IProgressLine
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly long _started = time.GetTimestamp();
    private long _last = time.GetTimestamp();
    private (long Done, long Total, string Status) _latest;

    public void Report(long done, long total, string status = "")
    {
        _latest = (done, total, status);
        if (time.GetElapsedTime(_last) < Interval) return;
        _last = time.GetTimestamp();
        Write(done < total ? Left(done, total) : "");
    }

    public void Finish()
    {
        if (_latest.Total > 0) Write("done");
    }

    private string Left(long done, long total)
    {
        double seconds = time.GetElapsedTime(_started).TotalSeconds;
        return done == 0 ? "" : $"about {TimeSpan.FromSeconds(Math.Ceiling(seconds * (total - done) / done)):h\\:mm\\:ss} left";
    }

    private void Write(string end)
    {
        double seconds = Math.Max(1e-3, time.GetElapsedTime(_started).TotalSeconds);
        string[] parts =
        [
            FormattableString.Invariant($"{title}: {_latest.Done:N0} of {_latest.Total:N0} {unit}"),
            FormattableString.Invariant($"{_latest.Done / seconds:N0} {unit}/s"),
            _latest.Status, end,
        ];
        write(string.Join(", ", parts.Where(part => part.Length > 0)));
    }
}
