using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Llkd.Documents;
using Llkd.Tokenizers.Normalizers;
using Llkd.Tokenizers.Pieces;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <summary>BERT's tokenizer from vocab.txt and tokenizer_config.json.</summary>
internal static class WordPieceFiles
{
    public const string VocabularyFile = "vocab.txt";

    /// <exception cref="InputException">A file is missing or broken, or a special token is not in the vocabulary.</exception>
    public static ITextTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, VocabularyFile);
        Dictionary<string, int> ids = Read(path);
        var config = new TokenizerConfig(folder);
        string[] names = [.. new[] { ("pad", "[PAD]"), ("unk", "[UNK]"), ("cls", "[CLS]"), ("sep", "[SEP]"), ("mask", "[MASK]") }
            .Select(token => config.Token(token.Item1 + "_token") ?? token.Item2)];
        foreach (string name in names)
            if (!ids.ContainsKey(name)) throw new InputException($"{path}: the token `{name}` is missing; a BERT vocabulary has the special tokens {string.Join(", ", names)}.");
        bool lower = config.Flag("do_lower_case") ?? true;
        var settings = new Settings(lower, config.Flag("strip_accents"), config.Flag("tokenize_chinese_chars") ?? true);
        var files = new TokenizerFiles(folder);
        files.Add("tokenizer.json", Json(ids, names, settings));
        files.Add("tokenizer_config.json", Config(names, settings));
        files.Add("special_tokens_map.json", Write(json => WriteNames(json, names)));
        return new TextPipeline(
            new WordPieceModel(ids, ids[names[1]]), new BertSplitter(),
            new BertNormalizer(true, settings.SplitChinese, settings.StripAccents ?? lower, lower),
            names.Select(name => new AddedToken(name, ids[name])), [ids[names[2]]], [ids[names[3]]],
            new SpecialTokens(ids[names[2]], ids[names[3]], ids[names[0]], ids[names[1]], ids[names[4]]),
            files.Save);
    }

    /// <summary>One piece a line; a line's number, from 0, is its id.</summary>
    private static Dictionary<string, int> Read(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        int id = 0;
        foreach (string line in InputFile.ReadText(path).TrimEnd('\n').Split('\n'))
        {
            // Of two equal pieces the last counts, as with Hugging Face.
            ids[line.TrimEnd('\r')] = id++;
        }
        return ids;
    }

    private static byte[] Json(Dictionary<string, int> ids, string[] names, Settings settings) => Write(json =>
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (string name in names.OrderBy(name => ids[name]))
        {
            json.WriteStartObject();
            json.WriteNumber("id", ids[name]);
            json.WriteString("content", name);
            foreach (string key in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(key, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("normalizer");
        json.WriteString("type", "BertNormalizer");
        json.WriteBoolean("clean_text", true);
        json.WriteBoolean("handle_chinese_chars", settings.SplitChinese);
        if (settings.StripAccents is { } strip) json.WriteBoolean("strip_accents", strip);
        else json.WriteNull("strip_accents");
        json.WriteBoolean("lowercase", settings.LowerCase);
        json.WriteEndObject();
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "BertPreTokenizer");
        json.WriteEndObject();
        json.WriteStartObject("post_processor");
        json.WriteString("type", "BertProcessing");
        foreach ((string key, string name) in new[] { ("sep", names[3]), ("cls", names[2]) })
        {
            json.WriteStartArray(key);
            json.WriteStringValue(name);
            json.WriteNumberValue(ids[name]);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteStartObject("decoder");
        json.WriteString("type", "WordPiece");
        json.WriteString("prefix", "##");
        json.WriteBoolean("cleanup", true);
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", names[1]);
        json.WriteString("continuing_subword_prefix", "##");
        json.WriteNumber("max_input_chars_per_word", 100);
        json.WriteStartObject("vocab");
        foreach ((string piece, int id) in ids.OrderBy(pair => pair.Value)) json.WriteNumber(piece, id);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static byte[] Config(string[] names, Settings settings) => Write(json =>
    {
        json.WriteString("tokenizer_class", "BertTokenizer");
        json.WriteBoolean("do_lower_case", settings.LowerCase);
        json.WriteBoolean("tokenize_chinese_chars", settings.SplitChinese);
        WriteNames(json, names);
    });

    private static void WriteNames(Utf8JsonWriter json, string[] names)
    {
        string[] keys = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"];
        for (int i = 0; i < keys.Length; i++) json.WriteString(keys[i], names[i]);
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private sealed record Settings(bool LowerCase, bool? StripAccents, bool SplitChinese);
}
