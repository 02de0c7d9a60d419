using System.Text.Json.Nodes;
using Llkd.Teachers.Local;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>Model folders with something wrong: the message names the file and the key.</summary>
public sealed class BadFolderTests : IDisposable
{
    private readonly TestData.Folder _place = new();

    public void Dispose() => _place.Dispose();

    private string Folder => _place.File("model");

    [Fact]
    public void A_folder_that_is_not_there() => Refused("`teacher.path`: the model folder", "does not exist");

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("onnx/model.onnx")]
    public void A_file_is_missing(string name)
    {
        Write();
        File.Delete(Path.Combine(Folder, name));
        Refused(name == "onnx/model.onnx" ? "holds no .onnx file" : name);
    }

    [Fact]
    public void Several_models_and_none_is_the_usual_one()
    {
        Write();
        File.Move(Path.Combine(Folder, "onnx/model.onnx"), Path.Combine(Folder, "onnx/model_q4.onnx"));
        using (new LocalModel(new LocalModelOptions { Folder = Folder })) { }
        File.Copy(Path.Combine(Folder, "onnx/model_q4.onnx"), Path.Combine(Folder, "onnx/model_fp16.onnx"));
        Refused("holds several models", "Name one by `teacher.file`: onnx/model_fp16.onnx, onnx/model_q4.onnx.");
        using (new LocalModel(new LocalModelOptions { Folder = Folder, File = "onnx/model_q4.onnx" })) { }
        InputException error = Assert.Throws<InputException>(() => new LocalModel(new LocalModelOptions { Folder = Folder, File = "model.onnx" }));
        Assert.Contains("`teacher.file`: there is no", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("num_hidden_layers", 3, "has 2 layers of keys and values, but `num_hidden_layers`", "is 3")]
    [InlineData("num_key_value_heads", 4, "past_key_values.0.key", "`num_key_value_heads`, `head_dim`")]
    [InlineData("head_dim", 8, "past_key_values.0.key", "[-1, 2, -1, 8]")]
    [InlineData("num_hidden_layers", null, "config.json: `num_hidden_layers` must be a whole number", "")]
    [InlineData("vocab_size", 100, "the tokenizer has ids up to", "`vocab_size`")]
    [InlineData("vocab_size", 100000, "gives logits of", "`vocab_size`")]
    public void The_configuration_does_not_fit_the_model(string key, int? value, string message, string more)
    {
        Write(config => config[key] = value);
        Refused(message, more);
    }

    [Fact]
    public void A_damaged_model()
    {
        Write();
        File.WriteAllText(Path.Combine(Folder, "onnx/model.onnx"), "no model");
        Refused("model.onnx cannot be loaded by ONNX Runtime");
    }

    [Fact]
    public void A_chat_template_of_an_unknown_kind()
    {
        DecoderFolder.Write(Folder, TokenizerFamily.Qwen, chatTemplate: "{{ '<|user|>' }}");
        Refused("its chat template is of none of the formats known here", "`teacher.template`");
    }

    [Theory]
    [InlineData("<|im_start|>", "chatml")]
    [InlineData("<|im_start|> {%- if enable_thinking %}", "qwen-3")]
    [InlineData("<|start_header_id|>", "llama-3")]
    [InlineData("<start_of_turn>", "gemma")]
    [InlineData("[INST] <<SYS>>", "llama-2")]
    [InlineData("[INST]", "mistral")]
    public void A_chat_template_tells_the_format(string template, string format)
    {
        DecoderFolder.Write(Folder, TokenizerFamily.Llama2, chatTemplate: template);
        using var model = new LocalModel(new LocalModelOptions { Folder = Folder });
        Assert.Equal(format, model.Format.Name);
        Assert.EndsWith("tokenizer_config.json", model.FormatOrigin, StringComparison.Ordinal);
    }

    private void Write(Action<JsonObject>? configure = null) => DecoderFolder.Write(Folder, TokenizerFamily.Qwen, configure: configure);

    private void Refused(params string[] parts)
    {
        InputException error = Assert.Throws<InputException>(() =>
        {
            using var model = new LocalModel(new LocalModelOptions { Folder = Folder });
            model.Prepare();
        });
        foreach (string part in parts) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
