namespace Llkd.TestModels;

/// <summary>Whose tokenizer a test folder's is like.</summary>
public enum TokenizerFamily
{
    /// <summary>Byte-level BPE, digits by threes, a token at the beginning.</summary>
    Llama3,
    /// <summary>Byte-level BPE, every digit alone, normalisation form C, no token at the beginning.</summary>
    Qwen,
    /// <summary>Byte-level BPE with GPT-2's split and every digit alone.</summary>
    SmolLM,
    /// <summary>BPE over characters, spaces made visible and one put in front, a token at the beginning.</summary>
    Llama2,
    /// <summary>BPE over characters, spaces made visible, none in front, a token at the beginning.</summary>
    Gemma,
}
