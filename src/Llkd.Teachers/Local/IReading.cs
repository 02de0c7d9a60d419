namespace Llkd.Teachers.Local;

/// <summary>What a model has read: it tells what may come next.</summary>
internal interface IReading
{
    /// <summary>Tokens of the last stretch whose next token can be told, the last of them being the last that was read.</summary>
    int Rows { get; }

    /// <summary>Natural logarithm of the probability that a token follows.</summary>
    /// <param name="row">Behind which token of the last stretch, from 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="token">The token's id.</param>
    double LogProbability(int row, int token);
}
