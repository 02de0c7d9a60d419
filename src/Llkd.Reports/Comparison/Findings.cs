using Llkd.Runs;
using Llkd.Statistics;

namespace Llkd.Reports.Comparison;

/// <summary>What came out, in words that say no more than the figures hold.</summary>
internal static class Findings
{
    /// <summary>The result in one or two sentences.</summary>
    public static string Lead(ComparisonView view)
    {
        if (view.Record.Cells.Count == 0)
            return "No cell of this comparison is finished yet.";
        if (view.Record.Study == "few-labels" && FewLabelsStudy.Part(view) is { Words.Length: > 0 } study)
            return study.Words;
        var ranking = view.Ranking;
        if (ranking.DataSets.Count == 0 || ranking.First.Count == 0)
            return view.Ranked.Skip(1).Any() ? "No data set is finished with every method and seed yet, so nothing can be ranked." : Single(view);
        string first = Names(view, ranking.First);
        string rank = Figure.Fixed(ranking.Average(ranking.First[0]), 2);
        string where = ranking.DataSets.Count == 1 ? $"on {ranking.DataSets[0].Name}" : $"over {Figure.Count(ranking.DataSets.Count)} data sets";
        string lead = ranking.First.Count == 1
            ? $"{first} has the best average rank {where}: {rank} among {Figure.Count(ranking.Methods.Count)} methods."
            : $"{first} share the best average rank {where}: {rank} among {Figure.Count(ranking.Methods.Count)} methods.";
        return view.Rivals ? $"{lead} {OwnPlace(view)}{Gain(view)}".Trim() : lead;
    }

    private static string Single(ComparisonView view) =>
        view.Own is { } own && view.DataSets.FirstOrDefault(data => view.Good(data, own).Any()) is { } data
            ? $"{view.Name(own)} reaches {Figure.Percent(view.Score(data, own, Metric.MacroF1).Mean)} macro F1 on {data.Name}."
            : "There is no method to rank.";

    private static string OwnPlace(ComparisonView view)
    {
        var ranking = view.Ranking;
        var best = ranking.Methods.Where(method => method.Role == ComparisonRole.Own).OrderBy(ranking.Average).FirstOrDefault();
        if (best is null || ranking.First.Contains(best))
            return "";
        int place = 1 + ranking.Methods.Count(method => ranking.Average(method) < ranking.Average(best) - 1e-9);
        return $"The best variant of LLKD, {view.Name(best)}, comes {Ordinal(place)} with {Figure.Fixed(ranking.Average(best), 2)}. ";
    }

    // The gain in words: relative macro F1 of the best variant over the best baseline, and the share of samples it took.
    private static string Gain(ComparisonView view)
    {
        double[] gains = [.. view.DataSets.Select(data => view.Improvement(data, Metric.MacroF1)).OfType<double>()];
        if (gains.Length == 0)
            return "";
        int won = gains.Count(gain => gain > 0);
        string sets = gains.Length == 1 ? (won == 1 ? "The best variant of LLKD beats the best baseline" : "The best variant of LLKD does not beat the best baseline")
            : $"A variant of LLKD beats every baseline on {Figure.Count(won)} of {Figure.Count(gains.Length)} data sets";
        double share = view.Own is { } own ? view.OverDataSets(own, view.Share) : double.NaN;
        string used = double.IsFinite(share) ? $"; {view.Name(view.Own!)} trains on {Figure.Percent(share, 0)} of the samples" : "";
        string range = gains.Length == 1 ? Signed(gains[0]) : $"{Signed(gains.Min())} to {Signed(gains.Max())}";
        return $"{sets} in macro F1 ({range} relative){used}.";

        static string Signed(double gain) => Figure.Points(gain) + "\u202F%";
    }

    /// <summary>What a reader must bear in mind, most important first.</summary>
    public static IEnumerable<string> Cautions(ComparisonView view)
    {
        var (finished, planned) = view.Progress;
        if (finished < planned)
            yield return $"This comparison is not finished: it shows {Figure.Count(finished)} of {Figure.Count(planned)} cells. The same command does the rest.";
        int failed = view.Record.Cells.Count(cell => cell.Failure is not null);
        if (failed > 0)
            yield return $"{Figure.Count(failed)} {(failed == 1 ? "cell" : "cells")} failed{Diverged(view)}; footnotes of the tables say where and why.";
        if (view.Record.Seeds.Count == 1)
            yield return "There is one seed, so the tables cannot say how much of a difference is the luck of a run.";
        if (view.Rivals && view.Evidence is { } evidence && Closest(view, evidence) is { } close)
            yield return close;
        if (view.Ranking.Friedman is { FProbability: > 0.05 } friedman)
            yield return $"Over {Figure.Count(friedman.DataSets)} data sets the ranks do not show that the methods differ at all (Friedman test, p = {Probability(friedman.FProbability)}).";
    }

    private static string Diverged(ComparisonView view)
    {
        string[] names = [.. view.Methods.Where(method => view.DataSets.Any(data => view.Failed(data, method).Any(Failures.Diverged))).Select(view.Name)];
        return names.Length == 0 ? "" : $" ({string.Join(", ", names)} diverged)";
    }

    // The strongest baseline is the one a reader will ask about.
    private static string? Closest(ComparisonView view, Evidence evidence)
    {
        var row = evidence.Overall.Where(row => row.Method.Role == ComparisonRole.Baseline).OrderBy(row => row.MacroF1.Difference).FirstOrDefault();
        if (row is null)
            return null;
        var difference = row.MacroF1;
        string text = $"Against {view.Name(row.Method)}, the strongest baseline in macro F1, {view.Name(evidence.Own)} stands at {Figure.Points(difference.Difference, 2)} points (95\u202F% interval of the paired bootstrap {Figure.Points(difference.Low, 2)} to {Figure.Points(difference.High, 2)})";
        return difference.Low > 0 ? text + ": more than the choice of test texts explains."
            : difference.High < 0 ? text + ": it loses by more than the choice of test texts explains."
            : text + ": the test texts cannot tell the two apart.";
    }

    /// <summary>Friedman's test in one sentence.</summary>
    public static string Friedman(FriedmanTest test) =>
        $"Friedman’s test on the ranks by macro F1 over {Figure.Count(test.DataSets)} data sets: χ² = {Figure.Fixed(test.ChiSquare, 2)} (p = {Probability(test.ChiSquareProbability)}); in Iman and Davenport’s form F = {(double.IsFinite(test.F) ? Figure.Fixed(test.F, 2) : "∞")} (p = {Probability(test.FProbability)}). Nemenyi’s critical difference at the 5\u202F% level is {Figure.Fixed(test.CriticalDifference, 2)} ranks.";

    /// <summary>A probability with what digits it has.</summary>
    public static string Probability(double p) => p < 0.0001 ? "under 0.0001" : Figure.Fixed(p, p < 0.01 ? 4 : 3);

    private static string Names(ComparisonView view, IReadOnlyList<ComparisonMethod> methods) =>
        methods.Count == 1 ? view.Name(methods[0]) : string.Join(", ", methods.SkipLast(1).Select(view.Name)) + " and " + view.Name(methods[^1]);

    private static string Ordinal(int place) => place switch
    {
        1 => "first",
        2 => "second",
        3 => "third",
        _ => Figure.Count(place) + ((place % 100) is >= 11 and <= 13 ? "th" : (place % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" }),
    };
}
