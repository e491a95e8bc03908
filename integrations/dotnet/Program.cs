using IceCream.Jobs;
using IceCream.Nodes;

// Compiles the C source named by the first argument on a farm within this process, in the folder where it lies.
string source = Path.GetFullPath(args[0]), folder = Path.GetDirectoryName(source)!;
string path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
string compiler = path.Split(':').Select(place => Path.Combine(place, "gcc")).First(File.Exists);

await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(new EmbeddedFarmOptions { StateDirectory = Path.Combine(folder, "state") });
CompileResult result = await farm.ExecuteAsync(new CompileJob
{
    CommandLine = ["gcc", "-O2", "-c", Path.GetFileName(source)],
    Compiler = compiler,
    WorkingDirectory = folder,
    Environment = ["PATH=" + path],
});

Console.WriteLine($"{result.Place}, exit code {result.ExitCode}{(result.LocalOnly is { } why ? $": {why}" : "")}");
return result.ExitCode;
