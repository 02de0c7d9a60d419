using System.Text.Json;
using Llkd.Documents;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers;

/// <summary>
/// Reads tokenizer.json, the file of Hugging Face's fast tokenizers, as far as RoBERTa, XLM-RoBERTa, BERT, DistilBERT,
/// Llama, Qwen, SmolLM and Gemma use it; any other part is refused by name rather than left out.
/// </summary>
internal sealed partial class TokenizerJson
{
    public const string FileName = "tokenizer.json";
    private readonly string _path;

    private TokenizerJson(string path) => _path = path;

    /// <exception cref="InputException">The file is missing or broken, or has a part that is not known.</exception>
    public static ITextTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return Parse(InputFile.ReadBytes(path), path, new TokenizerConfig(folder), new TokenizerFiles(folder));
    }

    /// <summary>A tokenizer of that content.</summary>
    /// <param name="content">What stands, or would stand, in tokenizer.json.</param>
    /// <param name="path">The file it comes from, for messages.</param>
    /// <param name="config">Names of special tokens.</param>
    /// <param name="files">What a student that uses it is saved with.</param>
    /// <exception cref="InputException">It is broken, or has a part that is not known.</exception>
    public static ITextTokenizer Parse(byte[] content, string path, TokenizerConfig config, TokenizerFiles files)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            return new TokenizerJson(path).Read(json.RootElement, config, files);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new InputException($"{path} is not a tokenizer of Hugging Face's tokenizers library: {e.Message}", e);
        }
    }

    private TextPipeline Read(JsonElement root, TokenizerConfig config, TokenizerFiles files)
    {
        WordModel model = Model(root.GetProperty("model"), out bool byteLevel);
        AddedToken[] added = [.. Added(root)];
        var before = new List<int>();
        var behind = new List<int>();
        int? Id(string? token) => token is null ? null : added.FirstOrDefault(t => t.Text == token)?.Id ?? model.Id(token);
        PostProcessor(Part(root, "post_processor"), before, behind, Id);
        var special = new SpecialTokens(
            before.Count > 0 ? before[0] : null, behind.Count > 0 ? behind[^1] : null,
            Id(config.Token("pad_token")) ?? Id("<pad>") ?? Id("[PAD]"),
            Id(config.Token("unk_token")) ?? Id("<unk>") ?? Id("[UNK]"),
            Id(config.Token("mask_token")) ?? Id("<mask>") ?? Id("[MASK]"));
        return new TextPipeline(
            model, Splitter(Part(root, "pre_tokenizer"), byteLevel), Normalizer(Part(root, "normalizer")), added,
            [.. before], [.. behind], special, files.Save);
    }

    private IEnumerable<AddedToken> Added(JsonElement root)
    {
        if (Part(root, "added_tokens") is not { } tokens) yield break;
        foreach (JsonElement token in tokens.EnumerateArray())
        {
            int id = token.GetProperty("id").GetInt32();
            if (id is < 0 or > 1 << 28) throw new InputException($"{_path}: the added token `{Text(token, "content")}` has the id {id}, which is out of range.");
            yield return new AddedToken(
                Text(token, "content"), id, Flag(token, "lstrip") ?? false, Flag(token, "rstrip") ?? false, Flag(token, "single_word") ?? false);
        }
    }

    /// <summary>Which special tokens go around one text.</summary>
    private void PostProcessor(JsonElement? part, List<int> before, List<int> behind, Func<string, int?> id)
    {
        if (part is not { } processor) return;
        switch (Text(processor, "type"))
        {
            case "ByteLevel":
                break;
            case "BertProcessing" or "RobertaProcessing":
                before.Add(processor.GetProperty("cls")[1].GetInt32());
                behind.Add(processor.GetProperty("sep")[1].GetInt32());
                break;
            case "TemplateProcessing":
                List<int> side = before;
                foreach (JsonElement item in processor.GetProperty("single").EnumerateArray())
                {
                    if (item.TryGetProperty("Sequence", out _)) side = behind;
                    else
                    {
                        string token = Text(item.GetProperty("SpecialToken"), "id");
                        side.AddRange(
                            processor.TryGetProperty("special_tokens", out JsonElement known) && known.TryGetProperty(token, out JsonElement entry)
                                ? [.. entry.GetProperty("ids").EnumerateArray().Select(number => number.GetInt32())]
                                : [id(token) ?? throw new InputException($"{_path}: the special token `{token}` of `post_processor` has no id.")]);
                    }
                }
                break;
            case "Sequence":
                foreach (JsonElement inner in processor.GetProperty("processors").EnumerateArray()) PostProcessor(inner, before, behind, id);
                break;
            default:
                throw Unknown("post_processor", processor);
        }
    }

    private InputException Unknown(string part, JsonElement element) => new(
        $"{_path}: `{part}` is of the kind `{Text(element, "type")}` with settings that are not known here. Tokenizers of RoBERTa, XLM-RoBERTa, BERT, DistilBERT, Llama, Qwen, SmolLM and Gemma can be read.");

    private static JsonElement? Part(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement element, string key) =>
        element.GetProperty(key).GetString() ?? throw new FormatException($"`{key}` is null.");

    private static bool? Flag(JsonElement element, string key) => Part(element, key)?.GetBoolean();
}
