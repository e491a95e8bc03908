using System.Collections.Immutable;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>What a worker's compile gives, byte for byte.</summary>
public sealed class CompilerExecutorTests : CompiledElsewhere
{
    [Theory]
    [InlineData("gcc", "a.c", "-O0", "-g")]
    [InlineData("g++", "a.cc", "-O2", "-Wall")]
    [InlineData("g++", "a.cc", "-g", "-gsplit-dwarf")]
    [InlineData("clang", "a.c", "-O2", "-Wall")]
    [InlineData("clang++", "a.cc", "-O0", "-g")]
    public async Task Object_depfile_and_diagnostics_are_those_of_home(string compiler, string source, string first, string second)
    {
        Write("a.h", "static inline int twice(int unused, int x) { return x + x; }\n");
        Write("a.c", "#include <stdio.h>\n#include \"a.h\"\nint f(void) { int unused; puts(__FILE__); return twice(1, 2); }\n");
        Write("a.cc", "#include <string>\n#include <vector>\n#include \"a.h\"\nstd::vector<std::string> f() { int unused; return {__FILE__}; }\n");
        ImmutableArray<string> command = [compiler, first, second, "-MD", "-c", source, "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        (int exitCode, string errors) = AtHome(command);

        Assert.Null(remote.Failure);
        Assert.Equal((exitCode, errors), (remote.ExitCode, System.Text.Encoding.UTF8.GetString(remote.StandardError.Span)));
        Assert.Equal(0, exitCode);
        Assert.NotEmpty(remote.Outputs);
        Assert.All(remote.Outputs, output => Assert.Equal(File.ReadAllBytes(output.Path), output.Content.ToArray()));
        Assert.Equal(
            Directory.GetFiles(Source, "out*").Order(StringComparer.Ordinal), remote.Outputs.Select(output => output.Path).Order(StringComparer.Ordinal));

        // A variable without a row in the table would keep every compile of whoever has it set at home.
        Assert.True(remote.Lookups is { Gap: null, Objection: null, Trouble: null }, remote.Lookups?.ToString());
        Assert.Empty(remote.Lookups!.Lists!.Variables);
    }

    [Theory]
    [InlineData("gcc", true)]
    [InlineData("clang", false)]
    public async Task An_old_object_stays_or_goes_as_it_does_at_home(string compiler, bool stays)
    {
        Write("bad.c", "int x = ;\n");
        Write("out.o", "old");
        ImmutableArray<string> command = [compiler, "-c", "bad.c", "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        (int exitCode, string errors) = AtHome(command);

        Assert.Equal((exitCode, errors), (remote.ExitCode, System.Text.Encoding.UTF8.GetString(remote.StandardError.Span)));
        Assert.Equal(stays, File.Exists(Path.Combine(Source, "out.o")));
        Assert.Equal(stays, remote.Removed.IsEmpty);
    }

    [Fact]
    public async Task Equal_headers_at_two_paths_stay_two_files()
    {
        Write("one/same.h", "#pragma once\n#include \"own.h\"\n");
        Write("two/same.h", "#pragma once\n#include \"own.h\"\n");
        Write("one/own.h", "int one;\n");
        Write("two/own.h", "int two;\n");
        File.SetLastWriteTimeUtc(Path.Combine(Source, "one/same.h"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Write("a.c", "#include \"one/same.h\"\n#include \"two/same.h\"\nint sum(void) { return one + two; }\n");
        ImmutableArray<string> command = ["clang", "-c", "a.c", "-o", "out.o"];

        CompileResult remote = await CompileAsync(command);
        Assert.Equal(0, AtHome(command).ExitCode);

        Assert.Equal(0, remote.ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, "out.o")), Assert.Single(remote.Outputs).Content.ToArray());
    }

    [Fact]
    public async Task A_blob_that_is_gone_is_the_workers_failure()
    {
        Write("a.c", "int x;\n");
        CompileJob job = await PrepareAsync(["gcc", "-c", "a.c", "-o", "out.o"]);
        CompileResult result = await Executor.ExecuteAsync(job with { Toolchain = Digest.Of("nothing"u8) });

        Assert.Equal(FailureRemedy.AnotherWorker, result.Failure?.Remedy);
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/var/tmp", "TMPDIR=", "TMP=/var/tmp", "TEMP=/tmp")]
    public async Task Words_about_a_temporary_file_name_it_as_at_home(string folder, params string[] variables)
    {
        Write("a.c", "__asm__(\".warning \\\"größe\\\"\");\n__asm__(\".warning \\\"again\\\"\");\n");
        CompileJob job = await PrepareAsync(["gcc", "-c", "a.c", "-o", "out.o"]);
        CompileResult remote = await Executor.ExecuteAsync(job with { Environment = [.. job.Environment, .. variables] });

        string words = System.Text.Encoding.UTF8.GetString(remote.StandardError.Span);
        Assert.Matches($@"^{folder}/cc\w+\.s: Assembler messages:\n{folder}/cc\w+\.s:\d+: Warning: größe\n{folder}/cc\w+\.s:\d+: Warning: again\n$", words);
    }
}
