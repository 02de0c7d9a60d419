namespace Llkd.Teachers.Prompting;

/// <summary>Who speaks in a prompt.</summary>
public enum PromptRole
{
    /// <summary>The instruction.</summary>
    System,
    /// <summary>A text to label.</summary>
    User,
    /// <summary>A label, as the model is to give it.</summary>
    Assistant,
}

/// <summary>One turn of a prompt.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said.</param>
public readonly record struct PromptMessage(PromptRole Role, string Content);

/// <summary>What a model is asked about one document.</summary>
/// <param name="Fixed">The turns before it that are the same for every document; one and the same object for all prompts of a teacher.</param>
/// <param name="Own">The turns of this document; the last is the text to label.</param>
public sealed record Prompt(IReadOnlyList<PromptMessage> Fixed, IReadOnlyList<PromptMessage> Own)
{
    /// <summary>All turns in order.</summary>
    public IEnumerable<PromptMessage> Messages => Fixed.Concat(Own);
}
