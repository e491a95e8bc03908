using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>What binds a compile to the machine on which its compiler was set up.</summary>
public sealed class MachineBindingTests : ToolchainFolder
{
    [Theory]
    [InlineData("*self_spec:\n+ -march=native\n\n", "-march=native")]
    [InlineData("%include <inner.specs>\n\n", "-mtune=native")]
    [InlineData("*asm:\n+ %:getenv(MYDEF /V)\n\n", "MYDEF")]
    [InlineData("*asm:\n+ %{march=native:%:local_cpu_detect(arch)}\n\n", null)]
    public async Task Specs_that_bind_a_compile_to_this_machine_keep_it_here(string specs, string? named)
    {
        File.WriteAllText(Path.Combine(Folder, "my.specs"), specs.Replace("inner.specs", Path.Combine(Folder, "inner.specs"), StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Folder, "inner.specs"), "*cc1:\n+ -mtune=native\n\n");
        await FindReasonAsync(Job("/usr/bin/gcc", CompilerFamily.Gcc, SourceLanguage.C, ["gcc", "-specs=my.specs", "-c", "a.c"]), named);
    }

    [Theory]
    [InlineData("-O2\n", null)]
    [InlineData("-O2 @inner.cfg\n", "-mcpu=native")]
    [InlineData("# -march=native\n-O2 \"-march=\\\nnative\"\n", "-march=native")]
    [InlineData("# from C:\\clang\\\n-march=native\n", "-march=native")]
    [InlineData("# from C:\\clang\\\r\n-march=native\r\n", "-march=native")]
    [InlineData("-O2 \\\n# -march=native\n", "-march=native")]
    [InlineData("  # -march=native\n-O2 \\\n\n", null)]
    [InlineData("'@in ner.cfg'\n", "-mtune=native")]
    [InlineData("@in\\ ner.cfg\n", "-mtune=native")]
    [InlineData("@my.cfg @round.cfg\n", null)]
    [InlineData("-O2 -MD\n", "-MD")]
    [InlineData("-MF all.d\n", "-MF")]
    [InlineData("-O2 -ftime-trace\n", "-ftime-trace")]
    [InlineData("-save-temps=obj\n", "-save-temps=obj")]
    [InlineData("-fprofile-arcs -ftest-coverage\n", "-fprofile-arcs")]
    [InlineData("--coverage\n", "--coverage")]
    [InlineData("-g -gsplit-dwarf\n", "-gsplit-dwarf")]
    [InlineData("-o everything.o\n", "-o")]
    [InlineData("-S\n", "-S")]
    [InlineData("-E\n", "-E")]
    [InlineData("-x c++\n", "-x")]
    [InlineData("-fmodules\n", "-fmodules")]
    [InlineData("-Xarch_host -save-temps\n", "-save-temps")]
    [InlineData("-Xarch_host -fstack-protector-strong -fPIE --rtlib=compiler-rt -stdlib=libc++ -fuse-ld=lld -L/lib $-lm -Wl,-z,relro --of-tomorrow\n", null)]
    [InlineData("--target=x86_64-linux-gnu --sysroot=/root -isystem /opt/include -D_FORTIFY_SOURCE=2 -include /a.h\n", null)]
    public void A_configuration_of_clang_that_binds_a_compile_to_this_machine_keeps_it_here(string configuration, string? named)
    {
        File.WriteAllText(Path.Combine(Folder, "my.cfg"), configuration);
        File.WriteAllText(Path.Combine(Folder, "inner.cfg"), "-mcpu=native\n");
        File.WriteAllText(Path.Combine(Folder, "in ner.cfg"), "-mtune=native\n");
        File.WriteAllText(Path.Combine(Folder, "round.cfg"), "@my.cfg\n");
        var tree = new ToolchainTree();
        string? reason = null;
        try
        {
            ClangToolchain.AddConfiguration(tree, "clang", Path.Combine(Folder, "my.cfg"));
            Assert.Contains(Path.Combine(Folder, "my.cfg"), tree.Files);
        }
        catch (ToolchainException e)
        {
            reason = e.Message;
        }

        Assert.Equal(named is null, reason is null);
        Assert.Contains(named ?? "", reason ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Configured with: ../configure --prefix=/usr '--with-arch=native' --with-tune=generic", "--with-arch=native")]
    [InlineData("Configured with: ../configure --with-cpu-32=native", "--with-cpu-32=native")]
    [InlineData("Configured with: ../configure --with-arch=native-like --with-tune=generic", null)]
    [InlineData("COLLECT_GCC_OPTIONS='-v' '-E' '-mtune=generic' '-march=native'", "-march=native")]
    [InlineData("COLLECT_GCC_OPTIONS='-v' '-E' '-mtune=generic' '-march=x86-64'", null)]
    public void A_compiler_that_was_made_for_its_own_machine_stays_on_it(string report, string? named) =>
        Assert.Equal((named is null, true), (MachineBinding.OfReport(report) is null, (MachineBinding.OfReport(report) ?? "").Contains(named ?? "", StringComparison.Ordinal)));

    [Theory]
    [InlineData("*cc1_cpu:\n%{march=native:%>march=native %:local_cpu_detect(arch %{!m32:64;:32}) %{!mtune=*:%>mtune=native %:local_cpu_detect(tune)}}\n", null)]
    [InlineData("*cc1:\n%{!march=native:-O2} %:local_cpu_detect(arch)\n", "processor")]
    [InlineData("*cc1:\n+ -O2 # -march=native\n", null)]
    [InlineData("*cc1:\n+ -mcpu=nat\\\nive\n", "-mcpu=native")]
    [InlineData("*cc1:\n+ -O2 # note \\\n%:local_cpu_detect(arch)\n", "processor")]
    [InlineData("*self_spec:\n+ -O2 # note \\\n-march=native\n", "-march=native")]
    [InlineData("*asm:\n+ %:getenv(HOME /x) %:getenv(LANG)\n", null)]
    [InlineData("*asm:\n+ %:getenv(HOME /x) %:getenv(TMPDIR)\n", "TMPDIR")]
    public void Only_what_specs_do_without_being_asked_is_a_reason(string specs, string? named) =>
        Assert.Equal((named is null, true), (MachineBinding.OfSpecs(specs) is null, (MachineBinding.OfSpecs(specs) ?? "").Contains(named ?? "", StringComparison.Ordinal)));

    private static async Task FindReasonAsync(CompileJob job, string? named)
    {
        var cache = new ToolchainCache(new ProcessCompilerProbe(), new ReadDigests());
        if (named is null)
        {
            Assert.Contains((await cache.GetAsync(job)).Tree.Files, static file => file.Path.EndsWith("/my.specs", StringComparison.Ordinal));
            return;
        }

        ToolchainException reason = await Assert.ThrowsAsync<ToolchainException>(() => cache.GetAsync(job).AsTask());
        Assert.Contains(named, reason.Message, StringComparison.Ordinal);
    }
}
