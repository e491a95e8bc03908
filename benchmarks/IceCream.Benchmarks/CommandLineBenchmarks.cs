using BenchmarkDotNet.Attributes;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Benchmarks;

/// <summary>What every command of a build costs before anything is known of it.</summary>
[MemoryDiagnoser]
public class CommandLineBenchmarks
{
    [Benchmark(Description = "read a compile of 40 words")]
    public object Compile() => CommandLineReader.Read(Samples.CommandLine, CompilerFamily.Gcc, "/home/ada/project/build", static _ => null);

    [Benchmark(Description = "read a link")]
    public object Link() => CommandLineReader.Read(["g++", "a.o", "b.o", "-o", "program"], CompilerFamily.Gcc, "/home/ada/project/build", static _ => null);
}
