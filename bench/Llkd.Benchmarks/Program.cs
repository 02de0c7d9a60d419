using BenchmarkDotNet.Running;
using Llkd.Benchmarks.Inference;
using Llkd.Benchmarks.Training;

if (args is ["inference"])
{
    InferenceTimes.Run();
    return 0;
}
if (args is ["load", ..] and { Length: > 1 }) return await ServiceLoad.RunAsync(args[1..]).ConfigureAwait(false);
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
if (args is ["time-to-quality", ..])
{
    await TimeToQuality.RunAsync(args[1..]).ConfigureAwait(false);
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
BenchmarkSwitcher.FromAssembly(typeof(Llkd.Benchmarks.AdamWBenchmark).Assembly).Run(args);
return 0;
