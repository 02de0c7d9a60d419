using Llkd.Inference.Tests;
using Microsoft.Playwright;

namespace Llkd.Serving.Tests;

/// <summary>The page in a headless Chromium, where there is one on the PATH.</summary>
public sealed class PageTests(Moods moods) : IClassFixture<Moods>
{
    private static readonly string? Chromium = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    [Fact]
    public async Task A_pasted_text_gets_its_label_with_a_bar()
    {
        await using Served served = await Served.StartAsync(moods);
        await OpenAsync(served, 1000, async page =>
        {
            await page.FillAsync("#texts", "good lovely film\nawful bad story");
            await page.ClickAsync("#texts-form button");
            await page.WaitForSelectorAsync("#answers li:nth-child(2)");
            Assert.Equal(["good", "bad"], await page.EvaluateAsync<string[]>("[...document.querySelectorAll('#answers .name.first')].map(e => e.textContent)"));
            double[] widths = await page.EvaluateAsync<double[]>("[...document.querySelectorAll('#answers li:first-child rect')].map(e => e.getBoundingClientRect().width)");
            Assert.Equal(3, widths.Length);
            Assert.True(widths[0] > widths[1] && widths[1] >= widths[2], string.Join(' ', widths));
            Assert.Contains("good, bad, odd", await page.TextContentAsync("#labels"), StringComparison.Ordinal);
            await ShotAsync(page, "texts");
        });
    }

    [Fact]
    public async Task Markup_in_a_text_is_shown_as_text()
    {
        await using Served served = await Served.StartAsync(moods);
        await OpenAsync(served, 1000, async page =>
        {
            const string Text = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script><b>good</b>";
            await page.FillAsync("#texts", Text);
            await page.ClickAsync("#texts-form button");
            await page.WaitForSelectorAsync("#answers li");
            Assert.Equal(Text, await page.TextContentAsync("#answers .text"));
            Assert.Equal(0, await page.Locator("#answers img, #answers script, #answers b").CountAsync());
            Assert.Equal("moods", await page.TitleAsync());
        });
    }

    [Fact]
    public async Task A_dropped_table_comes_back_labelled()
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { MaxTexts = 2 });
        await OpenAsync(served, 1000, async page =>
        {
            const string Table = "id,Text,note\r\n1,\"good, \"\"lovely\"\"\",<i>\r\n2,\"awful\nbad\",\r\n3,weird odd,=1\r\n";
            IJSHandle data = await page.EvaluateHandleAsync("csv => { const data = new DataTransfer(); data.items.add(new File([csv], 'mails.csv', { type: 'text/csv' })); return data; }", Table);
            await page.DispatchEventAsync("#drop", "drop", new { dataTransfer = data });
            await page.WaitForSelectorAsync("#download:not([hidden])");
            Task<IDownload> started = page.WaitForDownloadAsync();
            await page.ClickAsync("#download");
            IDownload download = await started;
            Assert.Equal("mails-labelled.csv", download.SuggestedFilename);
            string[] lines = (await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).Split('\n');
            Assert.Equal("id,Text,note,predicted,confidence", lines[0]);
            Assert.Matches("^1,\"good, \"\"lovely\"\"\",<i>,good,[01]\\.\\d{6}$", lines[1]);
            Assert.Equal("2,\"awful", lines[2]);
            Assert.Matches("^bad\",,bad,[01]\\.\\d{6}$", lines[3]);
            Assert.Matches("^3,weird odd,=1,odd,[01]\\.\\d{6}$", lines[4]);
            await ShotAsync(page, "table");
        });
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1000, ColorScheme.Dark)]
    public async Task Nothing_is_cut_off_at_any_width(int width, ColorScheme scheme)
    {
        await using Served served = await Served.StartAsync(moods);
        await OpenAsync(served, width, async page =>
        {
            await page.FillAsync("#texts", "good lovely film, and a very long word: " + new string('x', 200));
            await page.ClickAsync("#texts-form button");
            await page.WaitForSelectorAsync("#answers li");
            Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            await ShotAsync(page, $"{width}-{scheme}");
        }, scheme);
    }

    [Fact]
    public async Task With_a_key_the_page_asks_for_it()
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { ApiKey = "a long secret" });
        await OpenAsync(served, 1000, async page =>
        {
            await page.WaitForSelectorAsync("#key-form:not([hidden])");
            await page.FillAsync("#key", "a long secret");
            await page.ClickAsync("#key-form button");
            await page.WaitForSelectorAsync("#key-form", new PageWaitForSelectorOptions { State = WaitForSelectorState.Hidden });
            await page.FillAsync("#texts", "good");
            await page.ClickAsync("#texts-form button");
            await page.WaitForSelectorAsync("#answers li");
        }, errors: 1);
    }

    /// <summary>Opens the page, and sees to it that it asks nobody else for anything and reports no error.</summary>
    private static async Task OpenAsync(Served served, int width, Func<IPage, Task> use, ColorScheme scheme = ColorScheme.Light, int errors = 0)
    {
        Assert.SkipWhen(Chromium is null, "No chromium on the PATH; install one to test the page.");
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
        });
        IPage page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = 900 }, ColorScheme = scheme });
        var said = new List<string>();
        page.Console += (_, message) => said.Add(message.Text);
        page.PageError += (_, error) => said.Add(error);
        page.Request += (_, request) =>
        {
            string[] own = [served.Service.Url.AbsoluteUri, "data:", "blob:"];
            if (!own.Any(start => request.Url.StartsWith(start, StringComparison.Ordinal))) said.Add("asked " + request.Url);
        };
        await page.GotoAsync(served.Service.Url.AbsoluteUri);
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await use(page);
        Assert.True(said.Count == errors, string.Join('\n', said));
    }

    /// <summary>Keeps a picture where LLKD_SCREENSHOTS names a folder, for people to look at.</summary>
    private static async Task ShotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LLKD_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }
}
