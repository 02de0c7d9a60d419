using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Tokenizers;

namespace Llkd.TestModels;

/// <summary>Writes tokenizer.json and tokenizer_config.json, in the form that the family's own have.</summary>
internal sealed class DecoderTokenizer
{
    private const string LettersAndDigits = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly TokenizerFamily _family;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<(string Left, string Right)> _merges;

    public DecoderTokenizer(TokenizerFamily family, IReadOnlyList<string> texts, int merges)
    {
        _family = family;
        if (IsByteLevel)
        {
            BpeVocabulary trained = BpeTrainer.Train(texts, 261 + merges);
            foreach ((string token, int id) in trained.Ids) _ids.Add(token, id);
            _merges = [.. trained.Merges];
        }
        else
        {
            (List<string> tokens, _merges) = CharacterPairs.Train(texts, merges);
            string[] special = family == TokenizerFamily.Llama2 ? ["<unk>", "<s>", "</s>"] : ["<pad>", "<eos>", "<bos>", "<unk>"];
            foreach (string token in special.Concat(Enumerable.Range(0, 256).Select(b => string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"))).Concat(tokens))
                _ids.Add(token, _ids.Count);
        }
        foreach (string token in Added) if (!_ids.ContainsKey(token)) _ids.Add(token, _ids.Count);
    }

    private bool IsByteLevel => _family is TokenizerFamily.Llama3 or TokenizerFamily.Qwen or TokenizerFamily.SmolLM;

    /// <summary>Rows an embedding table needs.</summary>
    public int Size => _ids.Count;

    public int Id(string token) => _ids[token];

    public string? Begin => _family switch
    {
        TokenizerFamily.Llama3 => "<|begin_of_text|>",
        TokenizerFamily.Llama2 => "<s>",
        TokenizerFamily.Gemma => "<bos>",
        _ => null,
    };

    public string End => _family switch
    {
        TokenizerFamily.Llama3 => "<|eot_id|>",
        TokenizerFamily.Llama2 => "</s>",
        TokenizerFamily.Gemma => "<eos>",
        _ => "<|im_end|>",
    };

    public string ModelType => _family switch
    {
        TokenizerFamily.Qwen => "qwen2",
        TokenizerFamily.Gemma => "gemma",
        _ => "llama",
    };

    private string[] Added => _family switch
    {
        TokenizerFamily.Llama3 => ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        TokenizerFamily.Qwen or TokenizerFamily.SmolLM => ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        TokenizerFamily.Llama2 => ["<unk>", "<s>", "</s>"],
        _ => ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"],
    };

    public void Save(string folder, string? chatTemplate)
    {
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Added.Select(token => (JsonNode)new JsonObject
            {
                ["id"] = _ids[token], ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
            })]),
            ["normalizer"] = Parse(_family switch
            {
                TokenizerFamily.Qwen => """{ "type": "NFC" }""",
                TokenizerFamily.Llama2 => """{ "type": "Sequence", "normalizers": [{ "type": "Prepend", "prepend": "▁" }, { "type": "Replace", "pattern": { "String": " " }, "content": "▁" }] }""",
                TokenizerFamily.Gemma => """{ "type": "Replace", "pattern": { "String": " " }, "content": "▁" }""",
                _ => "null",
            }),
            ["pre_tokenizer"] = Splitter(),
            ["post_processor"] = Begin is null ? Parse("""{ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false }""") : new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = Parse($$"""[{ "SpecialToken": { "id": "{{Begin}}", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }]"""),
                ["pair"] = new JsonArray(),
                ["special_tokens"] = new JsonObject { [Begin] = new JsonObject { ["id"] = Begin, ["ids"] = new JsonArray(_ids[Begin]), ["tokens"] = new JsonArray(Begin) } },
            },
            ["decoder"] = Parse(IsByteLevel ? """{ "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true }""" : "null"),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = IsByteLevel ? null : "<unk>",
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = !IsByteLevel,
                ["byte_fallback"] = !IsByteLevel,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(_ids.Where(pair => !IsByteLevel || !Added.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["merges"] = new JsonArray([.. _merges.Select(merge => (JsonNode)(_family == TokenizerFamily.SmolLM ? $"{merge.Left} {merge.Right}" : new JsonArray(merge.Left, merge.Right)))]),
            },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString());
        var config = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["eos_token"] = End, ["model_max_length"] = 1e30 };
        if (Begin is not null) config["bos_token"] = Begin;
        if (chatTemplate is not null) config["chat_template"] = chatTemplate;
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
    }

    private JsonNode? Splitter()
    {
        JsonNode ByteLevel(bool regex) => Parse($$"""{ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": {{(regex ? "true" : "false")}} }""")!;
        return _family switch
        {
            TokenizerFamily.Llama2 => null,
            TokenizerFamily.Gemma => Parse("""{ "type": "Split", "pattern": { "String": " " }, "behavior": "MergedWithPrevious", "invert": false }"""),
            TokenizerFamily.SmolLM => new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(Parse("""{ "type": "Digits", "individual_digits": true }"""), ByteLevel(regex: true)),
            },
            _ => new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = _family == TokenizerFamily.Llama3 ? LettersAndDigits : LettersAndDigits.Replace("{1,3}", "", StringComparison.Ordinal) },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel(regex: false)),
            },
        };
    }

    private static JsonNode? Parse(string json) => JsonNode.Parse(json, documentOptions: new JsonDocumentOptions());
}
