namespace Llkd.TestServer;

/// <summary>How the server can misbehave.</summary>
public enum Fault
{
    /// <summary>It answers as it should.</summary>
    None,
    /// <summary>429 with a Retry-After of one second.</summary>
    BusyWithRetryAfter,
    /// <summary>429 without.</summary>
    Busy,
    /// <summary>500.</summary>
    Error,
    /// <summary>An answer that comes late.</summary>
    Slow,
    /// <summary>A reply that breaks off in the middle.</summary>
    HalfBody,
    /// <summary>A whole reply that is no JSON.</summary>
    WrongJson,
    /// <summary>The right answer without log-probabilities.</summary>
    NoLogProbabilities,
    /// <summary>The right answer among other words.</summary>
    ExtraWords,
    /// <summary>The right answer in a sentence of another language.</summary>
    AnotherLanguage,
    /// <summary>An answer that is none of the labels.</summary>
    OutsideTheLabels,
    /// <summary>A connection that is closed without a reply.</summary>
    Dropped,
    /// <summary>429 with the code insufficient_quota.</summary>
    QuotaExhausted,
    /// <summary>401 that repeats the key it was given.</summary>
    KeyRefused,
    /// <summary>404.</summary>
    NotFound,
    /// <summary>400 about the prompt.</summary>
    Rejected,
    /// <summary>400 about log-probabilities.</summary>
    LogProbabilitiesRefused,
}
