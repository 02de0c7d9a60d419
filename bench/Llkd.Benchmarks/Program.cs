using System.Globalization;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Llkd.Benchmarks.Export;
using Llkd.Benchmarks.Inference;
using Llkd.Benchmarks.Prediction;
using Llkd.Benchmarks.Tokenization;
using Llkd.Benchmarks.Training;
using Llkd.Benchmarks.Weights;

if (args is ["inference"])
{
    InferenceTimes.Run();
    return 0;
}
if (args is ["load", ..] and { Length: > 1 }) return await ServiceLoad.RunAsync(args[1..]).ConfigureAwait(false);
if (args is ["export-loss", ..] and { Length: 4 }) return ExportLoss.Run(args[1..]);
if (args is ["loading"])
{
    WeightLoadingTimes.Run();
    return 0;
}
if (args is ["tokenizers", ..])
{
    TokenizerRates.Run(args.Length > 1 ? args[1] : "../shared");
    return 0;
}
if (args is ["big-table", ..] and { Length: > 1 })
{
    BigTable.Write(args[1], args.Length > 2 ? long.Parse(args[2], CultureInfo.InvariantCulture) : 2_000_000_000, args.Length > 3 ? args[3] : "../shared/data");
    return 0;
}
if (args is ["big-predict", ..] and { Length: > 1 }) return await BigPrediction.RunAsync(args[1..]).ConfigureAwait(false);
if (args is ["teacher-client"])
{
    await Llkd.Benchmarks.TeacherClient.RunAsync().ConfigureAwait(false);
    return 0;
}
if (args is ["local-teacher"])
{
    await Llkd.Benchmarks.LocalTeacher.RunAsync().ConfigureAwait(false);
    return 0;
}
if (args is ["training-step", ..])
{
    TrainingStep.Run(args[1..]);
    return 0;
}
if (args is ["steps", ..] and { Length: 3 })
{
    TrainingStep.Repeat(int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
    return 0;
}
if (args is ["time-to-quality", ..])
{
    await TimeToQuality.RunAsync(args[1..]).ConfigureAwait(false);
    return 0;
}
if (args is ["lanes", ..])
{
    await PairedSteps.LanesAsync(args[1..]).ConfigureAwait(false);
    return 0;
}
if (args is ["precisions", ..])
{
    await PairedSteps.PrecisionsAsync(args[1..]).ConfigureAwait(false);
    return 0;
}
if (args is ["precision-parity", ..])
{
    await PrecisionParity.RunAsync(args[1..]).ConfigureAwait(false);
    return 0;
}
if (args is ["ngram-run"])
{
    await LongRuns.NgramAsync().ConfigureAwait(false);
    return 0;
}
if (args is ["step-memory", ..])
{
    await LongRuns.MemoryAsync(args[1..]).ConfigureAwait(false);
    return 0;
}
if (args is ["pool-memory", ..] and { Length: > 1 }) return await PoolMemory.RunAsync(args[1..]).ConfigureAwait(false);
IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Llkd.Benchmarks.AdamWBenchmark).Assembly).Run(args);
// A project that does not build, and a benchmark that throws, only stand in the log.
return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
