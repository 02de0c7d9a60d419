using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Llkd.Tokenizers;

/// <summary>
/// XLM-RoBERTa's tokenizer from sentencepiece.bpe.model alone, which holds a unigram model in spite of its name. Ids are those of
/// fairseq, which the model was trained with: its own four special tokens first, then the pieces behind SentencePiece's three, and
/// <c>&lt;mask&gt;</c> at the end. It is read by way of the tokenizer.json that Hugging Face's converter makes of it, which a
/// student is then saved with.
/// </summary>
internal static class XlmRobertaFiles
{
    public const string FileName = "sentencepiece.bpe.model";

    /// <summary>What SentencePiece's file begins with, and fairseq's own order of the same and one more.</summary>
    private static readonly string[] SentencePieceOrder = ["<unk>", "<s>", "</s>"], FairseqOrder = ["<s>", "<pad>", "</s>", "<unk>"];

    /// <exception cref="InputException">The file is broken, or holds another model than XLM-RoBERTa's kind.</exception>
    public static ITextTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        SentencePieceFile contents = SentencePieceFile.Read(path);
        var config = new TokenizerConfig(folder);
        bool isOther = config.Class is { } name && !name.StartsWith("XLMRoberta", StringComparison.Ordinal);
        bool otherSpaces = !contents.AddsPrefixSpace || !contents.RemovesExtraSpaces || contents.EndsWordsWithSpace;
        if (isOther || otherSpaces || contents.Kind != SentencePieceFile.Unigram || !contents.Pieces.Take(3).Select(piece => piece.Text).SequenceEqual(SentencePieceOrder))
        {
            throw new InputException(
                $"{path} is no unigram model of XLM-RoBERTa's kind{(isOther ? $" but belongs to a {config.Class}" : "")}; "
                + "write tokenizer.json in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).");
        }
        byte[] json = Write(writer => WriteTokenizer(writer, contents));
        var files = new TokenizerFiles(folder);
        files.Add(TokenizerJson.FileName, json);
        files.Add("tokenizer_config.json", Write(WriteConfig));
        return TokenizerJson.Parse(json, path, config, files);
    }

    private static void WriteTokenizer(Utf8JsonWriter json, SentencePieceFile contents)
    {
        int mask = FairseqOrder.Length + contents.Pieces.Count - SentencePieceOrder.Length;
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < FairseqOrder.Length; id++) WriteAdded(json, FairseqOrder[id], id, stripsLeft: false);
        WriteAdded(json, "<mask>", mask, stripsLeft: true);
        json.WriteEndArray();
        if (contents.CharsMap.Length == 0) json.WriteNull("normalizer");
        else
        {
            json.WriteStartObject("normalizer");
            json.WriteString("type", "Precompiled");
            json.WriteBase64String("precompiled_charsmap", contents.CharsMap);
            json.WriteEndObject();
        }
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "WhitespaceSplit");
        json.WriteEndObject();
        json.WriteStartObject();
        WriteMetaspace(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        WritePostProcessor(json);
        json.WriteStartObject("decoder");
        WriteMetaspace(json);
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", Array.IndexOf(FairseqOrder, "<unk>"));
        json.WriteStartArray("vocab");
        foreach (string token in FairseqOrder) WritePiece(json, token, 0);
        foreach (SentencePiece piece in contents.Pieces.Skip(SentencePieceOrder.Length)) WritePiece(json, piece.Text, piece.Score);
        WritePiece(json, "<mask>", 0);
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", contents.ByteFallback);
        json.WriteEndObject();
    }

    private static void WriteAdded(Utf8JsonWriter json, string token, int id, bool stripsLeft)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", token);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", stripsLeft);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void WriteMetaspace(Utf8JsonWriter json)
    {
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", "▁");
        json.WriteBoolean("add_prefix_space", true);
    }

    /// <summary>&lt;s&gt; text &lt;/s&gt;, and for two texts a second &lt;/s&gt; between them.</summary>
    private static void WritePostProcessor(Utf8JsonWriter json)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "RobertaProcessing");
        foreach ((string key, string token) in new[] { ("sep", "</s>"), ("cls", "<s>") })
        {
            json.WriteStartArray(key);
            json.WriteStringValue(token);
            json.WriteNumberValue(Array.IndexOf(FairseqOrder, token));
            json.WriteEndArray();
        }
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("add_prefix_space", true);
        json.WriteEndObject();
    }

    private static void WritePiece(Utf8JsonWriter json, string text, double score)
    {
        json.WriteStartArray();
        json.WriteStringValue(text);
        json.WriteNumberValue(score);
        json.WriteEndArray();
    }

    private static void WriteConfig(Utf8JsonWriter json)
    {
        json.WriteString("tokenizer_class", "XLMRobertaTokenizer");
        foreach ((string key, string token) in new[]
        {
            ("bos_token", "<s>"), ("cls_token", "<s>"), ("eos_token", "</s>"), ("sep_token", "</s>"),
            ("pad_token", "<pad>"), ("unk_token", "<unk>"), ("mask_token", "<mask>"),
        })
            json.WriteString(key, token);
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
