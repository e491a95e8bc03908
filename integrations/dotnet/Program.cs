using IceCream.Jobs;
using IceCream.Nodes;

// Compiles the C source named by the first argument on a farm within this process, in the folder where it lies.
string source = Path.GetFullPath(args[0]), folder = Path.GetDirectoryName(source)!;

await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(new EmbeddedFarmOptions { StateDirectory = Path.Combine(folder, "state") });
CompileResult result = await farm.CompileAsync(new CompileRequest(["gcc", "-O2", "-c", Path.GetFileName(source)], folder));

Console.WriteLine($"{result.Place}, exit code {result.ExitCode}{(result.LocalOnly is { } why ? $": {why}" : "")}");
return result.ExitCode;
