using System.Collections.Immutable;
using FsCheck.Xunit;
using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

public sealed class CommandLineReaderTests
{
    [Theory]
    [InlineData("gcc -c a.c -o a.o", SourceLanguage.C, "a.o")]
    [InlineData("gcc -c dir/a.c", SourceLanguage.C, "a.o")]
    [InlineData("gcc -c a.cc -oout/b.o", SourceLanguage.Cxx, "out/b.o")]
    [InlineData("/usr/bin/g++-12 -c a.c", SourceLanguage.Cxx, "a.o")]
    [InlineData("clang++ -c a.i", SourceLanguage.PreprocessedCxx, "a.o")]
    [InlineData("gcc -S a.cpp", SourceLanguage.Cxx, "a.s")]
    [InlineData("gcc -c -S a.ii", SourceLanguage.PreprocessedCxx, "a.s")]
    [InlineData("gcc -c a.S", SourceLanguage.AssemblerWithCpp, "a.o")]
    [InlineData("gcc -c a.s", SourceLanguage.Assembler, "a.o")]
    [InlineData("gcc -c a.C", SourceLanguage.Cxx, "a.o")]
    [InlineData("gcc -c a.mm", SourceLanguage.ObjectiveCxx, "a.o")]
    [InlineData("gcc -c a.M", SourceLanguage.ObjectiveCxx, "a.o")]
    [InlineData("gcc -c -x c++ a.txt", SourceLanguage.Cxx, "a.o")]
    [InlineData("gcc -c -xassembler-with-cpp a.s", SourceLanguage.AssemblerWithCpp, "a.o")]
    [InlineData("gcc -c a.c -x c++", SourceLanguage.C, "a.o")]
    [InlineData("gcc -c -x c++ -x none a.c", SourceLanguage.C, "a.o")]
    [InlineData("clang -c -emit-llvm a.c", SourceLanguage.C, "a.bc")]
    [InlineData("clang -S -emit-llvm a.c", SourceLanguage.C, "a.ll")]
    public void Language_and_output_follow_the_compilers_rules(string command, object language, string output)
    {
        var invocation = Compile(command);

        Assert.Equal(language, invocation.Language);
        Assert.Equal(output, invocation.Output);
    }

    [Theory]
    [InlineData("", LocalOnlyKind.NotACompile)]
    [InlineData("a.c", LocalOnlyKind.NotACompile)]
    [InlineData("a.o b.o -o program", LocalOnlyKind.NotACompile)]
    [InlineData("a.c b.c -o program", LocalOnlyKind.NotACompile)]
    [InlineData("-c", LocalOnlyKind.NotACompile)]
    [InlineData("-c a.c -o", LocalOnlyKind.NotACompile)]
    [InlineData("-v -c a.c", LocalOnlyKind.NotACompile)]
    [InlineData("--version", LocalOnlyKind.NotACompile)]
    [InlineData("-print-search-dirs", LocalOnlyKind.NotACompile)]
    [InlineData("-dumpversion", LocalOnlyKind.NotACompile)]
    [InlineData("-### -c a.c", LocalOnlyKind.NotACompile)]
    [InlineData("-fsyntax-only a.c", LocalOnlyKind.NotACompile)]
    [InlineData("-E a.c", LocalOnlyKind.PreprocessOnly)]
    [InlineData("-M a.c", LocalOnlyKind.PreprocessOnly)]
    [InlineData("-MM -c a.c", LocalOnlyKind.PreprocessOnly)]
    [InlineData("-c a.c b.c", LocalOnlyKind.SeveralSources)]
    [InlineData("-c -x c -", LocalOnlyKind.StandardInput)]
    [InlineData("-c -x c /dev/stdin", LocalOnlyKind.StandardInput)]
    [InlineData("-c a.c -include -", LocalOnlyKind.StandardInput)]
    [InlineData("-c a.c --unheard-of", LocalOnlyKind.UnknownFlag)]
    [InlineData("-c a.c -fnew-thing=/etc/list", LocalOnlyKind.UnknownFlag)]
    [InlineData("-c a.c -mllvm -thing=/etc/list", LocalOnlyKind.UnknownFlag)]
    [InlineData("-c a.c -mcpu=native+crc", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -save-temps", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -save-temps=obj", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -fdump-tree-all", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -dM", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -dumpbase b", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -wrapper gdb", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -MJ x.json", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -o a.o -object-file-name=b.o", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -o a.o -objcmt-migrate-literals", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Ione -I- -Itwo", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Ione -I - -Itwo", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -fplugin=./p.so -fplugin-arg-p-x=1", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -fpass-plugin=./p.so", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -gen-reproducer", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -arch x86_64 -arch arm64", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xpreprocessor -DA", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -load", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Wa,-I,dir,-a", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -mllvm -Xclang -thing=/etc/list", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -target-cpu -Xclang native", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fmodule-map-file=x", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fdump-record-layouts-simple", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fxray-always-instrument=list", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -funknown-thing=value", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -ast-dump", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fixit", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fixit-recompile", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fix-what-you-can", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -frewrite-includes", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -fsyntax-only", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xclang -target-feature -Xclang x", LocalOnlyKind.LocalFlag)]
    [InlineData("-c -- a.c", LocalOnlyKind.UnknownFlag)]
    [InlineData("-c a.c -Wa,-aln=a.lst", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Wa,--noexecstack,-a", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Xassembler -a", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Wp,-include,b.h", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.c -Wp,-MD,a.d,-MT", LocalOnlyKind.LocalFlag)]
    [InlineData("-c a.h", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("a.hpp", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("-c -x c++-header a.h", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("-c a.c -o a.gch", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("-c a.c -include-pch a.pch", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("-c a.c -Xclang -include-pch -Xclang a.pch", LocalOnlyKind.PrecompiledHeader)]
    [InlineData("-c a.cc -fmodules", LocalOnlyKind.Modules)]
    [InlineData("-c a.cc -fmodules-ts", LocalOnlyKind.Modules)]
    [InlineData("-c a.cc -fmodule-file=x.pcm", LocalOnlyKind.Modules)]
    [InlineData("-c a.cppm", LocalOnlyKind.Modules)]
    [InlineData("-c -x c++-module a.cc", LocalOnlyKind.Modules)]
    [InlineData("-c a.f90", LocalOnlyKind.Language)]
    [InlineData("-c -x cuda a.cu", LocalOnlyKind.Language)]
    [InlineData("-c a.c -o /dev/null", LocalOnlyKind.Output)]
    [InlineData("-c a.c -o -", LocalOnlyKind.Output)]
    [InlineData("-c a.c -MD -MF -", LocalOnlyKind.Output)]
    [InlineData("-c a.c -MD -MF /dev/stdout", LocalOnlyKind.Output)]
    [InlineData("-c @nothing", LocalOnlyKind.ResponseFile)]
    public void What_cannot_travel_stays_for_the_right_reason(string arguments, LocalOnlyKind kind)
    {
        var reading = Read("gcc " + arguments);

        Assert.Null(reading.Invocation);
        Assert.Equal(kind, reading.LocalOnly?.Kind);
    }

    [Theory]
    [InlineData("-MD", "out/a.d")]
    [InlineData("-MMD -MP -MT x -MQ y", "out/a.d")]
    [InlineData("-MD -MF deps/a.dep", "deps/a.dep")]
    [InlineData("-MMD -MFdeps/a.dep", "deps/a.dep")]
    [InlineData("-Wp,-MD,deps/.a.o.d", "deps/.a.o.d")]
    [InlineData("-Wp,-MMD,deps/.a.o.d", "deps/.a.o.d")]
    [InlineData("-Wp,-MD,deps/.a.o.d,-MT,x,-MP", "deps/.a.o.d")]
    [InlineData("-Wp,-MMD,deps/.a.o.d -Wp,-MQ,x,-DX", "deps/.a.o.d")]
    [InlineData("-MF unused.d", null)]
    [InlineData("", null)]
    public void The_dependency_file_is_found(string flags, string? file)
    {
        var invocation = Compile($"gcc {flags} -c a.c -o out/a.o");

        Assert.Equal(file, invocation.DependencyFile);
        Assert.Equal(file is null ? ["out/a.o"] : ["out/a.o", file], invocation.Outputs.ToArray());
    }

    [Theory]
    [InlineData("-gsplit-dwarf", "d/a.c.dwo")]
    [InlineData("--coverage", "d/a.c.gcno")]
    [InlineData("-fprofile-arcs -ftest-coverage", "d/a.c.gcno")]
    [InlineData("-fstack-usage", "d/a.c.su")]
    [InlineData("-fcallgraph-info=su", "d/a.c.ci")]
    [InlineData("-ftime-trace", "d/a.c.json")]
    [InlineData("--serialize-diagnostics a.dia", "a.dia")]
    [InlineData("-flto=thin -fthin-link-bitcode=a.thin", "a.thin")]
    [InlineData("-flto=thin -Xclang -fthin-link-bitcode=a.thin", "a.thin")]
    public void Extra_outputs_lie_beside_the_object(string flags, string extra)
    {
        Assert.Equal(["d/a.c.o", extra], Compile($"clang {flags} -c a.c -o d/a.c.o").Outputs.ToArray());
    }

    [Theory]
    [InlineData("gcc", "-gsplit-dwarf", "d/.out.dwo")]
    [InlineData("gcc", "-MD", "d/.d")]
    [InlineData("clang", "-gsplit-dwarf", "d/.dwo")]
    public void A_name_that_is_all_suffix_is_one_to_some(string compiler, string flags, string extra) =>
        Assert.Equal(["d/.out", extra], Compile($"{compiler} {flags} -c a.c -o d/.out").Outputs.ToArray());

    [Theory]
    [InlineData("-fprofile-use=a.gcda", "a.gcda")]
    [InlineData("-fauto-profile=p/a.afdo", "p/a.afdo")]
    [InlineData("-fsanitize-ignorelist=/l/i.txt", "/l/i.txt")]
    [InlineData("-fsanitize-blacklist=i.txt", "i.txt")]
    [InlineData("-fsanitize-coverage-allowlist=i.txt", "i.txt")]
    [InlineData("-specs=nano.specs", "nano.specs")]
    [InlineData("-Xclang -add-plugin -Xclang p -Xclang -plugin-arg-p -Xclang a/list.txt -Xclang -plugin-arg-p -Xclang x=b/c", "a/list.txt")]
    public void Files_that_only_flags_name_are_inputs(string flags, string file)
    {
        Assert.Equal([file], Compile($"gcc {flags} -c a.c").NamedInputs.ToArray());
    }

    [Fact]
    public void Folders_that_flags_name_are_listed_with_the_system_root_put_in()
    {
        var invocation = Compile(
            "gcc -c a.c -Ione -I two -isystem three -iquote four -idirafter five -B six --sysroot=/root -I=/seven -iprefix eight/ -iwithprefix nine -isystem one");

        Assert.Equal(["one", "two", "three", "four", "five", "six", "/root", "/root/seven", "eight/nine"], invocation.NamedDirectories.ToArray());
    }

    [Theory]
    [InlineData("-O2 -g -Wall -Wextra -Wno-unused -std=gnu++20 -fPIC -fno-exceptions -m32 -march=x86-64-v3 -pthread -pipe -w -pedantic")]
    [InlineData("-ffile-prefix-map=/a/b=. -fmacro-prefix-map=/a=b -fdebug-prefix-map=/a=. -frandom-seed=/x -fdebug-compilation-dir=/x")]
    [InlineData("-Wa,--noexecstack -Wa,-mrelax-relocations=no -Wa,--gdwarf-5 -Wa,--defsym,A=1 -Xassembler --noexecstack")]
    [InlineData("-lm -L/usr/lib -Wl,-z,now,-rpath,/x -fuse-ld=/usr/bin/ld.gold -shared -flto=auto -Xlinker -x")]
    [InlineData("-fmodulo-sched -grecord-gcc-switches -ggdb3 -gdwarf-5 --param x=1 --param=y=2 -arch x86_64 -fworking-directory")]
    [InlineData("-Xclang -fcolor-diagnostics -mllvm -inline-threshold=9 -Wp,-D_FORTIFY_SOURCE=2,-UX -target x86_64-linux-gnu")]
    [InlineData("-Xclang -debug-info-kind=constructor -Xclang -fno-cxx-exceptions -Xclang -Wthread-safety -Xclang -dwarf-version=4")]
    [InlineData("-Xclang -mllvm -Xclang -x=1 -Xclang -fdebug-compilation-dir -Xclang . -Xclang -target-feature -Xclang +sse4.2")]
    [InlineData("-fcrash-diagnostics-dir=../crash -Rpass=inline -Rpass-missed=.* -Wa,-Iinc,-I,other -include /dev/null")]
    [InlineData("-Wa,--generate-missing-build-notes=yes,--debug-prefix-map=/a=b -Wa,-fdebug-compilation-dir,. -Wa,-EL,-n,-L,--defsym=A=1")]
    [InlineData("-rtlib=compiler-rt --unwindlib=libunwind --stdlib=libc++ -static-libsan -nopie -rpath /x -symbolic -Qy -EL -G0 -G 8")]
    [InlineData("-ftrivial-auto-var-init=zero -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang -isystem-after /i --embed-dir=e")]
    [InlineData("--include config.h --imacros=m.h --pedantic --pipe --start-no-unused-arguments -Wl,x --end-no-unused-arguments --system-header-prefix=a/")]
    [InlineData("-finstrument-functions-exclude-file-list=/usr/include,x -fprofile-exclude-files=.*/a -fmemory-profile=/p -Xclang -relaxed-aliasing")]
    [InlineData("-include config.h -imacros m.h -nostdinc -nostdinc++ -undef -DX='a/b' -U Y -D Z")]
    public void Common_flags_travel(string flags)
    {
        Compile($"clang {flags} -c a.c -o a.o");
    }

    [Fact]
    public void Words_behind_two_dashes_are_files_to_clang()
    {
        Assert.Equal("a.c", Compile("clang -c -o a.o -- a.c").Source);
        Assert.Equal(LocalOnlyKind.UnknownFlag, Read("clang -c -o a.o -- -a.c").LocalOnly?.Kind);
    }

    [Fact]
    public void Clang_takes_a_dependency_file_only_from_a_list_that_says_no_more() =>
        Assert.Equal(LocalOnlyKind.LocalFlag, Read("clang -c a.c -Wp,-MD,a.d,-MT,x").LocalOnly?.Kind);

    [Fact]
    public void Dependencies_that_nobody_keeps_are_no_output()
    {
        CompilerInvocation invocation = Compile("gcc -MD -MF /dev/null -c a.c -o a.o");
        Assert.Equal(["a.o"], invocation.Outputs.ToArray());
        Assert.Null(invocation.DependencyFile);
    }

    [Fact]
    public void Folders_that_the_assembler_searches_are_listed()
    {
        Assert.Equal(["one", "two", "."], Compile("gcc -c a.s -Wa,-Ione,-I,two -Wa,-I").NamedDirectories.ToArray());
    }

    [Fact]
    public void Response_files_are_replaced_and_named_as_inputs()
    {
        var reading = CommandLineReader.Read(
            ["gcc", "@flags.rsp", "a.c"], CompilerFamily.Gcc, "/w", path => path == "/w/flags.rsp" ? "-c '-DA=b c'\n-o out.o" : null);

        Assert.NotNull(reading.Invocation);
        Assert.Equal(["-c", "-DA=b c", "-o", "out.o", "a.c"], reading.Invocation.Arguments.ToArray());
        Assert.Equal(["flags.rsp"], reading.Invocation.NamedInputs.ToArray());
        Assert.Equal("out.o", reading.Invocation.Output);
    }

    [Property]
    public bool Any_unknown_flag_is_named(uint number)
    {
        var flag = $"--zz-{number}";
        return Read($"gcc -c a.c {flag} -o a.o").LocalOnly == new LocalOnlyReason(LocalOnlyKind.UnknownFlag, flag);
    }

    [Property]
    public bool Reading_random_words_never_throws_and_says_exactly_one_thing(string?[] words)
    {
        var reading = CommandLineReader.Read([.. words.Select(word => word ?? "")], CompilerFamily.Clang, "/w", path => path.Length % 2 == 0 ? "-c a.c" : null);
        return reading.Invocation is null != reading.LocalOnly is null;
    }

    [Property(MaxTest = 500)]
    public bool Reading_rows_of_the_table_in_any_order_keeps_the_invariants(int[] picks)
    {
        var names = CompilerFlags.Table.Select(row => row.Name).Order(StringComparer.Ordinal).ToArray();
        var flags = picks.Select(pick => names[(int)((uint)pick % (uint)names.Length)]);
        var reading = CommandLineReader.Read(["clang", .. flags, "-c", "a.c"], CompilerFamily.Clang, "/w", _ => null);
        return reading.Invocation is { } invocation
            ? reading.LocalOnly is null && invocation.Outputs[0] == invocation.Output && invocation.Outputs.Distinct().Count() == invocation.Outputs.Length
            : reading.LocalOnly is not null;
    }

    [Fact]
    public void Every_row_of_the_table_has_a_spelling_under_which_it_is_found()
    {
        foreach (var row in CompilerFlags.Table)
        {
            Assert.NotEqual(FlagTraits.None, row.Traits & (FlagTraits.Alone | FlagTraits.Joined | FlagTraits.Separate));
            var spelling = row.Has(FlagTraits.Alone) || row.Has(FlagTraits.Separate) || row.Name.EndsWith('=') ? row.Name : row.Name + "\u0001";
            Assert.Same(row, CompilerFlags.Find(spelling)?.Flag);
        }
    }

    private static CompilerInvocation Compile(string command)
    {
        var reading = Read(command);
        Assert.True(reading.Invocation is not null, $"{command}: {reading.LocalOnly}");
        return reading.Invocation;
    }

    private static CommandLineReading Read(string command)
    {
        ImmutableArray<string> words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return CommandLineReader.Read(words, CompilerNames.Family(words[0]) ?? CompilerFamily.Gcc, "/w", _ => null);
    }
}
