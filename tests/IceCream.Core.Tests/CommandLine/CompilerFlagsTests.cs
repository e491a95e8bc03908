using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

/// <summary>What the table says of flags as they stand in commands.</summary>
public sealed class CompilerFlagsTests
{
    [Fact]
    public void Flags_come_with_their_values_and_the_words_that_they_are_made_of()
    {
        FlagUse[] uses = [.. CompilerFlags.In("-c a.c -I inc -DX=1 -o a.o -isystem".Split(' '))];
        Assert.Equal(["-c", "-I inc", "-DX=1", "-o a.o", "-isystem"], uses.Select(static use => string.Join(' ', use.Words)));
        Assert.Equal(["", "inc", "X=1", "a.o", ""], uses.Select(static use => use.Value));
    }

    /// <summary>As GCC 12 and Clang 14 read them: with either spelling <c>-###</c> shows the same command.</summary>
    [Theory]
    [InlineData("--compile a.c", "-c a.c")]
    [InlineData("--assemble a.c", "-S a.c")]
    [InlineData("-c a.c --output=b.o", "-c a.c -o b.o")]
    [InlineData("-c a.c --output b.o", "-c a.c -o b.o")]
    [InlineData("-c --language=c++ a.c", "-c -x c++ a.c")]
    [InlineData("-c --language c++ a.c", "-c -x c++ a.c")]
    [InlineData("-c a.c --define-macro=X=1 --define-macro Y --undefine-macro=Z --undefine-macro V", "-c a.c -DX=1 -DY -UZ -UV")]
    [InlineData("-c a.c --include-directory=one --include-directory two --include-directory-after=three", "-c a.c -Ione -I two -idirafter three")]
    [InlineData("-c a.c --include=a.h --imacros b.h", "-c a.c -include a.h -imacros b.h")]
    [InlineData("-c a.c --write-dependencies", "-c a.c -MD")]
    [InlineData("-c a.c --write-user-dependencies -MF b.d", "-c a.c -MMD -MF b.d")]
    [InlineData("-c a.c --debug --optimize=2 --std c11 --unsigned-char --no-standard-includes --sysroot / --param x=1", "-c a.c -g -O2 -std=c11 -funsigned-char -nostdinc --sysroot=/ --param=x=1")]
    public void A_long_spelling_means_what_the_short_one_does(string spelled, string brief)
    {
        foreach (CompilerFamily family in (CompilerFamily[])[CompilerFamily.Gcc, CompilerFamily.Clang])
        {
            CompilerInvocation one = Compile(spelled, family), other = Compile(brief, family);
            Assert.Equal((other.Language, other.Source, other.Output, other.DependencyFile), (one.Language, one.Source, one.Output, one.DependencyFile));
            Assert.Equal(other.Outputs.AsEnumerable(), one.Outputs);
            Assert.Equal(other.NamedInputs.AsEnumerable(), one.NamedInputs);
            Assert.Equal(other.NamedDirectories.AsEnumerable(), one.NamedDirectories);
            Assert.Equal(Actions(brief), Actions(spelled));
        }

        static CompilerInvocation Compile(string flags, CompilerFamily family) => CommandLineReader.Read(["cc", .. flags.Split(' ')], family, "/w", static _ => null).Invocation!;

        static (FlagAction Action, string Value, FlagTraits Effects)[] Actions(string flags) =>
        [
            .. CompilerFlags.In(flags.Split(' ')).Select(static use => (use.Flag.Action, use.Flag.Action == FlagAction.None ? "" : use.Value,
                use.Flag.Traits & ~(FlagTraits.Alone | FlagTraits.Joined | FlagTraits.Separate | FlagTraits.Family))),
        ];
    }

    [Theory]
    [InlineData("--preprocess a.c")]
    [InlineData("--dependencies a.c")]
    [InlineData("--user-dependencies a.c")]
    public void A_long_spelling_that_only_preprocesses_stays(string command) => Assert.Equal(
        LocalOnlyKind.PreprocessOnly, CommandLineReader.Read(["gcc", .. command.Split(' ')], CompilerFamily.Gcc, "/w", static _ => null).LocalOnly?.Kind);

    [Theory]
    [InlineData("-Bbin")]
    [InlineData("-B bin")]
    [InlineData("--sysroot=/root")]
    [InlineData("--sysroot /root")]
    [InlineData("-isysroot /root")]
    [InlineData("-specs=file")]
    [InlineData("--specs file")]
    [InlineData("-m32")]
    [InlineData("-mx32")]
    [InlineData("--gcc-toolchain=/usr")]
    [InlineData("--gcc-install-dir=/usr/lib/gcc/x/12")]
    [InlineData("--target=aarch64-linux-gnu")]
    [InlineData("-target aarch64-linux-gnu")]
    [InlineData("-stdlib=libc++")]
    [InlineData("--stdlib=libc++")]
    [InlineData("-EL")]
    [InlineData("-resource-dir=/r")]
    [InlineData("-resource-dir /r")]
    [InlineData("-nostdinc")]
    [InlineData("-nostdinc++")]
    [InlineData("-fno-integrated-as")]
    [InlineData("-no-integrated-as")]
    [InlineData("-finput-charset=latin1")]
    [InlineData("-fexec-charset=latin1")]
    [InlineData("-fwide-exec-charset=UTF-16")]
    public void Another_value_makes_another_toolchain(string flag) => Assert.True(Has(flag, FlagTraits.MovesToolchain));

    [Theory]
    [InlineData("-O2")]
    [InlineData("-Iinc")]
    [InlineData("-DX")]
    [InlineData("-march=native")]
    [InlineData("-std=c++20")]
    [InlineData("-fPIC")]
    public void One_toolchain_serves_whatever_the_value(string flag) => Assert.False(Has(flag, FlagTraits.MovesToolchain));

    [Theory]
    [InlineData("-g", true)]
    [InlineData("-g3", true)]
    [InlineData("-ggdb", true)]
    [InlineData("-gsplit-dwarf", true)]
    [InlineData("-flto=auto", true)]
    [InlineData("-g0", false)]
    [InlineData("-O2", false)]
    public void Only_GCC_writes_the_flags_into_debug_information_and_link_time_code(string flag, bool writes)
    {
        Assert.Equal(writes, Has(flag, FlagTraits.RecordsFlagsInGcc));
        Assert.False(Has(flag, FlagTraits.RecordsFlags | FlagTraits.RecordsCommand));
    }

    [Theory]
    [InlineData("-fverbose-asm")]
    [InlineData("-fembed-bitcode")]
    [InlineData("-fembed-bitcode=all")]
    [InlineData("-frecord-gcc-switches")]
    [InlineData("-grecord-command-line")]
    public void Whatever_the_compiler_these_write_flags_into_the_output(string flag) => Assert.True(Has(flag, FlagTraits.RecordsFlags | FlagTraits.RecordsCommand));

    [Theory]
    [InlineData("-fprofile-use")]
    [InlineData("-fprofile-use=dir")]
    [InlineData("-fauto-profile")]
    [InlineData("-fbranch-probabilities")]
    public void Profiles_are_read(string flag) => Assert.True(Has(flag, FlagTraits.ReadsProfile));

    [Theory]
    [InlineData("-fdiagnostics-color=always")]
    [InlineData("-fno-color-diagnostics")]
    [InlineData("-fdiagnostics-format=json")]
    [InlineData("-fdiagnostics-plain-output")]
    public void How_diagnostics_look_has_been_said(string flag) => Assert.True(Has(flag, FlagTraits.StylesDiagnostics));

    [Theory]
    [InlineData("PATH=/bin", VariableTraits.MovesToolchain | VariableTraits.FolderList)]
    [InlineData("GCC_EXEC_PREFIX=/x/", VariableTraits.MovesToolchain | VariableTraits.FolderList | VariableTraits.MovesPrograms)]
    [InlineData("LC_MESSAGES=C", VariableTraits.MovesToolchain)]
    [InlineData("TERM=xterm", VariableTraits.OfTerminal)]
    [InlineData("TMPDIR=/tmp", VariableTraits.OfCommand)]
    [InlineData("SOURCE_DATE_EPOCH=1", VariableTraits.None)]
    public void Variables_have_their_traits(string entry, object traits) => Assert.Equal((VariableTraits)traits, CompilerVariables.FindEntry(entry)?.Traits);

    private static bool Has(string flag, FlagTraits anyOf) => CompilerFlags.FirstWith(anyOf, flag.Split(' ')) is not null;
}
