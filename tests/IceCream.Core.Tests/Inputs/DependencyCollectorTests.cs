using IceCream.Digests;
using IceCream.FileSystem;
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
    public async Task A_mere_test_for_the_macro_is_no_probe_and_a_comment_is_none()
    {
        Write("a.c", "// __has_include(X)\n#ifdef __has_include\n#if defined(__has_include)\n#endif\n#endif\n");
        CollectedInputs inputs = await CollectAsync("/usr/bin/gcc", new ProcessCompilerProbe());
        Assert.Null(inputs.LocalOnly);
    }

    [Theory]
    [InlineData("const char *s = R\"x(\" /*)x\";\n#if __has_include(<probed.h>)\n#endif\nconst char *e = \"*/\";\n")]
    [InlineData("int i = 1'000; // don't /*\n#if __has_include(<probed.h>)\n#endif\n/* */")]
    [InlineData("const char *s = \"/*\", c = '\"';\n#if __has_include(<probed.h>)\n#endif\n/* */")]
    [InlineData("#if \\\n __has_include /* here */ (<probed.h>)\n#endif\n")]
    public async Task What_looks_like_a_comment_hides_no_probe(string source)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "inc"));
        Write("inc/probed.h", "");
        Write("a.c", source);
        CollectedInputs inputs = await CollectAsync("/usr/bin/g++", new ProcessCompilerProbe());
        Assert.Null(inputs.LocalOnly);
        Assert.Contains("inc/probed.h", inputs.Files);
    }

    [Theory]
    [InlineData("#define HAS __has_include\n#if HAS(<probed.h>)\n#endif\n")]
    [InlineData("#define HAS(x) __has_include(x)\n#if HAS(<probed.h>)\n#endif\n")]
    [InlineData("#if FROM_COMMAND(<probed.h>)\n#endif\n", "-DFROM_COMMAND(x)=__has_include(x)")]
    public async Task A_macro_that_probes_keeps_the_job_here(string source, params string[] arguments)
    {
        Write("a.c", source);
        CollectedInputs inputs = await CollectAsync("/usr/bin/gcc", new ProcessCompilerProbe(), arguments);
        Assert.Equal(LocalOnlyKind.Inputs, inputs.LocalOnly?.Kind);
        Assert.Contains("a macro", inputs.LocalOnly!.Detail, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private async Task<CollectedInputs> CollectAsync(string compiler, ICompilerProbe probe, params string[] arguments)
    {
        var job = new CompileJob
        {
            CommandLine = [compiler, "-Iinc", "-c", "a.c"],
            Compiler = compiler,
            WorkingDirectory = _folder,
            Environment = ["PATH=/usr/bin:/bin"],
            Invocation = new CompilerInvocation
            {
                Family = CompilerFamily.Gcc, Language = SourceLanguage.C, Source = "a.c", Output = "a.o", Arguments = ["-Iinc", .. arguments, "-c", "a.c"], Outputs = ["a.o"],
                DependencyArguments = ["-Iinc", .. arguments, "-M", "a.c"], SearchArguments = ["-Iinc"],
            },
        };
        var collector = new DependencyCollector(probe, new SearchFolders(probe), new SourceReader(new PlainDigests()));
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
