using BenchmarkDotNet.Running;

if (args is ["teacher-client"]) await Llkd.Benchmarks.TeacherClient.RunAsync();
else BenchmarkSwitcher.FromAssembly(typeof(Llkd.Benchmarks.AdamWBenchmark).Assembly).Run(args);
