using System.Text;

namespace Llkd.Tasks;

/// <summary>What a label says about itself: the words of its name, and its description.</summary>
public static class LabelWords
{
    /// <summary>The text a label's vector is made of, such as "Add To Playlist" for `AddToPlaylist`.</summary>
    public static string Of(TaskLabel label) =>
        string.IsNullOrWhiteSpace(label.Description) ? Split(label.Name) : $"{Split(label.Name)}. {label.Description}";

    /// <summary>
    /// Parts a name where a lower-case letter or digit meets an upper-case one, and where a run of upper-case letters
    /// ends in a capitalised word (`HTMLPage` is "HTML Page"). Underscores and the like part words anyway.
    /// </summary>
    public static string Split(string name)
    {
        var words = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            bool starts = i > 0 && char.IsUpper(name[i]) && (char.IsLower(name[i - 1]) || char.IsDigit(name[i - 1])
                || (char.IsUpper(name[i - 1]) && i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (starts) words.Append(' ');
            words.Append(name[i] == '_' ? ' ' : name[i]);
        }
        return words.ToString();
    }
}
