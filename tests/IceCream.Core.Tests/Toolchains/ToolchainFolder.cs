using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Tests.Toolchains;

/// <summary>A folder in which compilers are looked for and asked, for the time of a test.</summary>
public abstract class ToolchainFolder : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("toolchain").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected CompileJob Job(string compiler, CompilerFamily family, SourceLanguage language, string[] command) => new()
    {
        CommandLine = [.. command],
        Compiler = compiler,
        WorkingDirectory = Folder,
        Environment = ["PATH=/usr/bin:/bin"],
        Invocation = new CompilerInvocation
        {
            Family = family, Language = language, Source = "a.c", Output = "a.o", Arguments = [.. command[1..]], Outputs = ["a.o"],
        },
    };

    /// <summary>Names files by path, size and time: enough to tell them apart here, and no gigabyte is read.</summary>
    private protected sealed class ReadDigests : IFileDigests
    {
        public string? Touched { get; set; }

        public bool TryGet(string path, out FileDigest digest)
        {
            bool found = Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular;
            string text = $"{path} {status.Length} {status.ModifiedSeconds} {(path == Touched ? "touched" : "")}";
            digest = new FileDigest(Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)), status.Length, status.ModifiedSeconds, status.Device, status.Inode);
            return found;
        }
    }
}
