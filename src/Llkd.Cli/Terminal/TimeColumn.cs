using Spectre.Console;
using Spectre.Console.Rendering;

namespace Llkd.Cli.Terminal;

/// <summary>Time left, as in "0:19 left"; once done, the time taken.</summary>
internal sealed class TimeColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        string text = task.IsFinished ? Format(task.ElapsedTime) : task.RemainingTime is { } left ? Format(left) + " left" : "";
        return new Text(text, new Style(Color.Grey));
    }

    private static string Format(TimeSpan? time) => time is not { } t ? ""
        : t.TotalHours < 1 ? $"{t:m\\:ss}" : FormattableString.Invariant($"{(int)t.TotalHours}:{t:mm\\:ss}");
}
