using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Llkd.Teachers.Prompting;

/// <summary>
/// The line before and after a document. It follows from the document's own characters, so the same text always has
/// the same prompt, and nobody can write a text that holds its own delimiter: changing the text changes the line.
/// </summary>
internal static class Delimiter
{
    public static string Of(string text)
    {
        for (long attempt = 0; ; attempt++)
        {
            ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()), attempt);
            string line = $"-----{hash & 0xFFFFFFFFFF:x10}-----";
            if (!text.Contains(line, StringComparison.Ordinal)) return line;
        }
    }
}
