using Llkd.Documents;

namespace Llkd.Tests.Documents;

/// <summary>Whole tables, for comparing.</summary>
internal static class Rows
{
    public static List<string?[]> Of(ITable table)
    {
        using (table)
        {
            var rows = new List<string?[]>();
            while (table.Read()) rows.Add([.. Enumerable.Range(0, table.Columns.Count).Select(i => table[i])]);
            return rows;
        }
    }

    public static ITable Open(string content, TableFormat format) => Open(System.Text.Encoding.UTF8.GetBytes(content), format);

    public static ITable Open(byte[] content, TableFormat format) => Table.Open(new MemoryStream(content), format, "a.table");

    public static string Error(string content, TableFormat format) => Error(System.Text.Encoding.UTF8.GetBytes(content), format);

    public static string Error(byte[] content, TableFormat format) =>
        Assert.Throws<InputException>(() => Of(Open(content, format))).Message;
}
