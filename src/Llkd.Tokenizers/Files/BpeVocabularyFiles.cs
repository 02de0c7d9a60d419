using System.Text.Json.Nodes;
using Llkd.Models;

namespace Llkd.Tokenizers;

/// <summary>Writes a vocabulary as the files that Hugging Face's slow and fast RoBERTa tokenizers read.</summary>
internal static class BpeVocabularyFiles
{
    public static void Save(ByteLevelBpe tokenizer, string folder, int maxLength)
    {
        BpeVocabulary vocabulary = tokenizer.Vocabulary;
        // Built once by hand for both files, so that the tokens stand in the order of their ids.
        File.WriteAllText(Path.Combine(folder, BpeVocabulary.VocabularyFile), Ids(vocabulary).ToJsonString(ModelConfig.Indented));
        File.WriteAllText(
            Path.Combine(folder, BpeVocabulary.MergesFile),
            "#version: 0.2\n" + string.Concat(vocabulary.Merges.Select(m => $"{m.Left} {m.Right}\n")));
        Write(folder, "tokenizer.json", Fast(vocabulary, tokenizer.AddsPrefixSpace));
        Write(folder, "tokenizer_config.json", Named(new JsonObject
        {
            ["tokenizer_class"] = "RobertaTokenizer",
            ["add_prefix_space"] = tokenizer.AddsPrefixSpace,
            ["trim_offsets"] = true,
            ["errors"] = "replace",
            ["model_max_length"] = maxLength,
        }));
        Write(folder, "special_tokens_map.json", Named([]));
    }

    private static void Write(string folder, string name, JsonObject json) =>
        File.WriteAllText(Path.Combine(folder, name), json.ToJsonString(ModelConfig.Indented));

    private static JsonObject Ids(BpeVocabulary vocabulary) =>
        new(vocabulary.Ids.OrderBy(pair => pair.Value).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private static JsonObject Named(JsonObject json)
    {
        json["bos_token"] = "<s>";
        json["cls_token"] = "<s>";
        json["eos_token"] = "</s>";
        json["sep_token"] = "</s>";
        json["pad_token"] = "<pad>";
        json["unk_token"] = "<unk>";
        json["mask_token"] = Added("<mask>");
        json["mask_token"]!["__type"] = "AddedToken";
        return json;
    }

    private static JsonObject Added(string token) => new()
    {
        ["content"] = token,
        ["single_word"] = false,
        ["lstrip"] = token == "<mask>",
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject Fast(BpeVocabulary vocabulary, bool addsPrefixSpace)
    {
        var added = new JsonArray();
        foreach (string token in BpeVocabulary.SpecialTokens.OrderBy(token => vocabulary.Ids[token]))
        {
            JsonObject entry = Added(token);
            entry.Insert(0, "id", vocabulary.Ids[token]);
            added.Add((JsonNode)entry);
        }
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevelPart(addsPrefixSpace),
            ["post_processor"] = new JsonObject
            {
                ["type"] = "RobertaProcessing",
                ["sep"] = new JsonArray("</s>", vocabulary.Ids["</s>"]),
                ["cls"] = new JsonArray("<s>", vocabulary.Ids["<s>"]),
                ["trim_offsets"] = true,
                ["add_prefix_space"] = addsPrefixSpace,
            },
            ["decoder"] = ByteLevelPart(addsPrefixSpace),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = Ids(vocabulary),
                ["merges"] = new JsonArray([.. vocabulary.Merges.Select(m => (JsonNode)$"{m.Left} {m.Right}")]),
            },
        };
    }

    private static JsonObject ByteLevelPart(bool addsPrefixSpace) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addsPrefixSpace,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };
}
