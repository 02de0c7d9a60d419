using CsCheck;

namespace Llkd.Tokenizers.Tests;

public sealed class WordsTests
{
    [Theory]
    [InlineData("It's 3.5 o'clock, isn't it?", "It|'|s|3|.|5|o|'|clock|,|isn|'|t|it|?")]
    [InlineData("snake_case e-mail a@b.c #tag", "snake|_|case|e|-|mail|a|@|b|.|c|#|tag")]
    [InlineData("  two\twords\r\n\u00a0and\u3000more\0here ", "two|words|and|more|here")]
    [InlineData("Größe naïve Ελλάδα Привет", "Größe|naïve|Ελλάδα|Привет")]
    [InlineData("e\u0301te\u0301 n\u0303", "e\u0301te\u0301|n\u0303")]
    [InlineData("हिन्दी में १२", "हिन्दी|में|१२")]
    [InlineData("안녕 하세요", "안녕|하세요")]
    [InlineData("我喜欢.NET 10。", "我|喜|欢|.|NET|10|。")]
    [InlineData("カタカナとkana", "カ|タ|カ|ナ|と|kana")]
    [InlineData("\U00020000\U0002A6DF", "\U00020000|\U0002A6DF")]
    [InlineData("สวัสดี", "ส|ว|ั|ส|ด|ี")]
    [InlineData("ok👍🏽!!", "ok|👍|🏽|!|!")]
    [InlineData("❤\ufe0f👨\u200d👩", "❤|👨|👩")]
    [InlineData("re\u00adport می\u200cخواهم", "re\u00adport|می\u200cخواهم")]
    [InlineData("\ufeffstart end\u200f. \u200b", "start|end|.")]
    [InlineData("x² ½ Ⅷ", "x²|½|Ⅷ")]
    [InlineData("5€ ≠ £6", "5|€|≠|£|6")]
    [InlineData("", "")]
    [InlineData(" \t\n", "")]
    public void A_text_falls_into_the_words_one_would_write_down(string text, string words) =>
        Assert.Equal(words.Length == 0 ? [] : words.Split('|'), Of(text));

    // Not as InlineData: a lone surrogate does not survive in an attribute.
    [Fact]
    public void A_lone_surrogate_is_a_word_of_its_own()
    {
        Assert.Equal(["a", "\ud800", "b"], Of("a\ud800b"));
        Assert.Equal(["\udc00", "\ud83d"], Of("\udc00\ud83d"));
        Assert.Equal(["\ud83d", "👍"], Of("\ud83d👍"));
    }

    [Fact]
    public void Words_of_any_text_stand_in_it_in_order_and_hold_no_white_space() => Gen.String.Sample(text =>
    {
        int from = 0;
        foreach (string word in Of(text))
        {
            from = text.IndexOf(word, from, StringComparison.Ordinal);
            Assert.True(from >= 0);
            from += word.Length;
            Assert.NotEmpty(word);
            Assert.DoesNotContain(word, char.IsWhiteSpace);
        }
    });

    [Fact]
    public void A_text_of_ten_million_characters_is_cut_in_time()
    {
        string text = new('a', 10_000_000);
        Assert.Equal(text, Assert.Single(Of(text)));
    }

    private static List<string> Of(string text)
    {
        var words = new List<string>();
        ReadOnlySpan<char> rest = text;
        while (Words.Next(ref rest, out ReadOnlySpan<char> word)) words.Add(word.ToString());
        return words;
    }
}
