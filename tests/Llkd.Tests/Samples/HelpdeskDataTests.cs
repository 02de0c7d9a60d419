using System.Diagnostics;
using System.Text;
using Llkd.Features;

namespace Llkd.Tests.Samples;

/// <summary>The committed files are what the generator makes, and what the README says of them.</summary>
public sealed class HelpdeskDataTests
{
    private static readonly string[] s_tables = ["pool", "validation", "test", "incoming"];

    [Fact]
    public async Task The_generator_writes_the_committed_files_byte_for_byte()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("llkd-helpdesk-");
        try
        {
            await Generate(folder.FullName, TestContext.Current.CancellationToken);
            foreach (string table in s_tables)
            {
                byte[] made = File.ReadAllBytes(Path.Combine(folder.FullName, table + ".csv"));
                byte[] committed = File.ReadAllBytes(Path.Combine(HelpdeskSample.Folder, table + ".csv"));
                int same = made.AsSpan().CommonPrefixLength(committed);
                Assert.True(same == made.Length && same == committed.Length,
                    $"{table}.csv differs from what generate.cs makes, first in row {committed.AsSpan(0, same).Count((byte)'\n')}.");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("pool", 4000)]
    [InlineData("validation", 500)]
    [InlineData("test", 1000)]
    public void Label_frequencies_are_uneven_by_a_factor_of_four(string table, int rows)
    {
        var (_, texts, labels) = HelpdeskSample.Read(table);
        Assert.Equal(rows, texts.Length);
        int[] counts = [.. labels.CountBy(label => label).Select(entry => entry.Value)];
        Assert.Equal(8, counts.Length);
        Assert.InRange(counts.Max() / (double)counts.Min(), 3.5, 4.5);
        Assert.True(counts.Min() >= 16, "The teacher takes 16 examples a class from the validation set.");
    }

    [Fact]
    public void No_text_stands_in_the_data_twice_not_even_with_other_case_or_punctuation_across_the_files()
    {
        var pool = HelpdeskSample.Read("pool").Texts;
        Assert.Equal(pool.Length, pool.Distinct(StringComparer.Ordinal).Count());
        var words = pool.Select(Plain).ToHashSet(StringComparer.Ordinal);
        Assert.True(words.Count >= 0.97 * pool.Length, $"Only {words.Count} of {pool.Length} differ in their words.");
        foreach (string table in s_tables.Skip(1))
            Assert.DoesNotContain(HelpdeskSample.Read(table).Texts, text => words.Contains(Plain(text)));
        Assert.Empty(HelpdeskSample.Read("test").Texts.Select(Plain).Intersect(HelpdeskSample.Read("validation").Texts.Select(Plain)));

        static string Plain(string text) => string.Join(' ', TextWords.Of(text));
    }

    [Fact]
    public void The_pool_has_a_long_tail_that_16_examples_a_class_do_not_cover()
    {
        var (_, validation, labels) = HelpdeskSample.Read("validation");
        string[] examples = [.. validation.Zip(labels).GroupBy(row => row.Second).SelectMany(rows => rows.Take(16)).Select(row => row.First)];
        int known = Tfidf.Fit(examples, new TfidfOptions { LongestNgram = 1, MinCount = 1 }).Count;
        int all = Tfidf.Fit(HelpdeskSample.Read("pool").Texts, new TfidfOptions { LongestNgram = 1 }).Count;
        Assert.True(all > 2 * known, $"{known} words in the examples, {all} in at least two texts of the pool.");
    }

    [Fact]
    public void Incoming_messages_have_ids_and_no_labels()
    {
        var (ids, texts, labels) = HelpdeskSample.Read("incoming");
        Assert.Equal(20, texts.Length);
        Assert.Equal(20, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(labels, label => Assert.Equal(-1, label));
        Assert.Equal("id,text", File.ReadLines(Path.Combine(HelpdeskSample.Folder, "incoming.csv")).First());
    }

    [Fact]
    public void The_files_are_utf8_without_mark_and_have_unix_line_ends()
    {
        foreach (string table in s_tables)
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(HelpdeskSample.Folder, table + ".csv"));
            Assert.Equal((byte)'i', bytes[0]);
            Assert.DoesNotContain((byte)'\r', bytes);
            Assert.Equal((byte)'\n', bytes[^1]);
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
        }
    }

    private static async Task Generate(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "run", Path.Combine(HelpdeskSample.Folder, "generate.cs"), "--", "--output", folder },
            WorkingDirectory = HelpdeskSample.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Task<string> printed = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"generate.cs ended with {process.ExitCode}: {await printed}{await errors}");
    }
}
