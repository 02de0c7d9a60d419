namespace Llkd.Students;

/// <summary>What of an encoder's last layer the head reads.</summary>
public enum Pooling
{
    /// <summary>The first token's vector, as Hugging Face's classifiers do.</summary>
    Cls,
    /// <summary>The mean of all tokens' vectors, padding left out; Hugging Face's own classifiers cannot compute it.</summary>
    Mean,
}
