using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Llkd.Cli.Terminal;

/// <summary>Count, rate and a few words of status.</summary>
internal sealed class StatusColumn(string unit, StatusText status) : ProgressColumn
{
    /// <summary>A second line would make the display jump.</summary>
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        string rate = task.Speed is { } speed and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{speed:N0} {unit}/s") : "";
        return new Text(string.Join("  ", new[] { rate, status.Value }.Where(part => part.Length > 0)), new Style(Color.Grey));
    }
}
