using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Llkd.Reports.Tests;

/// <summary>The report in a real browser.</summary>
public sealed partial class LayoutTests
{
    // The report stands in a frame of the width asked for; its own security policy stays in force there, so the probe looks in from outside.
    // Without a named encoding Chromium guesses it, from as much of the file as has come by then: on a busy machine not always UTF-8.
    private const string Probe = """
        <!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="margin:0"><iframe id="f" width="WIDTH" height="1500" style="border:0" srcdoc="REPORT"></iframe><pre id="probe"></pre>
        <script>
        document.getElementById("f").addEventListener("load", function () {
          var w = this.contentWindow, d = w.document, out = { overflow: d.documentElement.scrollWidth - d.documentElement.clientWidth, width: d.documentElement.clientWidth, dark: w.matchMedia("(prefers-color-scheme: dark)").matches,
            paper: w.getComputedStyle(d.body).backgroundColor, buttons: d.querySelectorAll("th button").length, sorted: "", overlaps: [], outside: [], smallest: 99 };
          d.querySelectorAll("details").forEach(function (e) { e.open = true; });
          out.overflow = Math.max(out.overflow, d.documentElement.scrollWidth - d.documentElement.clientWidth);
          d.querySelectorAll("svg[role=img]").forEach(function (svg) {
            var frame = svg.getBoundingClientRect();
            if (frame.width === 0) return;
            var texts = Array.from(svg.querySelectorAll("text")).map(function (t) { return { r: t.getBoundingClientRect(), up: t.hasAttribute("transform"), t: Array.from(t.childNodes).filter(function (n) { return n.nodeType === 3; }).map(function (n) { return n.data; }).join("") }; }).filter(function (t) { return t.r.width > 0; });
            var scale = frame.width / svg.viewBox.baseVal.width;
            out.smallest = Math.min(out.smallest, scale);
            var name = svg.querySelector("title").textContent;
            texts.forEach(function (a, i) {
              // A line box is taller than its letters, so three pixels up and down may stand out.
              if (a.r.left < frame.left - 1 || a.r.right > frame.right + 1 || a.r.top < frame.top - 3 || a.r.bottom > frame.bottom + 3) out.outside.push(name + ": " + a.t + " [" + [a.r.left, a.r.top, a.r.right, a.r.bottom, frame.left, frame.top, frame.right, frame.bottom].map(Math.round).join(" ") + "]");
              for (var j = i + 1; j < texts.length; j++) {
                var b = texts[j];
                // Line boxes are taller than letters; four pixels of them may touch.
                var across = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left), down = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
                if (across > (a.up ? 4 : 1) && down > (a.up ? 1 : 4)) out.overlaps.push(name + ": " + a.t + " / " + b.t);
              }
            });
          });
          var table = d.querySelector("table.sortable");
          if (table) {
            table.querySelectorAll("th button")[1].click();
            out.sorted = Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[1].getAttribute("data-v"); }).filter(function (v) { return v !== null; }).join(" ");
          }
          document.getElementById("probe").textContent = JSON.stringify(out);
        });
        </script></body></html>
        """;

    internal sealed record Seen(int Overflow, int Width, bool Dark, string Paper, int Buttons, string Sorted, string[] Overlaps, string[] Outside, double Smallest);

    public static TheoryData<string, int, bool> Cases()
    {
        var data = new TheoryData<string, int, bool>();
        int i = 0;
        foreach (string name in SampleRuns.All.Keys)
        {
            data.Add(name, 390, i % 2 == 0);
            data.Add(name, i % 3 == 2 ? 800 : 1280, i++ % 2 == 1);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_report_fits_its_screen_without_overlap_or_console_error(string name, int width, bool dark)
    {
        var (seen, console) = await LookAsync(HtmlReport.Render(SampleRuns.All[name]), name, width, dark);
        Assert.Equal("", console);
        Assert.Equal(width, seen.Width);
        Assert.Equal(dark, seen.Dark);
        Assert.Equal(dark ? "rgb(20, 24, 28)" : "rgb(253, 253, 251)", seen.Paper);
        Assert.True(seen.Overflow <= 0, $"The page is {seen.Overflow} px wider than its {width} px screen.");
        Assert.True(seen.Outside.Length == 0, "Texts outside their drawing: " + string.Join(" | ", seen.Outside.Take(8)));
        Assert.True(seen.Overlaps.Length == 0, "Texts over each other: " + string.Join(" | ", seen.Overlaps.Take(8)));
        Assert.True(seen.Smallest > 0.72, $"A drawing is shrunk to {seen.Smallest:0.00} of its size, too small to read.");
        Assert.True(seen.Buttons > 0, "The sorting script did not run.");
        double[] sorted = [.. seen.Sorted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(sorted.Order(), sorted);
    }

    [Fact]
    public async Task The_probe_sees_an_overflow_an_overlap_and_an_error_where_there_are_some()
    {
        string broken = HtmlReport.Render(SampleRuns.All["six"])
            .Replace("<main>", "<main><div style=\"width:2000px\">x</div><svg role=\"img\" viewBox=\"0 0 100 20\" width=\"100\" height=\"20\"><title>bad</title><text x=\"90\" y=\"12\">outside</text><text x=\"88\" y=\"12\">over</text></svg><script>1</script>", StringComparison.Ordinal);
        var (seen, console) = await LookAsync(broken, "broken", 390, false);
        Assert.True(seen.Overflow > 1000);
        Assert.NotEmpty(seen.Outside);
        Assert.NotEmpty(seen.Overlaps);
        Assert.Contains("Content Security Policy", console, StringComparison.Ordinal);
    }

    internal static async Task<(Seen Seen, string Console)> LookAsync(string html, string name, int width, bool dark)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "reports");
        Directory.CreateDirectory(folder);
        string page = Path.Combine(folder, $"{name}-{width}-{(dark ? "dark" : "light")}.probe.html");
        await File.WriteAllTextAsync(Path.Combine(folder, name + ".html"), html, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(page, Probe.Replace("WIDTH", width.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("REPORT", WebUtility.HtmlEncode(html), StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var (dom, console) = await Chromium.DumpAsync(page, Math.Max(600, width + 20), dark, TestContext.Current.CancellationToken);
        var match = ProbeText().Match(dom);
        Assert.True(match.Success && match.Groups[1].Value.Length > 0, "The browser did not report back; console: " + console);
        return (JsonSerializer.Deserialize<Seen>(WebUtility.HtmlDecode(match.Groups[1].Value), JsonSerializerOptions.Web)!, console);
    }

    [GeneratedRegex("<pre id=\"probe\">(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex ProbeText();
}
