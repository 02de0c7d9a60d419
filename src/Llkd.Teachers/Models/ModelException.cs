namespace Llkd.Teachers.Models;

/// <summary>Kinds of trouble with a request.</summary>
public enum ModelFailure
{
    /// <summary>429: too many requests or tokens for now.</summary>
    Busy,
    /// <summary>408, 409 or 5xx.</summary>
    Unavailable,
    /// <summary>The connection was never made.</summary>
    Unreachable,
    /// <summary>The connection broke, or the reply came only in part.</summary>
    Broken,
    /// <summary>No reply in time.</summary>
    TimedOut,
    /// <summary>A whole reply that is not what the protocol says.</summary>
    Malformed,
    /// <summary>Another 4xx: this prompt is not accepted.</summary>
    Rejected,
    /// <summary>The endpoint does not accept the request for log-probabilities, or not for so many.</summary>
    NoLogProbabilities,
    /// <summary>The money or the quota is used up.</summary>
    QuotaExhausted,
    /// <summary>401 or 403: the key is wrong or may not use the model.</summary>
    KeyRefused,
    /// <summary>404: no such address or model.</summary>
    NotFound,
}

/// <summary>A request had no usable answer.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="failure">What kind of trouble it is.</param>
    /// <param name="message">What the endpoint said, in a few words; never a key.</param>
    /// <param name="retryAfter">How long the endpoint asks to wait; null where it does not.</param>
    /// <param name="reply">What came instead of an answer.</param>
    /// <param name="inner">The cause.</param>
    public ModelException(ModelFailure failure, string message, TimeSpan? retryAfter = null, string? reply = null, Exception? inner = null)
        : base(message, inner) => (Failure, RetryAfter, Reply) = (failure, retryAfter, reply);

    /// <summary>What kind of trouble it is.</summary>
    public ModelFailure Failure { get; }

    /// <summary>How long the endpoint asks to wait.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>What came instead of an answer.</summary>
    public string? Reply { get; }

    /// <summary>Whether another request may be answered.</summary>
    public bool IsTransient => Failure is ModelFailure.Busy or ModelFailure.Unavailable or ModelFailure.Unreachable
        or ModelFailure.Broken or ModelFailure.TimedOut or ModelFailure.Malformed;

    /// <summary>Whether every other request would fail alike.</summary>
    public bool IsFatal => Failure is ModelFailure.QuotaExhausted or ModelFailure.KeyRefused or ModelFailure.NotFound;

    /// <summary>Whether it says that there are too many requests.</summary>
    internal bool IsCongestion => Failure is ModelFailure.Busy or ModelFailure.TimedOut || (Failure == ModelFailure.Unavailable && RetryAfter is not null);

    /// <summary>Whether the request was refused, so that it cost nothing.</summary>
    internal bool IsRefusal => Failure is not (ModelFailure.Broken or ModelFailure.TimedOut or ModelFailure.Malformed);

    /// <summary>Whether a row's reason of failure is the endpoint's trouble rather than the text's.</summary>
    internal static bool BlamesEndpoint(string reason) => reason is BusyReason or DownReason or BrokenReason or LateReason;

    private const string BusyReason = "the endpoint stayed busy (429)", DownReason = "the endpoint failed (5xx)",
        BrokenReason = "the connection broke", LateReason = "no reply in time";

    /// <summary>The reason a row's failure is named by.</summary>
    internal string Reason => Failure switch
    {
        ModelFailure.Busy => BusyReason,
        ModelFailure.Unavailable => DownReason,
        ModelFailure.Unreachable => "the endpoint could not be reached",
        ModelFailure.Broken => BrokenReason,
        ModelFailure.TimedOut => LateReason,
        ModelFailure.Malformed => "the reply was no JSON of the protocol",
        ModelFailure.NoLogProbabilities => "the endpoint gives no log-probabilities",
        _ => "the endpoint rejected the request",
    };
}
