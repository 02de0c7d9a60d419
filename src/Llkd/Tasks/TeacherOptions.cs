namespace Llkd.Tasks;

/// <summary>Who labels the pool.</summary>
public sealed record TeacherOptions
{
    /// <summary>Where the labels come from.</summary>
    [Key("kind")]
    public TeacherKind Kind { get; init; } = TeacherKind.Prototype;

    /// <summary>Gold examples per class shown to the teacher; 0 is zero-shot.</summary>
    [Key("shots", Minimum = 0)]
    public int Shots { get; init; } = 16;

    /// <summary>Table the examples are taken from, with the columns of `data`; default: the validation set. Texts used as examples are left out of the pool.</summary>
    [Key("examples", IsPath = true)]
    public string? Examples { get; init; }

    /// <summary>Seed of the choice of examples; the training seed does not touch it, so that runs of several seeds share their labels.</summary>
    [Key("seed")]
    public int Seed { get; init; } = 1;

    /// <summary>Whether the teacher also answers the test set, so that student and teacher can be compared.</summary>
    [Key("labelTest")]
    public bool LabelTest { get; init; } = true;

    /// <summary>`recorded`: the table with the labels.</summary>
    [Key("labels", IsPath = true)]
    public string? Labels { get; init; }

    /// <summary>`recorded`: name of the label column.</summary>
    [Key("label")]
    public string Label { get; init; } = "label";

    /// <summary>`recorded`: name of the confidence column, the teacher's probability of its label in (0, 1]; the rest is shared evenly among the other labels.</summary>
    [Key("confidence")]
    public string? Confidence { get; init; }

    /// <summary>`recorded`: pattern of the probability columns, such as `p_{label}`; the whole distribution is then known.</summary>
    [Key("probabilities")]
    public string? Probabilities { get; init; }

    /// <summary>`openai`: address of the endpoint up to the version, such as `http://localhost:8000/v1`; default: OpenAI's own.</summary>
    [Key("endpoint")]
    public string? Endpoint { get; init; }

    /// <summary>`openai`: name of the model, as the endpoint knows it.</summary>
    [Key("model")]
    public string? Model { get; init; }

    /// <summary>`openai`: name of the environment variable that holds the key; `null`, or an `endpoint` and a variable that is not set: no key is sent. The key itself is never written anywhere.</summary>
    [Key("apiKeyVariable")]
    public string? ApiKeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>`openai` and `onnx`: `chat`, or for plain completion `plain`, `llama-2`, `llama-3`, `gemma`, `chatml`, `qwen-3` or `mistral`, or the path of a template file (docs/teachers.md). With `onnx`, `chat` is the format that the model was trained on, as its folder shows.</summary>
    [Key("template")]
    public string Template { get; init; } = "chat";

    /// <summary>`openai` and `onnx`: what the model is told to do, in place of the built-in sentence; the labels and how to answer are added to it.</summary>
    [Key("instruction")]
    public string? Instruction { get; init; }

    /// <summary>`openai` and `onnx`: how the model names a label.</summary>
    [Key("answer")]
    public AnswerStyle Answer { get; init; } = AnswerStyle.Auto;

    /// <summary>`openai` and `onnx`: show each text so many gold examples, the nearest to it by TF-IDF among all of `examples`, in place of `shots` for every class; 0: the same examples for all texts.</summary>
    [Key("nearest", Minimum = 0, Maximum = 1000)]
    public int Nearest { get; init; }

    /// <summary>`openai` and `onnx`: where the confidence is read.</summary>
    [Key("confidenceFrom")]
    public ConfidenceSource ConfidenceFrom { get; init; } = ConfidenceSource.Auto;

    /// <summary>`openai`: log-probabilities asked for at every token of the answer.</summary>
    [Key("topLogProbabilities", Minimum = 1, Maximum = 100)]
    public int TopLogProbabilities { get; init; } = 20;

    /// <summary>`openai`: answers drawn for one text where the confidence is their agreement.</summary>
    [Key("samples", Minimum = 2, Maximum = 100)]
    public int Samples { get; init; } = 5;

    /// <summary>`openai`: temperature of those answers; the one answer with log-probabilities is drawn at 0.</summary>
    [Key("sampleTemperature", Minimum = 0.01, Maximum = 2)]
    public double SampleTemperature { get; init; } = 1;

    /// <summary>`openai`: longest answer, in tokens; default: 8 for letters and numbers, as many as the longest label needs for words.</summary>
    [Key("maxTokens", Minimum = 1, Maximum = 100000)]
    public int? MaxTokens { get; init; }

    /// <summary>`openai`: fields added to every request, such as `{ reasoning_effort: low }` or `{ chat_template_kwargs: { enable_thinking: false } }`; a field that `llkd` writes itself is replaced, and left out by `null` (docs/teachers.md).</summary>
    [Key("request")]
    public RequestFields? Request { get; init; }

    /// <summary>`openai`: requests in flight at most; fewer where the endpoint says it is too much.</summary>
    [Key("concurrency", Minimum = 1, Maximum = 4096)]
    public int Concurrency { get; init; } = 64;

    /// <summary>`openai`: requests a minute at most; 0: no limit.</summary>
    [Key("requestsPerMinute", Minimum = 0)]
    public int RequestsPerMinute { get; init; }

    /// <summary>`openai`: tokens a minute at most, read and written together; 0: no limit.</summary>
    [Key("tokensPerMinute", Minimum = 0)]
    public int TokensPerMinute { get; init; }

    /// <summary>`openai`: seconds after which a request is given up and made again.</summary>
    [Key("timeout", Minimum = 0.1, Maximum = 86400)]
    public double Timeout { get; init; } = 60;

    /// <summary>`openai`: requests for one answer at most, where the endpoint is busy, fails or breaks off.</summary>
    [Key("attempts", Minimum = 1, Maximum = 100)]
    public int Attempts { get; init; } = 12;

    /// <summary>`onnx`: folder of the model: config.json, tokenizer.json and the model itself, such as onnx/model.onnx.</summary>
    [Key("path", IsPath = true)]
    public string? Path { get; init; }

    /// <summary>`onnx`: path of the model inside the folder, such as `onnx/model_q4.onnx`; default: model.onnx, onnx/model.onnx, or the only .onnx file in these two places.</summary>
    [Key("file")]
    public string? File { get; init; }

    /// <summary>`onnx`: texts read side by side, each on one processor core; 0: as many as there are cores.</summary>
    [Key("threads", Minimum = 0, Maximum = 1024)]
    public int Threads { get; init; }

    /// <summary>`onnx`: longest prompt with its answer, in tokens; the end of a text that makes it longer is left out. Default: `max_position_embeddings` of config.json.</summary>
    [Key("maxPromptTokens", Minimum = 16)]
    public int? MaxPromptTokens { get; init; }

    /// <summary>Texts of the validation set that the teacher answers too, so that its confidence can be calibrated by temperature; 0: no calibration. Default: 500 for `openai` and `onnx`, 0 for the others.</summary>
    [Key("calibration", Minimum = 0)]
    public int? Calibration { get; init; }

    /// <summary>`openai`: what tokens cost.</summary>
    [Key("price")]
    public PriceOptions Price { get; init; } = new();
}

/// <summary>Kinds of teachers.</summary>
public enum TeacherKind
{
    /// <summary>built in, from label names, descriptions and examples: TF-IDF similarity to class prototypes.</summary>
    Prototype,
    /// <summary>Labels made elsewhere, read from a table.</summary>
    Recorded,
    /// <summary>An LLM behind an endpoint that speaks OpenAI's protocol: OpenAI, Azure, vLLM, llama.cpp, Ollama, LM Studio.</summary>
    Openai,
    /// <summary>A decoder-only LLM on this machine, in ONNX Runtime: Llama, Qwen, Gemma and their like.</summary>
    Onnx,
}

/// <summary>How an LLM is to name the label it chooses.</summary>
public enum AnswerStyle
{
    /// <summary>Letters where there are at most 26 labels, words beyond.</summary>
    Auto,
    /// <summary>One capital letter a label: A, B, C and so on.</summary>
    Letter,
    /// <summary>The number of the label, from 1.</summary>
    Number,
    /// <summary>The label's own words.</summary>
    Words,
}

/// <summary>Where an LLM's confidence is read.</summary>
public enum ConfidenceSource
{
    /// <summary>From log-probabilities where the endpoint gives them, else from samples.</summary>
    Auto,
    /// <summary>From the log-probabilities of the answer's tokens, in the same call; a text without them fails.</summary>
    LogProbabilities,
    /// <summary>From the agreement of several answers drawn at a temperature above 0.</summary>
    Samples,
    /// <summary>From the probability of every label's own tokens behind the prompt. `onnx` always; `openai` where the server gives prompt log-probabilities (docs/teachers.md).</summary>
    LabelScores,
}

/// <summary>What tokens cost.</summary>
public sealed record PriceOptions
{
    /// <summary>`openai`: price of a million tokens read, in any currency; the plan and the report then say what labelling costs.</summary>
    [Key("prompt", Minimum = 0)]
    public double? Prompt { get; init; }

    /// <summary>`openai`: price of a million tokens written.</summary>
    [Key("completion", Minimum = 0)]
    public double? Completion { get; init; }
}

