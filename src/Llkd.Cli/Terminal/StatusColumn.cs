using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Llkd.Cli.Terminal;

/// <summary>Count, rate and a few words of status.</summary>
internal sealed class StatusColumn(string unit) : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        string rate = task.Speed is { } speed and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{speed:N0} {unit}/s") : "";
        string status = task.State.Get<string>("status") ?? "";
        return new Text(string.Join("  ", new[] { rate, status }.Where(part => part.Length > 0)), new Style(Color.Grey));
    }
}
