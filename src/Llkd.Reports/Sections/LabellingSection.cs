using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>What an LLM's labels cost beside what was planned, and how its confidence was read and calibrated; nothing for other teachers.</summary>
internal static class LabellingSection
{
    public static Markup Render(ReportView view)
    {
        LabellingRecord labelling = view.Run.Labelling;
        if (labelling.LanguageModel is null && labelling.Calibration is null) return Markup.Of($"");
        var parts = new List<Markup>();
        if (labelling.LanguageModel is { } model)
        {
            parts.Add(PlannedAndActual(labelling, model).Render());
            parts.Add(Markup.Of($"<p>{Calls(model)}</p>\n<p>{Confidence(model)}</p>\n"));
        }
        if (labelling.Calibration is { } calibration)
            parts.Add(Markup.Of($"<p>{Calibrated(calibration)}</p>\n"));
        return ReportView.Section("labelling", "What labelling took", [.. parts]);
    }

    private static Table PlannedAndActual(LabellingRecord actual, LanguageModelRecord model)
    {
        var table = new Table("Labelling, planned and actual", "", "Planned", "Actual");
        PlanRecord? plan = model.Plan;
        table.Add([Cell.Of("Calls"), Count(plan?.Calls), Cell.Number(actual.Calls)]);
        table.Add([Cell.Of("Tokens read"), Count(plan?.PromptTokens), Cell.Number(actual.PromptTokens)]);
        table.Add([Cell.Of("Tokens written"), Count(plan?.CompletionTokens), Cell.Number(actual.CompletionTokens)]);
        table.Add([Cell.Of("Price"), Price(plan?.Cost), Price(model.Cost)]);
        table.Add([Cell.Of("Time"), plan?.Seconds is { } seconds ? Cell.Number(Figure.Duration(seconds), seconds) : Cell.None, Cell.Number(Figure.Duration(actual.Seconds), actual.Seconds)]);
        return table;
    }

    private static Cell Count(long? value) => value is { } count ? Cell.Number(count) : Cell.None;

    private static Cell Price(double? value) => value is { } price
        ? Cell.Number(price.ToString("#,0.00##", CultureInfo.InvariantCulture), price) : Cell.None;

    private static string Calls(LanguageModelRecord model) => (model.Local
        ? "The model ran on this machine." + (model.Lost == 0 ? "" : $" {Figure.Count(model.Lost)} texts were read again, as the process was stopped before their labels were kept.")
        : $"{Figure.Count(model.Refused)} calls were refused by the endpoint and cost nothing. " + (model.Lost == 0
            ? "No call was paid twice."
            : $"Of {Figure.Count(model.Lost)} calls the answer was lost (the process was killed, the connection broke, or the reply was unusable): they may have been paid for, and were made again. Tokens and price above are those of the answers that came."))
        + (model.Failed == 0 ? "" : $" {Figure.Count(model.Failed)} texts have no label.");

    private static string Confidence(LanguageModelRecord model)
    {
        string text = model.FromScores > 0
            ? $"The confidence of {Figure.Count(model.FromScores)} labels is the probability that the model gives the label’s own tokens."
            : $"The confidence of {Figure.Count(model.FromLogProbabilities)} labels was read from the log-probabilities of the answer, of {Figure.Count(model.FromSamples)} from the agreement of several answers.";
        if (model.Cut > 0) text += $" {Figure.Count(model.Cut)} texts were too long for the model; the end of each was left out.";
        return model is { UnseenMean: { } mean, UnseenLargest: { } largest }
            ? text + (model.FromScores > 0
                ? largest > 0 ? $" Labels with next to no probability together were not told apart; {Figure.Percent(mean, 4)} of it was shared among them on average and {Figure.Percent(largest, 4)} at most." : ""
                : $" Tokens that the endpoint did not list had {Figure.Percent(mean, 2)} of the probability on average and {Figure.Percent(largest, 2)} at most; it was shared among the labels not listed.")
            : text;
    }

    private static string Calibrated(CalibrationRecord calibration) =>
        $"The teacher’s confidence was calibrated by temperature on {Figure.Count(calibration.Texts)} validation texts: temperature {calibration.Temperature.ToString("0.00", CultureInfo.InvariantCulture)}, expected calibration error {Figure.Percent(calibration.EceBefore)} before and {Figure.Percent(calibration.EceAfter)} after (cross-validated).";
}
