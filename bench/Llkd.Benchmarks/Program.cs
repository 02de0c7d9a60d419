using BenchmarkDotNet.Running;
using Llkd.Benchmarks.Inference;

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
if (args is ["training-step", ..])
{
    Llkd.Benchmarks.Training.TrainingStep.Run(args[1..]);
    return 0;
}
BenchmarkSwitcher.FromAssembly(typeof(Llkd.Benchmarks.AdamWBenchmark).Assembly).Run(args);
return 0;
