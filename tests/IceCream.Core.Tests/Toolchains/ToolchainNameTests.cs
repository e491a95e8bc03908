using IceCream.Jobs;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

public sealed class ToolchainNameTests
{
    [Theory]
    [InlineData("gcc 12 x86_64-linux-gnu", "/usr/bin/c++", "/usr/bin/x86_64-linux-gnu-g++-12", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus")]
    [InlineData("gcc 14.2.0 aarch64-none-elf", "/opt/arm/bin/aarch64-none-elf-gcc", "/opt/arm/libexec/gcc/aarch64-none-elf/14.2.0/cc1")]
    [InlineData("clang 14", "/usr/bin/clang++", "/usr/lib/llvm-14/bin/clang", "/usr/lib/llvm-14/lib/clang/14.0.6/include/stddef.h")]
    [InlineData("mycc", "/opt/own/mycc", "/opt/own/mycc", "/opt/own/share/table")]
    public void A_compiler_is_called_by_what_its_files_tell(string name, string compiler, params string[] files) =>
        Assert.Equal(name, ToolchainName.Of(compiler, new FileTree { Files = [.. files.Select(static path => new TreeFile(path, default, 1, 0))] }));

    [Fact]
    public void A_name_is_short_whatever_a_compiler_is_called() =>
        Assert.Equal(ToolchainName.Longest, ToolchainName.Of("/" + new string('c', 100_000), FileTree.Empty).Length);
}
