namespace Llkd.Tokenizers;

/// <summary>GPT-2's way of writing bytes as visible characters, so that a token of any bytes is a word without spaces.</summary>
internal static class ByteLevel
{
    private static readonly char[] Characters = MakeCharacters();

    /// <summary>All 256 characters, ascending; a trained vocabulary starts with them in this order.</summary>
    public static char[] Alphabet { get; } = [.. Characters.Order()];

    /// <summary>The character a byte is written as: printable Latin-1 stands for itself, the rest moves to U+0100 and up.</summary>
    public static char Character(byte value) => Characters[value];

    /// <summary>The text whose bytes a token spells; null where they are no whole text.</summary>
    public static string? Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = Array.IndexOf(Characters, token[i]);
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }
        return System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : null;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        int moved = 0;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            characters[b] = (char)(printable ? b : 256 + moved++);
        }
        return characters;
    }
}
