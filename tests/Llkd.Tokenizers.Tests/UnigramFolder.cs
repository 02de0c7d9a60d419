using System.Text.Json.Nodes;
using Llkd.Numerics;

namespace Llkd.Tokenizers.Tests;

/// <summary>A tokenizer folder in XLM-RoBERTa's form, with a small vocabulary: pieces of real words with random log-probabilities.</summary>
internal static class UnigramFolder
{
    /// <summary>Pieces in a fixed order, with distinct scores: on equal ones two right answers exist.</summary>
    public static IReadOnlyList<(string Text, float Score)> Pieces()
    {
        var random = new RandomStream(7, "pieces");
        var pieces = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (string text in SharedData.Texts("emotions").Take(400).Concat(SharedData.Texts("trec").Take(400)))
        {
            foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string visible = "▁" + word;
                for (int i = 0; i < 3; i++)
                {
                    int start = random.NextInt32(visible.Length), length = 1 + random.NextInt32(visible.Length - start);
                    pieces.TryAdd(visible.Substring(start, length), (float)(-1 - 14 * random.NextDouble()));
                }
            }
        }
        foreach (string piece in (string[])["▁", "é", "東", "京", "▁東京", "😀", "привет", "한", "a", "e", ".", ","]) pieces.TryAdd(piece, (float)(-3 - random.NextDouble()));
        return [.. pieces.Select(pair => (pair.Key, pair.Value))];
    }

    public static void Write(string folder, string scheme, bool maskStripsLeft)
    {
        var vocabulary = new JsonArray();
        foreach (string special in (string[])["<s>", "<pad>", "</s>", "<unk>"]) vocabulary.Add((JsonNode)new JsonArray(special, 0.0));
        foreach ((string piece, float score) in Pieces()) vocabulary.Add((JsonNode)new JsonArray(piece, (double)score));
        int mask = vocabulary.Count;
        var added = new JsonArray();
        (string, int)[] specials = [("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", mask)];
        foreach ((string token, int id) in specials)
        {
            added.Add((JsonNode)new JsonObject
            {
                ["id"] = id,
                ["content"] = token,
                ["single_word"] = false,
                ["lstrip"] = token == "<mask>" && maskStripsLeft,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            });
        }
        JsonObject metaspace = new() { ["type"] = "Metaspace", ["replacement"] = "▁" };
        if (scheme == "whitespace") metaspace["add_prefix_space"] = true;
        else metaspace["prepend_scheme"] = scheme;
        var tokenizer = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = added,
            ["normalizer"] = null,
            ["pre_tokenizer"] = scheme == "whitespace"
                ? new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "WhitespaceSplit" }, metaspace) } : metaspace,
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(Special("<s>"), new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }, Special("</s>")),
                ["pair"] = new JsonArray(),
                ["special_tokens"] = new JsonObject { ["<s>"] = Ids("<s>", 0), ["</s>"] = Ids("</s>", 2) },
            },
            ["decoder"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["add_prefix_space"] = true },
            ["model"] = new JsonObject { ["type"] = "Unigram", ["unk_id"] = 3, ["vocab"] = vocabulary },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """
            { "tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
              "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>" }
            """);
    }

    private static JsonObject Special(string token) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };

    private static JsonObject Ids(string token, int id) => new() { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };
}
