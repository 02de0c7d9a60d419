namespace Llkd.Cli.Terminal;

/// <summary>Interrupted work of which nothing is kept to go on from; the message tells the user so.</summary>
internal sealed class StartAgainException(string message, OperationCanceledException inner) : OperationCanceledException(message, inner);
