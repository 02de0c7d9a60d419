namespace Llkd;

/// <summary>
/// The command line, the task file or the input data is wrong; the message names what, where (file, row, key) and
/// what to do. The command line ends with exit status 2.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong, where, and what to do; one or two plain sentences.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public InputException(string message, Exception? inner = null) : base(message, inner) { }
}

/// <summary>
/// A run failed although its input is right (a full disk, a diverged student). The command line ends with exit status 1.
/// </summary>
public sealed class RunFailedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What failed, what is kept, and how to go on.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public RunFailedException(string message, Exception? inner = null) : base(message, inner) { }
}
