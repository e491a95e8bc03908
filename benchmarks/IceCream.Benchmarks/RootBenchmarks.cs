using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Storage;

namespace IceCream.Benchmarks;

/// <summary>What a worker does for a job besides compiling: a root of 300 toolchain files and 500 inputs, made and parted with.</summary>
[MemoryDiagnoser]
public class RootBenchmarks
{
    private const int Tools = 300, Headers = 500;

    private string _directory = "";
    private RootBuilder _fresh = null!;
    private RootBuilder _reusing = null!;
    private RootContents _job = null!;
    private RootContents _changed = null!;
    private bool _turn;

    [GlobalSetup]
    public void Prepare()
    {
        _directory = Directory.CreateTempSubdirectory("ice-benchmark").FullName;
        var store = new DiskBlobStore(Path.Combine(_directory, "store"), new DiskBlobStoreOptions());
        var toolchain = new FileTree
        {
            Files = [.. Enumerable.Range(0, Tools).Select(i => File($"/usr/lib/compiler/{i % 20}/tool{i}", i))],
            Links = [new TreeLink("/lib", "usr/lib")],
        };
        ImmutableArray<TreeFile> headers =
            [.. Enumerable.Range(0, Headers).Select(i => File($"/home/ada/project/include/library{i % 50}/detail/header{i}.h", Tools + i))];
        _job = new RootContents(
            toolchain, new FileTree { Files = headers }, [new JobOutput("/home/ada/project/build/parser.o", false)], "/home/ada/project/build", 0b010_010);
        _changed = _job with { Inputs = new FileTree { Files = headers.SetItem(0, File(headers[0].Path, Tools + Headers)) } };
        _fresh = new RootBuilder(store, new RootPool(Path.Combine(_directory, "fresh"), keep: 0));
        _reusing = new RootBuilder(store, new RootPool(Path.Combine(_directory, "reused"), keep: 1));

        TreeFile File(string path, int number)
        {
            byte[] content = Samples.Bytes(4000, seed: number);
            Digest digest = Digest.Of(content);
            using IBlobWriter writer = store.Create(digest, content.Length);
            writer.Write(content);
            writer.Commit();
            return new TreeFile(path, digest, content.Length, 1_700_000_000);
        }
    }

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Benchmark(Baseline = true, Description = "a root built and removed")]
    public void Fresh() => Pass(_fresh, _job);

    [Benchmark(Description = "the last job's root, nothing changed")]
    public void Unchanged() => Pass(_reusing, _job);

    [Benchmark(Description = "the last job's root, one header changed")]
    public void OneHeaderChanged()
    {
        _turn = !_turn;
        Pass(_reusing, _turn ? _changed : _job);
    }

    [Benchmark(Description = "the thinking alone")]
    public object Plan() => new RootPlan(_job);

    private static void Pass(RootBuilder builder, RootContents job)
    {
        JobRoot root = builder.Build(job, CancellationToken.None).Root ?? throw new InvalidOperationException("Blobs are gone.");
        root.Leave();
    }
}
