using System.Text.Json;
using Llkd.Tokenizers.Normalizers;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <content>Normalizers and splitters.</content>
internal sealed partial class TokenizerJson
{
    private Normalizer? Normalizer(JsonElement? part)
    {
        if (part is not { } normalizer) return null;
        switch (Text(normalizer, "type"))
        {
            case "BertNormalizer":
                bool lower = Flag(normalizer, "lowercase") ?? true;
                return new BertNormalizer(
                    Flag(normalizer, "clean_text") ?? true, Flag(normalizer, "handle_chinese_chars") ?? true,
                    Flag(normalizer, "strip_accents") ?? lower, lower);
            case "Precompiled":
                return Part(normalizer, "precompiled_charsmap") is { } map ? new PrecompiledCharsMap(map.GetBytesFromBase64(), _path) : null;
            case "Sequence":
                Normalizer[] parts = [.. normalizer.GetProperty("normalizers").EnumerateArray().Select(p => Normalizer(p)).OfType<Normalizer>()];
                return parts.Length == 0 ? null : new NormalizerSequence(parts);
            case "Lowercase": return new LowerCaseNormalizer();
            case "NFD": return new DecompositionNormalizer();
            case "NFC": return new CompositionNormalizer();
            case "StripAccents": return new AccentNormalizer();
            case "Prepend": return new PrependNormalizer(Text(normalizer, "prepend"));
            case "Strip": return new StripNormalizer(Flag(normalizer, "strip_left") ?? true, Flag(normalizer, "strip_right") ?? true);
            case "Replace":
                JsonElement pattern = normalizer.GetProperty("pattern");
                if (Part(pattern, "String") is { } text) return new ReplaceNormalizer(text.GetString()!, Text(normalizer, "content"));
                if (Part(pattern, "Regex")?.GetString() == " {2,}") return new SpaceRunNormalizer(Text(normalizer, "content"));
                throw Unknown("normalizer", normalizer);
            default: throw Unknown("normalizer", normalizer);
        }
    }

    private WordSplitter Splitter(JsonElement? part, bool byteLevel)
    {
        if (part is not { } splitter)
        {
            return new NoSplit();
        }
        switch (Text(splitter, "type"))
        {
            case "ByteLevel" when byteLevel && (Flag(splitter, "use_regex") ?? true): return new Gpt2Splitter(Flag(splitter, "add_prefix_space") ?? true);
            case "ByteLevel" when byteLevel && Flag(splitter, "add_prefix_space") != true: return new NoSplit();
            case "BertPreTokenizer": return new BertSplitter();
            case "Metaspace": return Metaspace(splitter, splitsAtWhiteSpace: false);
            case "Split" when !byteLevel && Part(splitter.GetProperty("pattern"), "String")?.GetString() == " "
                && Text(splitter, "behavior") == "MergedWithPrevious" && Flag(splitter, "invert") != true:
                return new SpaceEndSplitter();
            case "Sequence":
                JsonElement[] parts = [.. splitter.GetProperty("pretokenizers").EnumerateArray()];
                string[] types = [.. parts.Select(p => Text(p, "type"))];
                if (types is ["WhitespaceSplit", "Metaspace"]) return Metaspace(parts[1], splitsAtWhiteSpace: true);
                if (types.Length == 1) return Splitter(parts[0], byteLevel);
                if (types is ["Digits", "ByteLevel"] && byteLevel && Flag(parts[0], "individual_digits") == true
                    && (Flag(parts[1], "use_regex") ?? true) && Flag(parts[1], "add_prefix_space") != true)
                    return new SingleDigitSplitter();
                if (types is ["Split", "ByteLevel"] && byteLevel && Flag(parts[1], "use_regex") == false && Flag(parts[1], "add_prefix_space") != true
                    && Llama3Splitter.Of(Part(parts[0].GetProperty("pattern"), "Regex")?.GetString()) is { } words)
                    return words;
                throw Unknown("pre_tokenizer", splitter);
            default: throw Unknown("pre_tokenizer", splitter);
        }
    }

    private MetaspaceSplitter Metaspace(JsonElement splitter, bool splitsAtWhiteSpace)
    {
        string replacement = Text(splitter, "replacement");
        MetaspacePrefix? prefix = Part(splitter, "prepend_scheme")?.GetString() switch
        {
            "always" => MetaspacePrefix.Always,
            "first" => MetaspacePrefix.First,
            "never" => MetaspacePrefix.Never,
            null => Flag(splitter, "add_prefix_space") ?? true ? MetaspacePrefix.Always : MetaspacePrefix.Never,
            _ => null,
        };
        if (replacement.Length != 1 || prefix is null || (splitsAtWhiteSpace && prefix != MetaspacePrefix.Always)) throw Unknown("pre_tokenizer", splitter);
        return new MetaspaceSplitter(replacement[0], prefix.Value, splitsAtWhiteSpace, Flag(splitter, "split") ?? true);
    }
}
