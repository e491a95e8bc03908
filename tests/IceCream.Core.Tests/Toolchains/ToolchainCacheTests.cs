using System.Diagnostics;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

public sealed class ToolchainCacheTests : ToolchainFolder
{
    [Theory]
    [InlineData("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C)]
    [InlineData("/usr/bin/clang", CompilerFamily.Clang, SourceLanguage.C)]
    [InlineData("/usr/bin/g++", CompilerFamily.Gcc, SourceLanguage.Cxx)]
    public async Task A_compiler_works_in_a_root_that_holds_only_its_tree_and_the_source(string compiler, object family, object language)
    {
        string source = Path.Combine(Folder, "a.c");
        File.WriteAllText(source, "int f(int x) { return x * 3; }\n");
        string root = Path.Combine(Folder, "root");
        string[] command = [compiler, "-g", "-O1", "-c", "a.c", "-o", "a.o"];
        Toolchain toolchain = await new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests())
            .GetAsync(Job(compiler, (CompilerFamily)family, (SourceLanguage)language, command));
        Lay(toolchain.Tree, root);
        Directory.CreateDirectory(root + "/work");
        Directory.CreateDirectory(root + "/proc");
        Directory.CreateDirectory(root + "/dev");
        Directory.CreateDirectory(root + "/tmp");
        Directory.CreateDirectory(root + Folder);

        await RunAsync(command, Folder);
        byte[] local = File.ReadAllBytes(Path.Combine(Folder, "a.o"));
        File.Copy(source, root + source);
        await RunAsync(
            ["bwrap", "--unshare-user", "--bind", root, "/", "--dev", "/dev", "--chdir", Folder, "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", .. command],
            Folder);

        Assert.Equal(local, File.ReadAllBytes(root + Path.Combine(Folder, "a.o")));
    }

    [Theory]
    [InlineData("/usr/bin/gcc", CompilerFamily.Gcc, "specs", true)]
    [InlineData("/usr/bin/gcc", CompilerFamily.Gcc, "clang.cfg", false)]
    [InlineData("/usr/bin/clang", CompilerFamily.Clang, "clang.cfg", true)]
    public async Task A_driver_that_looked_for_its_own_flags_where_now_are_some_is_asked_again(string compiler, object family, string name, bool again)
    {
        string path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, "");
        var probe = new CountedProbe();
        var cache = new ToolchainCache(probe, new ReadDigests());
        CompileJob job = Job(compiler, (CompilerFamily)family, SourceLanguage.C, [compiler, "-c", "a.c"]);
        await cache.GetAsync(job);
        int asked = probe.Questions;

        cache.Reconsider(job, [path]);
        await cache.GetAsync(job);

        Assert.Equal(again, probe.Questions > asked);

        // The description still does not know it: another answer would not either, until the file changes.
        asked = probe.Questions;
        cache.Reconsider(job, [path]);
        await cache.GetAsync(job);
        Assert.Equal(asked, probe.Questions);
        await File.WriteAllTextAsync(path, "\n");
        cache.Reconsider(job, [path]);
        await cache.GetAsync(job);
        Assert.Equal(again, probe.Questions > asked);
    }

    [Fact]
    public async Task A_plugin_beside_the_compilers_programs_that_a_job_missed_belongs_to_the_compiler()
    {
        string plugin = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "tools", "plugin")).FullName, "p.so");
        string other = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "tools", "others")).FullName, "p.so");
        await File.WriteAllTextAsync(plugin, "");
        await File.WriteAllTextAsync(other, "");
        var cache = new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests());
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", $"-B{Folder}/tools/", "-c", "a.c"]);
        Assert.DoesNotContain((await cache.GetAsync(job)).Tree.Files, file => file.Path == plugin);

        cache.Reconsider(job, [plugin, other]);

        FileTree tree = (await cache.GetAsync(job)).Tree;
        Assert.Contains(tree.Files, file => file.Path == plugin);
        Assert.DoesNotContain(tree.Files, file => file.Path == other);
    }

    [Fact]
    public async Task What_is_missed_below_a_file_or_a_link_of_the_compiler_changes_nothing()
    {
        var cache = new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests());
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", "-c", "a.c"]);
        Toolchain toolchain = await cache.GetAsync(job);

        // A worker decides what it says was missing.
        cache.Reconsider(job, [.. toolchain.Tree.Files.Select(static file => file.Path + "/x"), .. toolchain.Tree.Links.Select(static link => link.Path + "/x")]);

        Assert.Equal(toolchain.Digest, (await cache.GetAsync(job)).Digest);
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

    [Theory]
    [InlineData("-Btools")]
    [InlineData("-O1")]
    public async Task A_program_that_appears_is_noticed_when_the_compiler_is_described_anew(string flag)
    {
        string tools = Directory.CreateDirectory(Path.Combine(Folder, "tools")).FullName;
        var cache = new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests());
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", flag, "-c", "a.c"]);
        job = job with { Environment = [.. job.Environment, .. flag == "-Btools" ? Array.Empty<string>() : ["COMPILER_PATH=" + tools]] };
        Toolchain first = await cache.GetAsync(job);
        Assert.True(await cache.IsStillAsync(job, first.Digest));
        Assert.Equal(first.Digest, (await cache.GetAsync(job)).Digest);

        File.Copy("/usr/bin/true", Path.Combine(tools, "as"));
        Assert.False(await cache.IsStillAsync(job, first.Digest));
        Toolchain second = await cache.GetAsync(job);
        Assert.Contains(second.Tree.Files, file => file.Path == Path.Combine(tools, "as"));
        Assert.True(await cache.IsStillAsync(job, second.Digest));

        // A script cannot be described, and is another assembler all the same.
        File.WriteAllText(Path.Combine(tools, "as"), "#!/bin/sh\n");
        Assert.False(await cache.IsStillAsync(job, second.Digest));
        await Assert.ThrowsAsync<ToolchainException>(() => cache.GetAsync(job).AsTask());
    }

    [Theory]
    [InlineData("PATH")]
    [InlineData("COMPILER_PATH")]
    public async Task A_file_that_may_not_be_executed_is_no_program(string variable)
    {
        File.Copy("/usr/bin/true", Path.Combine(Folder, "as"));
        File.SetUnixFileMode(Path.Combine(Folder, "as"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        CompileJob job = Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", "-c", "a.c"]);
        Toolchain toolchain = await new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests())
            .GetAsync(job with { Environment = [$"{variable}={Folder}:/usr/bin:/bin"] });
        Assert.DoesNotContain(toolchain.Tree.Files, file => file.Path == Path.Combine(Folder, "as"));
        Assert.Contains(toolchain.Tree.Files, file => file.Path.EndsWith("-as", StringComparison.Ordinal) || file.Path.EndsWith("/as", StringComparison.Ordinal));
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

    private sealed class CountedProbe : ICompilerProbe
    {
        private readonly ProcessCompilerProbe _inner = new();

        public int Questions { get; private set; }

        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default)
        {
            Questions++;
            return _inner.AskAsync(program, arguments, workingDirectory, environment, cancellationToken);
        }
    }
}
