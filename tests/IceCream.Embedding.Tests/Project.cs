using System.Diagnostics;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;

namespace IceCream.Embedding.Tests;

/// <summary>A folder with a source, and a state folder for farms.</summary>
internal sealed class Project : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("embedding-").FullName;

    public Project()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "a.c"), "#include <stdlib.h>\nint f(int n) { return abs(n); }\n");
    }

    public string Folder => Path.Combine(_root, "src");

    public string State => Path.Combine(_root, "state");

    /// <summary>What a build would type.</summary>
    public CompileRequest Request => new(["gcc", "-O2", "-c", "a.c", "-o", "a.o"], Folder);

    public EmbeddedFarmOptions Farm => new() { StateDirectory = State };

    /// <summary>Compiles the source, and compares the object with the one that a plain compile makes.</summary>
    public async Task<CompileResult> CompileAsync(IJobExecutor farm)
    {
        CompileResult result = await farm.ExecuteAsync(Request.ToJob()).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        byte[] remote = File.ReadAllBytes(Path.Combine(Folder, "a.o"));
        using Process plain = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-c", "a.c", "-o", "plain.o"]) { WorkingDirectory = Folder })!;
        await plain.WaitForExitAsync();
        return remote.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Folder, "plain.o"))) ? result : throw new InvalidOperationException("The object is not the one of home.");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
