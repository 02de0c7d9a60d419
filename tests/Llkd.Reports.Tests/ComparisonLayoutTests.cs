namespace Llkd.Reports.Tests;

/// <summary>Comparisons in a real browser.</summary>
public sealed class ComparisonLayoutTests
{
    public static TheoryData<string, int, bool> Cases()
    {
        var data = new TheoryData<string, int, bool>();
        int i = 0;
        foreach (string name in SampleComparisons.All.Keys)
        {
            data.Add(name, 390, i % 2 == 0);
            data.Add(name, i % 3 == 2 ? 800 : 1280, i++ % 2 == 1);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_comparison_fits_its_screen_without_overlap_or_console_error(string name, int width, bool dark)
    {
        var (seen, console) = await LayoutTests.LookAsync(SampleComparisons.Html(name), "comparison-" + name, width, dark);
        Assert.Equal("", console);
        Assert.Equal(width, seen.Width);
        Assert.Equal(dark, seen.Dark);
        Assert.True(seen.Overflow <= 0, $"The page is {seen.Overflow} px wider than its {width} px screen.");
        Assert.True(seen.Outside.Length == 0, "Texts outside their drawing: " + string.Join(" | ", seen.Outside.Take(8)));
        Assert.True(seen.Overlaps.Length == 0, "Texts over each other: " + string.Join(" | ", seen.Overlaps.Take(8)));
        Assert.True(seen.Smallest > 0.72, $"A drawing is shrunk to {seen.Smallest:0.00} of its size, too small to read.");
        double[] sorted = [.. seen.Sorted.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(sorted.Order(), sorted);
    }
}
