using BenchmarkDotNet.Running;
using IceCream.Benchmarks;
using IceCream.Benchmarks.Farm;
using IceCream.Benchmarks.Io;

switch (args)
{
    case ["io"]:
        await IoFigures.PrintAsync(Console.Out);
        return 0;
    case ["farm", .. string[] options]:
        return await FarmFigures.PrintAsync(options, Console.Out, Console.Error);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(FramingBenchmarks).Assembly).Run(args);
        return 0;
}
