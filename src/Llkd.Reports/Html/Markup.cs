using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Llkd.Reports.Html;

/// <summary>A piece of finished markup. Everything that is not of this type is encoded when it is put into a page.</summary>
internal readonly record struct Markup(string Value)
{
    public static readonly Markup Empty = new("");

    /// <summary>Markup from a template: the literal parts stand as they are, the holes are encoded.</summary>
    public static Markup Of(MarkupHandler template) => new(template.ToString());

    /// <summary>Pieces one after the other.</summary>
    public static Markup Join(IEnumerable<Markup> pieces) => new(string.Concat(pieces.Select(piece => piece.Value)));

    public override string ToString() => Value ?? "";
}

/// <summary>Encodes the holes of an interpolated template. It takes no floating-point numbers: these are formatted first.</summary>
[InterpolatedStringHandler]
internal readonly ref struct MarkupHandler
{
    private readonly StringBuilder builder;

    public MarkupHandler(int literalLength, int formattedCount) => builder = new StringBuilder(literalLength + 16 * formattedCount);

    public void AppendLiteral(string value) => builder.Append(value);

    public void AppendFormatted(string? value) => builder.Append(Escape.Text(value ?? ""));

    public void AppendFormatted(Markup value) => builder.Append(value.ToString());

    public void AppendFormatted(int value) => builder.Append(value.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => builder.ToString();
}
