using System.Text;
using System.Text.Json.Nodes;

namespace Llkd.Tokenizers.Tests;

/// <summary>
/// The tokenizer.json that Hugging Face's converter makes of a SentencePiece BPE model, written from the model's file with
/// a reader of its own: merges are every pair of pieces that makes a piece, by the made piece's score.
/// </summary>
internal static class LlamaFolder
{
    public static void Write(string model, string folder)
    {
        List<(string Text, float Score, int Type)> pieces = [.. Pieces(File.ReadAllBytes(model))];
        Dictionary<string, int> ids = pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(p => p.Text, p => p.id, StringComparer.Ordinal);
        var merges = new List<(string Left, string Right, float Score)>();
        foreach ((string text, float score, int type) in pieces.Where(piece => piece.Type == 1))
            for (int cut = 1; cut < text.Length; cut++)
                if (ids.ContainsKey(text[..cut]) && ids.ContainsKey(text[cut..])) merges.Add((text[..cut], text[cut..], score));
        JsonObject Added(string token) => new()
        {
            ["id"] = ids[token],
            ["content"] = token,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(Added("<unk>"), Added("<s>"), Added("</s>")),
            ["normalizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["normalizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" },
                    new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "▁" }),
            },
            ["pre_tokenizer"] = null,
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(
                    new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = "<s>", ["type_id"] = 0 } },
                    new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }),
                ["pair"] = new JsonArray(),
                ["special_tokens"] = new JsonObject { ["<s>"] = new JsonObject { ["id"] = "<s>", ["ids"] = new JsonArray(1), ["tokens"] = new JsonArray("<s>") } },
            },
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = "<unk>",
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["vocab"] = new JsonObject(ids.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["merges"] = new JsonArray([.. merges.OrderByDescending(merge => merge.Score).Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))]),
            },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{ "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>" }""");
    }

    /// <summary>Fields 1 of the message, each with text (1), score (2, a float) and type (3); all lengths are below 128 in them.</summary>
    private static IEnumerable<(string, float, int)> Pieces(byte[] file)
    {
        for (int at = 0; at < file.Length && file[at] == 0x0A;)
        {
            int end = at + 2 + file[at + 1], type = 1;
            (string text, float score) = ("", 0);
            for (int i = at + 2; i < end;)
            {
                if (file[i] == 0x0A)
                {
                    text = Encoding.UTF8.GetString(file, i + 2, file[i + 1]);
                    i += 2 + file[i + 1];
                }
                else if (file[i] == 0x15)
                {
                    score = BitConverter.ToSingle(file, i + 1);
                    i += 5;
                }
                else
                {
                    type = file[i + 1];
                    i += 2;
                }
            }
            yield return (text, score, type);
            at = end;
        }
    }
}
