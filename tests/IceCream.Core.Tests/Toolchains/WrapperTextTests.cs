using IceCream.Toolchains.Wrappers;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>What is told of a wrapper by the text of its script.</summary>
public sealed class WrapperTextTests
{
    [Theory]
    [InlineData("exec gcc \"$@\" -specs x", null)]
    [InlineData("# $RANDOM and $$\nset -e; export PATH; env A=1 gcc -t2 -x c", null)]
    [InlineData("for f in a b; do set -- \"$@\" \"$f\"; done\nexec env -u A gcc", null)]
    [InlineData("echo $((RANDOM % 3))", "RANDOM")]
    [InlineData("exec gcc -o /x.$$", "$$")]
    [InlineData("printf '%(%Y)T'", "%(")]
    [InlineData("[ a -nt b ] && gcc", "-nt")]
    [InlineData("[ -t 1 ] && gcc", "-t 1")]
    [InlineData("ls -lt /", "ls -lt")]
    [InlineData("ls -1 -t /", "ls -1 -t")]
    [InlineData("ls --sort=time /", "--sort")]
    [InlineData("ls -1d a*; cat a | sort -u; sed '$!N' a", null)]
    [InlineData("ls --directory a* | head -c 1", null)]
    [InlineData("sort -u --random-sort a", "--random")]
    [InlineData("sleep 0 & gcc -o /x.$!", "$!")]
    [InlineData("awk 'BEGIN { print PROCINFO[\"pid\"] }'", "PROCINFO")]
    [InlineData("find . -printf %T@", "-printf")]
    [InlineData("find . -newer x", "-newer")]
    [InlineData("x=$(od -N2 /dev/urandom)", "/dev/urandom")]
    [InlineData("for x in ${!A@}; do", "${!A@}")]
    [InlineData("if [ -f a -a -O b ]; then", "-O")]
    [InlineData("cat ~root/x", "~r")]
    [InlineData("cd $TMPDIR", "TMPDIR")]
    [InlineData("env | grep X", "env |")]
    [InlineData("x=$(env)", "env)")]
    [InlineData("set | grep X", "set |")]
    [InlineData("export -p", "export -p")]
    [InlineData("a\nprintenv X", "printenv")]
    [InlineData("gcc -mtune=native", "-mtune=native")]
    [InlineData("ARCH=native\nexec clang -march=$ARCH", "H=native")]
    [InlineData("exec clang -march=${ARCH:-\"native\"}", ":-\"native")]
    [InlineData("if [[ \"$p\" = -m*=native ]]; then continue; fi", null)]
    [InlineData("case $x in native) x=1;; *) x=native-code;; esac", null)]
    public void What_no_observer_sees_of_a_shell_is_told_by_its_text(string text, string? named) =>
        Assert.Equal((named is null, true), (WrapperText.ReasonToStay(text) is null, (WrapperText.ReasonToStay(text) ?? "").Contains(named ?? "", StringComparison.Ordinal)));

    [Theory]
    [InlineData("NIX_CFLAGS_COMPILE=-O2 -march=native", true)]
    [InlineData("ARCH=native", true)]
    [InlineData("ARCH='native' x", true)]
    [InlineData("ARCH=x86-64-v3", false)]
    [InlineData("FLAGS=-fnative -Dnative", false)]
    [InlineData("native=1", false)]
    public void A_variable_may_ask_for_this_machines_processor(string variable, bool may) => Assert.Equal(may, WrapperText.MayMeanProcessor(variable));

    [Theory]
    [InlineData("exec $CC_REAL", "CC_REAL", true)]
    [InlineData("exec $CC_REAL", "CC_REA", false)]
    [InlineData("exec $CC_REAL", "CC_REAL_2", false)]
    [InlineData("eval x=\\$SPACK_$1", "SPACK_CC", true)]
    [InlineData("x=${!name}; y=${1}_FLAGS", "C_FLAGS", true)]
    [InlineData("eval x=\\$A$1", "A7", true)]
    [InlineData("eval x=\\${A\"$1\"}", "A7", true)]
    [InlineData("x=${!name}; y=${1}_F", "C_F", true)]
    [InlineData("x=${!name}; y=Z", "A7", false)]
    [InlineData("exec gcc", "BASH_FUNC_gcc%%", true)]
    [InlineData("exec gcc", "BASH_ENV", true)]
    public void The_variables_of_a_script_are_those_that_it_names(string text, string name, bool isNamed) =>
        Assert.Equal(isNamed, WrapperText.Obeys(name, WrapperText.Words(text), WrapperText.ComposesNames(text)));
}
