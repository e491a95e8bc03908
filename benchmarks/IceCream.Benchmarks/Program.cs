using BenchmarkDotNet.Running;
using IceCream.Benchmarks;
using IceCream.Benchmarks.Io;

if (args is ["io"])
{
    await IoFigures.PrintAsync(Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(FramingBenchmarks).Assembly).Run(args);
