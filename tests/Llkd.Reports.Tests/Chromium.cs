using System.Diagnostics;

namespace Llkd.Reports.Tests;

/// <summary>A headless Chromium, where there is one on the PATH.</summary>
internal static class Chromium
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>The page after its scripts ran, and what it wrote to the console.</summary>
    public static async Task<(string Dom, string Console)> DumpAsync(string page, int width, bool dark, CancellationToken cancel)
    {
        Assert.SkipWhen(Program is null, "No chromium on the PATH; install one to test the report's layout.");
        string profile = Directory.CreateTempSubdirectory("llkd-chromium").FullName;
        var start = new ProcessStartInfo(Program!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string theme = dark ? "0" : "1";
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=20000",
            $"--user-data-dir={profile}", $"--window-size={width},1600", $"--blink-settings=preferredColorScheme={theme}", "--dump-dom", new Uri(page).AbsoluteUri,
        })
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var dom = process.StandardOutput.ReadToEndAsync(cancel);
            var errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            string console = string.Join('\n', (await errors).Split('\n').Where(line => line.Contains("CONSOLE", StringComparison.Ordinal)));
            return (await dom, console);
        }
        finally
        {
            try
            {
                Directory.Delete(profile, recursive: true);
            }
            catch (IOException)
            {
                // A straggling child of the browser still writes there; the folder is temporary anyway.
            }
        }
    }
}
