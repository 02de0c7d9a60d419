using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Llkd.Tests.Selection;

/// <summary>The example of docs/library.md is compiled and run as it stands.</summary>
public sealed partial class LibraryExampleTests
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading.Tasks;";

    [Fact]
    public void The_example_is_short_compiles_and_prints_what_the_page_says()
    {
        string page = File.ReadAllText(Path.Combine(Docs(), "library.md"));
        string[] blocks = [.. Block().Matches(page).Select(match => match.Groups[1].Value)];
        string code = blocks[0], printed = blocks[1];
        Assert.InRange(code.Split('\n').Count(line => line.Trim().Length > 0), 1, 20);
        Assert.Equal(printed, Run(code));
    }

    private static string Run(string code)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "LibraryExample", [CSharpSyntaxTree.ParseText(Usings), CSharpSyntaxTree.ParseText(code)],
            platform.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        assembly.Position = 0;
        MethodInfo entry = AssemblyLoadContext.Default.LoadFromStream(assembly).EntryPoint!;
        TextWriter before = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        try
        {
            entry.Invoke(null, entry.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(before);
        }
        return output.ToString();
    }

    private static string Docs()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Llkd.slnx"))) root = root.Parent;
        if (root is null) Assert.Skip("The tests do not run inside the repository, so docs/library.md is not to be found.");
        return Path.Combine(root.FullName, "docs");
    }

    [GeneratedRegex(@"^```\w+\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
