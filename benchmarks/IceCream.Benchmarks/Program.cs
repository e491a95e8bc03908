using BenchmarkDotNet.Running;
using IceCream.Benchmarks;
using IceCream.Benchmarks.Caching;
using IceCream.Benchmarks.Farm;
using IceCream.Benchmarks.Identity;
using IceCream.Benchmarks.Io;
using IceCream.Benchmarks.Monitoring;
using IceCream.Benchmarks.Saturation;
using IceCream.Benchmarks.Scheduling;

switch (args)
{
    case ["io"]:
        await IoFigures.PrintAsync(Console.Out);
        return 0;
    case ["farm", .. string[] options]:
        return await FarmFigures.PrintAsync(options, Console.Out, Console.Error);
    case ["identity", .. string[] options]:
        return await IdentityFigures.PrintAsync(options, Console.Out, Console.Error);
    case ["cache", .. string[] options]:
        return await CacheFigures.PrintAsync(options, Console.Out, Console.Error);
    case ["packing", string objects]:
        return PackingFigures.Print(objects, Console.Out, Console.Error);
    case ["saturation", .. string[] options]:
        return await SaturationFigures.PrintAsync(options, Console.Out, Console.Error);
    case ["events", "--load", .. string[] options]:
        return await LoadFigures.PrintAsync(options, Console.Out, Console.Error);
    case ["events"]:
        EventFigures.Print(Console.Out);
        return 0;
    case ["scheduler", .. string[] options]:
        return SchedulingFigures.Print(options, Console.Out, Console.Error);
    case [FarmProcess.Word, string folder, .. string[] options]:
        await FarmProcess.ServeAsync(folder, options);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(FramingBenchmarks).Assembly).Run(args);
        return 0;
}
