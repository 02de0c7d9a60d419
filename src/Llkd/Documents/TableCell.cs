using System.Globalization;

namespace Llkd.Documents;

/// <summary>What a cell holds.</summary>
public enum TableCellKind
{
    /// <summary>No value.</summary>
    Null,
    /// <summary>A text.</summary>
    Text,
    /// <summary>A number.</summary>
    Number,
    /// <summary>Other JSON (true, false, an object, a list), kept as it stands.</summary>
    Json,
}

/// <summary>One cell of a table: a text, a number, or nothing.</summary>
public readonly record struct TableCell
{
    private TableCell(TableCellKind kind, string? text)
    {
        Kind = kind;
        Text = text;
    }

    /// <summary>What the cell holds.</summary>
    public TableCellKind Kind { get; }

    /// <summary>The text, or the number in JSON's notation; null where the cell holds nothing.</summary>
    public string? Text { get; }

    /// <summary>A cell with a text; null gives a cell that holds nothing.</summary>
    public static TableCell Of(string? text) => new(text is null ? TableCellKind.Null : TableCellKind.Text, text);

    /// <summary>A cell with a number; one that is not finite gives a cell that holds nothing.</summary>
    public static TableCell Of(double number) => double.IsFinite(number)
        ? new TableCell(TableCellKind.Number, number.ToString("R", CultureInfo.InvariantCulture))
        : default;

    /// <summary>A cell with a number in single precision, written with as few digits as read back to it.</summary>
    public static TableCell Of(float number) => float.IsFinite(number)
        ? new TableCell(TableCellKind.Number, number.ToString("R", CultureInfo.InvariantCulture))
        : default;

    /// <summary>A cell with a whole number.</summary>
    public static TableCell Of(long number) =>
        new(TableCellKind.Number, number.ToString(CultureInfo.InvariantCulture));

    internal static TableCell RawNumber(string text) => new(TableCellKind.Number, text);

    internal static TableCell RawJson(string text) => new(TableCellKind.Json, text);
}
