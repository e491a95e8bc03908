using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Tests.Inputs;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>
/// A worker's driver looks for a file with flags that exists here and that the description of the compiler does not know. The job is repeated with it, and
/// must not mean the worker's processor by it.
/// </summary>
public sealed class LateOptionsTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("clang", "late/clang.cfg", "-O2 -march=native\n", "-march=native")]
    [InlineData("clang", "late/clang.cfg", "@../more/flags\n", "-mtune=native")]
    [InlineData("clang", "late/clang.cfg", "-O2\n", null)]
    [InlineData("clang", "late/clang.conf", "-march=native\n", null)]
    [InlineData("gcc", "late/specs", "*self_spec:\n+ -march=native\n\n", "-march=native")]
    [InlineData("gcc", "late/specs", "%include <others>\n", "further specs")]
    [InlineData("gcc", "late/specs", "*cc1:\n+ -O2\n\n", null)]
    [InlineData("gcc", "late/clang.cfg", "-march=native\n", null)]
    public async Task Flags_for_a_driver_that_came_late_leave_only_where_they_mean_the_same(string compiler, string name, string text, string? named)
    {
        _folder.Write("more/flags", "-mtune=native\n");
        _folder.Write(name, text);
        await JudgeAsync(compiler, name, named);
    }

    [Fact]
    public async Task A_link_to_such_a_file_is_one()
    {
        _folder.Write("late/flags", "-march=native\n");
        File.CreateSymbolicLink(_folder.Root + "/late/clang.cfg", "flags");
        await JudgeAsync("clang", "late/clang.cfg", "-march=native");
    }

    private async Task JudgeAsync(string compiler, string name, string? named)
    {
        _folder.Write("a.c", "int a;\n");
        var farm = new Farm();
        var known = new Toolchain { Digest = Digest.Of("t"u8), Tree = FileTree.Empty, Encoded = default, Description = "" };
        CompileJob job = _folder.Job(compiler, "-c", "a.c") with { Described = known, FurtherInputs = [$"{_folder.Root}/{name}"] };

        CompileResult result = await new InputsExecutor(farm, _folder.Discovery, new Known(known), null, TimeProvider.System).ExecuteAsync(job);

        Assert.Equal(named is null, farm.Was);
        LocalOnlyKind? kind = named is null ? null : LocalOnlyKind.Toolchain;
        Assert.Equal(kind, result.LocalOnly?.Kind);
        Assert.Contains(named ?? "", result.LocalOnly?.Detail ?? "", StringComparison.Ordinal);
    }

    private sealed class Known(Toolchain toolchain) : IToolchainCache
    {
        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default) => new(toolchain);
    }

    private sealed class Farm : IJobExecutor
    {
        public bool Was { get; private set; }

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Was = true;
            return new(new CompileResult { Place = JobPlace.Failed });
        }
    }
}
