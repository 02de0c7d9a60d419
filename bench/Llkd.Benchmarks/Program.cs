using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Llkd.Benchmarks.AdamWBenchmark).Assembly).Run(args);
