using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>Flags for the own processor, on processors that this machine does not have: drivers are told by what they would print.</summary>
public sealed class OwnProcessorTests
{
    private delegate string Driver(IReadOnlyList<string> flags);

    /// <summary>GCC 12 on Sapphire Rapids, which it takes for a Cooper Lake with more, tuned like any; and on Zen 3.</summary>
    [Theory]
    [InlineData("-march=cooperlake -mavx -mno-sse4a --param l2-cache-size=307200 -mtune=generic", "-march=cooperlake -mavx -mno-sse4a --param l2-cache-size=307200 -mtune=generic")]
    [InlineData("-march=znver3 -mavx -mno-hle --param l2-cache-size=512 -mtune=znver3", "-march=znver3 -mavx -mno-hle --param l2-cache-size=512 -mtune=znver3")]
    public async Task Gcc_is_told_what_it_would_find_out(string native, string expected) =>
        Assert.Equal(expected, await SpellOutAsync(flags => Gcc(native, flags)));

    /// <summary>Clang 14 on Zen 5, which it does not know; and on Ice Lake.</summary>
    [Theory]
    [InlineData("x86-64", "+avx512f", "-march=x86-64 -Xclang -target-feature -Xclang +avx512f")]
    [InlineData("icelake-client", "+avx512f", "-march=icelake-client -Xclang -target-feature -Xclang +avx512f")]
    public async Task Clang_is_told_what_it_would_find_out(string processor, string feature, string expected) =>
        Assert.Equal(expected, await SpellOutAsync(flags => Clang(processor, feature, flags)));

    [Fact]
    public async Task A_compiler_whose_words_cannot_be_had_otherwise_is_left_alone() =>
        Assert.Null(await SpellOutAsync(static flags => flags.Contains("-march=native") ? " /usr/lib/cc1 -march=secret" : " /usr/lib/cc1 -march=known"));

    [Fact]
    public async Task A_compiler_whose_configuration_has_changed_is_asked_anew()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-processor-").FullName, configuration = Path.Combine(folder, "clang.cfg");
        try
        {
            await File.WriteAllTextAsync(configuration, "-O2\n");
            string processor = "x86-64";
            var asked = new OwnProcessor(new Probe(flags => $"Configuration file: {configuration}\n{Clang(processor, "+avx512f", flags)}"));
            ProcessorFlags first = Assert.IsType<ProcessorFlags>(await asked.SpellOutAsync(Job()));
            Assert.Equal("-march=x86-64", first.Words[0]);
            Assert.Contains(configuration, first.Beside);

            processor = "icelake-client";
            Assert.Same(first, await asked.SpellOutAsync(Job()));
            await File.WriteAllTextAsync(configuration, "-O2 -fno-omit-frame-pointer\n");
            Assert.Equal("-march=icelake-client", Assert.IsType<ProcessorFlags>(await asked.SpellOutAsync(Job())).Words[0]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Which configuration Clang obeys depends on HOME, and one variable forbids it all.</summary>
    [Theory]
    [InlineData("HOME=/home/anna", "HOME=/home/ben", 2)]
    [InlineData("CLANG_NO_DEFAULT_CONFIG=1", "HOME=/home/anna", 2)]
    [InlineData("COLUMNS=80", "COLUMNS=100", 1)]
    public async Task Commands_whose_driver_finds_other_files_are_asked_for_each(string one, string other, int answers)
    {
        var asked = new OwnProcessor(new Probe(static flags => Clang("icelake-client", "+avx512f", flags)));
        ProcessorFlags?[] told = [await asked.SpellOutAsync(Job() with { Environment = [one] }), await asked.SpellOutAsync(Job() with { Environment = [other] })];
        Assert.All(told, static flags => Assert.NotNull(flags));
        Assert.Equal(answers, told.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    /// <summary>A driver of GCC's: what is found out comes first, then the common tuning and processor unless others are named.</summary>
    private static string Gcc(string native, IReadOnlyList<string> flags)
    {
        string said = string.Join(' ', flags.Select(flag => flag == "-march=native" ? native : flag));
        string processor = said.Contains("-march=", StringComparison.Ordinal) ? said[(said.IndexOf("-march=", StringComparison.Ordinal) + 7)..].Split(' ')[0] : "x86-64";
        string tuning = said.Contains("-mtune=", StringComparison.Ordinal) ? "" : processor == "x86-64" ? " -mtune=generic" : "";
        return $" /usr/lib/cc1 -quiet {said}{tuning}{(said.Contains("-march=", StringComparison.Ordinal) ? "" : " -march=x86-64")}";
    }

    /// <summary>A driver of Clang's: it tunes for the common processor when none is named.</summary>
    private static string Clang(string processor, string feature, IReadOnlyList<string> flags)
    {
        var said = new StringBuilder(" /usr/lib/clang -cc1");
        string? named = flags.FirstOrDefault(static flag => flag.StartsWith("-march=", StringComparison.Ordinal))?[7..];
        said.Append(" -target-cpu ").Append(named switch { null => "x86-64", "native" => processor, _ => named });
        if (named == "native")
        {
            said.Append(" -target-feature ").Append(feature);
        }

        for (int i = 0; i + 3 < flags.Count; i++)
        {
            if (flags[i] == "-Xclang" && flags[i + 1] == "-target-feature")
            {
                said.Append(" -target-feature ").Append(flags[i + 3]);
            }
        }

        return said.Append(named is null ? " -tune-cpu generic" : "").ToString();
    }

    private static async Task<string?> SpellOutAsync(Driver driver)
    {
        ProcessorFlags? flags = await new OwnProcessor(new Probe(driver)).SpellOutAsync(Job());
        return flags is null ? null : string.Join(' ', flags.Words);
    }

    private static CompileJob Job() => new()
    {
        CommandLine = ["cc", "-march=native", "-c", "a.c"],
        Compiler = "/bin/sh",
        WorkingDirectory = "/",
        Environment = [],
        Invocation = CommandLineReader.Read(["cc", "-march=native", "-c", "a.c"], CompilerFamily.Gcc, "/", static _ => null).Invocation,
    };

    private sealed class Probe(Driver driver) : ICompilerProbe
    {
        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default) =>
            new(new ProbeAnswer(0, "", driver([.. arguments.TakeWhile(static word => word != "-###")]) + "\n"));
    }
}
