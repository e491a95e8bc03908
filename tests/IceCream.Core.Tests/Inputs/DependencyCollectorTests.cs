using IceCream.Digests;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Processes;
using Xunit;

namespace IceCream.Tests.Inputs;

public sealed class DependencyCollectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("inputs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/usr/bin/gcc")]
    [InlineData("/usr/bin/clang")]
    public async Task Headers_read_and_headers_only_probed_are_collected(string compiler)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "inc"));
        Write("inc/probed.h", "");
        Write("my header.h", "");
        Write("a.c", "#include \"my header.h\"\n#if __has_include(<probed.h>) && !__has_include(<absent.h>)\nint x;\n#endif\n");

        CollectedInputs inputs = await CollectAsync(compiler, new ProcessCompilerProbe());

        Assert.Null(inputs.LocalOnly);
        Assert.Equal(["a.c", "inc/probed.h", "my header.h"], inputs.Files.Where(static path => !path.StartsWith('/')).Order(StringComparer.Ordinal));
        Assert.Contains("inc", inputs.Directories);
    }

    [Theory]
    [InlineData("#define H <a.h>\n#if __has_include(H)\n#endif\n", LocalOnlyKind.Inputs)]
    [InlineData("asm(\".incbin \\\"x\\\"\");\n", LocalOnlyKind.Inputs)]
    [InlineData("const char *t = __TIMESTAMP__;\n", LocalOnlyKind.Inputs)]
    [InlineData("#include \"missing.h\"\n", LocalOnlyKind.Inputs)]
    [InlineData("#include \"pre.h\"\n", LocalOnlyKind.PrecompiledHeader)]
    public async Task A_source_whose_inputs_cannot_be_known_stays_here(string source, LocalOnlyKind kind)
    {
        Write("pre.h", "");
        Write("pre.h.gch", "");
        Write("a.c", source);

        CollectedInputs inputs = await CollectAsync("/usr/bin/gcc", new ProcessCompilerProbe());

        Assert.Equal(kind, inputs.LocalOnly?.Kind);
        Assert.NotEmpty(inputs.LocalOnly!.Detail);
    }

    [Fact]
    public async Task A_compiler_that_cannot_be_started_is_a_reason_to_stay()
    {
        CollectedInputs inputs = await CollectAsync(Path.Combine(_folder, "nothing"), new ProcessCompilerProbe());
        Assert.Equal(LocalOnlyKind.Inputs, inputs.LocalOnly?.Kind);
    }

    [Fact]
    public void Comments_hide_nothing_and_a_mere_test_for_the_macro_is_no_probe()
    {
        HiddenRead found = HiddenReads.Scan("// __has_include(X)\n/* __TIMESTAMP__ */\n#ifdef __has_include\n#if defined(__has_include)\n#endif\n#endif\n");
        Assert.Null(found.Obstacle);
        Assert.Empty(found.Probed);
    }

    [Theory]
    [InlineData("const char *s = R\"x(\" /*)x\";\n#if __has_include(<a.h>)\n#endif\nconst char *e = \"*/\";\n", "a.h", null)]
    [InlineData("int i = 1'000; // don't /*\n#if __has_include(<a.h>)\n#endif\n/* */", "a.h", null)]
    [InlineData("const char *s = \"/*\", c = '\"';\n#if __has_include(<a.h>)\n#endif\n/* */", "a.h", null)]
    [InlineData("asm(\".include \\\"x.inc\\\"\");\n", "", ".include \\\"")]
    [InlineData("__has_include(X) R\"(\n", "", "a raw string without an end")]
    public void Literals_lead_nobody_astray(string source, string probed, string? obstacle)
    {
        HiddenRead found = HiddenReads.Scan(source);
        Assert.Equal((probed, obstacle), (string.Join(' ', found.Probed), found.Obstacle));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private async Task<CollectedInputs> CollectAsync(string compiler, ICompilerProbe probe)
    {
        var job = new CompileJob
        {
            CommandLine = [compiler, "-Iinc", "-c", "a.c"],
            Compiler = compiler,
            WorkingDirectory = _folder,
            Environment = ["PATH=/usr/bin:/bin"],
            Invocation = new CompilerInvocation
            {
                Family = CompilerFamily.Gcc, Language = SourceLanguage.C, Source = "a.c", Output = "a.o", Arguments = ["-Iinc", "-c", "a.c"], Outputs = ["a.o"],
                DependencyArguments = ["-Iinc", "-M", "a.c"], SearchArguments = ["-Iinc"],
            },
        };
        var collector = new DependencyCollector(probe, new SearchFolders(probe), new HiddenReads(new PlainDigests()));
        return await collector.CollectAsync(job);
    }

    private sealed class PlainDigests : IFileDigests
    {
        public bool TryGet(string path, out FileDigest digest)
        {
            digest = default;
            if (!File.Exists(path))
            {
                return false;
            }

            byte[] bytes = File.ReadAllBytes(path);
            digest = new FileDigest(Digest.Of(bytes), bytes.Length, 0, 0, 0);
            return true;
        }
    }
}
