using System.Security.Cryptography;
using System.Text;

namespace Llkd.Reports.Html;

/// <summary>The frame of every page: style, sorting script, and a policy under which nothing else may run or be fetched.</summary>
internal static class HtmlPage
{
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("report.js");

    /// <summary>A complete document.</summary>
    /// <param name="title">As in the browser's tab.</param>
    /// <param name="version">Version of the product.</param>
    /// <param name="content">What stands in it.</param>
    public static string Render(string title, string version, Markup content)
    {
        // Only this very script may run and nothing may be fetched, whatever the texts hold.
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));
        return Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="LLKD for .NET {version}"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{new Markup(hash)}'"/>
            <title>{title}</title>
            <style>{new Markup(Style)}</style>
            </head>
            <body>
            <main>
            {content}</main>
            <script>{new Markup(Script)}</script>
            </body>
            </html>

            """).Value;
    }

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {name}.");
        using var reader = new StreamReader(stream);
        // A browser reads line ends as \n, and the script's hash must match what it reads.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
