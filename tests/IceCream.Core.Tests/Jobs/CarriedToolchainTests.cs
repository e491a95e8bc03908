using System.Buffers;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Jobs;

/// <summary>A job has its toolchain along, and on the wire its name only.</summary>
public sealed class CarriedToolchainTests
{
    private static readonly Toolchain Gcc = Toolchain.Of(new FileTree { Files = [new TreeFile("/usr/bin/gcc", Digest.Of("gcc"u8), 3, 0)] }, "gcc");
    private static readonly CompileJob Job = new() { CommandLine = ["gcc"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/", Inputs = FileTree.Empty };

    [Fact]
    public void Who_describes_the_compiler_names_it_as_well_and_another_name_is_another_compiler()
    {
        CompileJob job = Job with { Described = Gcc };

        Assert.Equal(Gcc.Digest, job.Toolchain);
        Assert.Same(Gcc, (job with { Toolchain = Gcc.Digest, User = "somebody" }).Described);
        Assert.Null((job with { Toolchain = Digest.Of("another"u8) }).Described);
        Assert.Null((job with { Toolchain = null }).Described);
    }

    [Fact]
    public void What_is_carried_along_does_not_travel()
    {
        JobOffer named = Encode(Job with { Toolchain = Gcc.Digest }), carried = Encode(Job with { Described = Gcc });

        Assert.Equal(named.Job.ToArray(), carried.Job.ToArray());
    }

    [Fact]
    public void A_worker_is_given_the_tree_its_files_and_the_inputs_each_by_its_digest()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        try
        {
            string tool = Path.Combine(folder, "cc1"), source = Path.Combine(folder, "a.c");
            File.WriteAllText(tool, "tool");
            File.WriteAllText(source, "source");
            var toolchain = Toolchain.Of(new FileTree { Files = [FileOf(tool)] }, "gcc");
            var blobs = new JobBlobs(Job with { Described = toolchain, Inputs = new FileTree { Files = [FileOf(source)] } }, toolchain);

            Assert.Equal(toolchain.Encoded.ToArray(), Read(toolchain.Digest));
            Assert.Equal("tool"u8.ToArray(), Read(Digest.Of("tool"u8)));
            Assert.Equal("source"u8.ToArray(), Read(Digest.Of("source"u8)));
            Assert.Null(blobs.Open(Digest.Of("nothing"u8)));
            File.Delete(source);
            Assert.Null(blobs.Open(Digest.Of("source"u8)));

            byte[] Read(Digest digest)
            {
                using Stream blob = blobs.Open(digest)!;
                var bytes = new MemoryStream();
                blob.CopyTo(bytes);
                return bytes.ToArray();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TreeFile FileOf(string path) => new(path, Digest.Of(File.ReadAllBytes(path)), new FileInfo(path).Length, 0);

    private static JobOffer Encode(CompileJob job) => new EntryEncoder().Introduce(default, job, new ArrayBufferWriter<byte>());
}
