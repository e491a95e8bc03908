using System.Diagnostics;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

public sealed class ToolchainCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toolchain").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C)]
    [InlineData("/usr/bin/clang", CompilerFamily.Clang, SourceLanguage.C)]
    [InlineData("/usr/bin/g++", CompilerFamily.Gcc, SourceLanguage.Cxx)]
    public async Task A_compiler_works_in_a_root_that_holds_only_its_tree_and_the_source(string compiler, CompilerFamily family, SourceLanguage language)
    {
        string source = Path.Combine(_folder, "a.c");
        File.WriteAllText(source, "int f(int x) { return x * 3; }\n");
        string root = Path.Combine(_folder, "root");
        string[] command = [compiler, "-g", "-O1", "-c", "a.c", "-o", "a.o"];
        Toolchain toolchain = await new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests())
            .GetAsync(Job(compiler, family, language, command));
        Lay(toolchain.Tree, root);
        Directory.CreateDirectory(root + "/work");
        Directory.CreateDirectory(root + "/proc");
        Directory.CreateDirectory(root + "/dev");
        Directory.CreateDirectory(root + "/tmp");
        Directory.CreateDirectory(root + _folder);

        await RunAsync(command, _folder);
        byte[] local = File.ReadAllBytes(Path.Combine(_folder, "a.o"));
        File.Copy(source, root + source);
        await RunAsync(
            ["bwrap", "--unshare-user", "--bind", root, "/", "--dev", "/dev", "--chdir", _folder, "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", .. command],
            _folder);

        Assert.Equal(local, File.ReadAllBytes(root + Path.Combine(_folder, "a.o")));
    }

    [Fact]
    public async Task A_description_is_made_once_and_again_after_a_file_has_changed()
    {
        var digests = new ReadDigests();
        var cache = new ToolchainCache(new ProcessCompilerProbe(), digests);
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", "-c", "a.c"]);

        Toolchain[] first = await Task.WhenAll(cache.GetAsync(job).AsTask(), cache.GetAsync(job).AsTask());
        Assert.Same(first[0], first[1]);
        Assert.Same(first[0], await cache.GetAsync(job));

        digests.Touched = first[0].Tree.Files[^1].Path;
        Toolchain second = await cache.GetAsync(job);
        Assert.NotEqual(first[0].Digest, second.Digest);
        Assert.Same(second, await cache.GetAsync(job));
    }

    [Fact]
    public async Task A_compiler_that_does_not_answer_is_asked_again_the_next_time()
    {
        var probe = new FailingProbe();
        var cache = new ToolchainCache(probe, new ReadDigests());
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", "-c", "a.c"]);

        await Assert.ThrowsAsync<ToolchainException>(() => cache.GetAsync(job).AsTask());
        await Assert.ThrowsAsync<ToolchainException>(() => cache.GetAsync(job).AsTask());
        Assert.Equal(2, probe.Asked);
    }

    [Fact]
    public void A_link_to_a_wrapper_is_passed_over_for_the_next_compiler_on_the_path()
    {
        string masquerade = Directory.CreateDirectory(Path.Combine(_folder, "masquerade")).FullName;
        File.Copy("/usr/bin/true", Path.Combine(_folder, "icelaunch"));
        File.CreateSymbolicLink(Path.Combine(masquerade, "gcc"), Path.Combine(_folder, "icelaunch"));

        var none = new HashSet<string>();
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("gcc", masquerade + ":/usr/bin", _folder, none));
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("masquerade/gcc", masquerade + ":/usr/bin", _folder, none));
        Assert.Null(CompilerLocator.Find("gcc", masquerade, _folder, none));
    }

    [Fact]
    public void An_elf_file_cut_anywhere_in_its_head_is_refused_without_a_fault()
    {
        byte[] whole = File.ReadAllBytes("/usr/bin/true");
        string path = Path.Combine(_folder, "cut");
        for (int length = 0; length < 1024; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Null(ElfImports.Read(path));
        }

        ElfImports imports = ElfImports.Read("/usr/bin/true")!;
        Assert.Contains(imports.Needed, static name => name.StartsWith("libc.", StringComparison.Ordinal));
        Assert.NotNull(imports.Interpreter);
    }

    private CompileJob Job(string compiler, CompilerFamily family, SourceLanguage language, string[] command) => new()
    {
        CommandLine = [.. command],
        Compiler = compiler,
        WorkingDirectory = _folder,
        Environment = ["PATH=/usr/bin:/bin"],
        Invocation = new CompilerInvocation
        {
            Family = family, Language = language, Source = "a.c", Output = "a.o", Arguments = [.. command[1..]], Outputs = ["a.o"],
        },
    };

    private static void Lay(FileTree tree, string root)
    {
        foreach (string folder in tree.Directories)
        {
            Directory.CreateDirectory(root + folder);
        }

        foreach (TreeFile file in tree.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + file.Path)!);
            File.Copy(file.Path, root + file.Path);
        }

        foreach (TreeLink link in tree.Links)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + link.Path)!);
            File.CreateSymbolicLink(root + link.Path, link.Target);
        }
    }

    private static async Task RunAsync(string[] command, string folder)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = folder, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }

    /// <summary>Names files by path, size and time: enough to tell them apart here, and no gigabyte is read.</summary>
    private sealed class ReadDigests : IFileDigests
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

    private sealed class FailingProbe : ICompilerProbe
    {
        public int Asked { get; private set; }

        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default)
        {
            Asked++;
            throw new IOException("no more processes");
        }
    }
}
