using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Llkd.Serving;

/// <summary>Counts of a service, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats).</summary>
internal sealed class ServiceMetrics
{
    /// <summary>Upper edges of the durations' buckets, in seconds.</summary>
    private static readonly double[] Edges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<int, long> _requests = new();
    private readonly long[] _buckets = new long[Edges.Length + 1];
    private readonly ConcurrentDictionary<string, long> _labels = new();
    private long _texts, _truncated, _microseconds;
    private int _underWay;

    /// <summary>Calls under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    public int Enter() => Interlocked.Increment(ref _underWay);

    public void Leave(int status, TimeSpan duration)
    {
        Interlocked.Decrement(ref _underWay);
        _requests.AddOrUpdate(status, 1, (_, count) => count + 1);
        int bucket = 0;
        while (bucket < Edges.Length && duration.TotalSeconds > Edges[bucket]) bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Interlocked.Add(ref _microseconds, (long)duration.TotalMicroseconds);
    }

    /// <summary>A text was answered.</summary>
    /// <param name="label">With this label; null where the classifier abstained.</param>
    /// <param name="truncated">Whether it was cut.</param>
    public void Answered(string? label, bool truncated)
    {
        Interlocked.Increment(ref _texts);
        if (truncated) Interlocked.Increment(ref _truncated);
        _labels.AddOrUpdate(label ?? "", 1, (_, count) => count + 1);
    }

    public string Write()
    {
        var text = new StringBuilder();
        void Head(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        Head("llkd_requests_total", "counter", "Calls of /v1/classify by status.");
        foreach ((int status, long count) in _requests.OrderBy(pair => pair.Key))
            text.Append(CultureInfo.InvariantCulture, $"llkd_requests_total{{status=\"{status}\"}} {count}\n");
        Head("llkd_request_duration_seconds", "histogram", "Duration of calls of /v1/classify.");
        long sum = 0;
        for (int i = 0; i < _buckets.Length; i++)
        {
            sum += Volatile.Read(ref _buckets[i]);
            string edge = i < Edges.Length ? Edges[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"llkd_request_duration_seconds_bucket{{le=\"{edge}\"}} {sum}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"llkd_request_duration_seconds_sum {Volatile.Read(ref _microseconds) / 1e6}\nllkd_request_duration_seconds_count {sum}\n");
        Head("llkd_requests_under_way", "gauge", "Calls of /v1/classify under way.");
        text.Append(CultureInfo.InvariantCulture, $"llkd_requests_under_way {UnderWay}\n");
        Head("llkd_texts_total", "counter", "Texts answered.");
        text.Append(CultureInfo.InvariantCulture, $"llkd_texts_total {Volatile.Read(ref _texts)}\n");
        Head("llkd_texts_truncated_total", "counter", "Texts longer than the model reads.");
        text.Append(CultureInfo.InvariantCulture, $"llkd_texts_truncated_total {Volatile.Read(ref _truncated)}\n");
        Head("llkd_answers_total", "counter", "Answers by label; an empty label counts those without one.");
        foreach ((string label, long count) in _labels.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"llkd_answers_total{{label=\"{Escape(label)}\"}} {count}\n");
        return text.ToString();
    }

    private static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
