using System.Diagnostics;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>Which libraries of <c>LD_PRELOAD</c> a compile may leave without.</summary>
public sealed class PreloadedLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly PreloadedLibraries _libraries = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("libnothing.so", "int nothing; int add(int a) { return a + 1; }", null)]
    [InlineData("libeatmydata.so", "int puts(const char *s); int fsync(int d) { return puts(\"\"); }", null)]
    [InlineData("libexec.so", "int puts(const char *s); int execve(const char *p) { return puts(p); }", null)]
    [InlineData("libgtk3-nocsd.so.0", "int puts(const char *s); int f(void) { return puts(\"\"); }", null)]
    [InlineData("libfakeroot-sysv.so", "int getuid(void) { return 0; }", null)]
    [InlineData("libcalls.so", "int puts(const char *s); __attribute__((constructor)) void f(void) { puts(\"\"); }", "uses puts")]
    [InlineData("libfaketime.so", "long time(long *t) { return 0; }", "replaces time")]
    public void A_library_that_a_compiler_would_not_notice_is_left_out(string name, string source, string? reason)
    {
        string path = Make(name, source);
        string? told = Judge(path, Make("program.so", "long time(long *t); long f(void) { return time(0); }"));
        Assert.True(reason is null ? told is null : told?.Contains(reason, StringComparison.Ordinal), $"It said: {told}");
    }

    [Fact]
    public void A_library_is_found_by_its_name_where_the_loader_looks()
    {
        string path = Make("libstdbuf.so", "int x;");
        Assert.Null(_libraries.ReasonToStay("libstdbuf.so", "/nowhere:" + _folder, Digest.Of("a"u8), FileTree.Empty));
        Assert.Equal("is not found", _libraries.ReasonToStay("libstdbuf-of-nobody.so", _folder, Digest.Of("a"u8), FileTree.Empty));
        Assert.Equal("is not found", _libraries.ReasonToStay(path + ".gone", "", Digest.Of("a"u8), FileTree.Empty));
    }

    [Fact]
    public void What_is_no_library_keeps_the_compile_here()
    {
        string path = Path.Combine(_folder, "text.so");
        File.WriteAllText(path, "INPUT(libc.so.6)");
        Assert.Equal("is of an unknown format", Judge(path, path));
    }

    [Property(MaxTest = 200)]
    public void A_damaged_library_is_read_without_an_accident(ushort place, byte value, ushort cut)
    {
        byte[] bytes = File.ReadAllBytes(Make("libwhole.so", "int whole;"));
        bytes[place % bytes.Length] = value;
        string path = Path.Combine(_folder, "damaged.so");
        File.WriteAllBytes(path, bytes[..Math.Max(1, bytes.Length - (cut % bytes.Length))]);
        _ = ElfSymbols.Read(path);
    }

    private string? Judge(string library, string program)
    {
        var tree = new FileTree { Files = [new TreeFile(program, Digest.Of("p"u8), 1, 0)] };
        return _libraries.ReasonToStay(library, "", Digest.Of("t"u8), tree);
    }

    private string Make(string name, string source)
    {
        string path = Path.Combine(_folder, name), text = path + ".c";
        if (!File.Exists(path))
        {
            File.WriteAllText(text, source);
            using Process compiler = Process.Start("gcc", ["-w", "-shared", "-fPIC", "-fno-builtin", text, "-o", path]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }

        return path;
    }
}
