using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Tests.Inputs;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>
/// A worker's driver looks for a file with flags that exists here and that the description of the compiler does not know. The job is repeated with it, and
/// must not mean the worker's processor by it.
/// </summary>
public sealed class DriverOptionsTests : IDisposable
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

    /// <summary>Clang says which configuration it obeys. On systems that configure every Clang all such jobs would stay otherwise.</summary>
    [Theory]
    [InlineData("-O2\n", true)]
    [InlineData("-mtune=native\n", false)]
    public async Task Beside_a_configuration_that_was_obeyed_when_the_driver_was_asked_a_flag_for_this_processor_is_spelt_out(string text, bool leaves)
    {
        _folder.Write("a.c", "int a;\n");
        _folder.Write("etc/clang.cfg", text);
        var farm = new Farm();
        string path = $"{_folder.Root}/etc/clang.cfg";
        Toolchain known = Of(new FileTree { Files = [new TreeFile(path, Digest.Of("f"u8), 1, 1)] });
        CompileJob job = _folder.Job("clang", "-march=native", "-c", "a.c") with { Described = known };

        CompileResult result = await new ProcessorExecutor(Inputs(farm, known), new OwnProcessor(new Driver(path))).ExecuteAsync(job);

        Assert.Equal(leaves, farm.Was);
        Assert.Equal(leaves, result.LocalOnly is null);
    }

    /// <summary>What the flag means was asked when there may have been no such file, or another.</summary>
    [Theory]
    [InlineData("/etc/clang/clang.cfg", false)]
    [InlineData("/etc/clang/readme", true)]
    public async Task Beside_such_a_file_a_flag_for_this_processor_is_not_spelt_out(string described, bool leaves)
    {
        _folder.Write("a.c", "int a;\n");
        var farm = new Farm();
        Toolchain known = Of(new FileTree { Files = [new TreeFile(described, Digest.Of("f"u8), 1, 1)] });
        CompileJob job = _folder.Job("clang", "-march=native", "-c", "a.c") with { Described = known };

        CompileResult result = await new ProcessorExecutor(Inputs(farm, known), new OwnProcessor(new Driver())).ExecuteAsync(job);

        Assert.Equal(leaves, farm.Was);
        Assert.Equal(leaves, result.LocalOnly is null);
    }

    /// <summary>The driver is asked again once for each state of such a file, and not for each source of a build.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_configuration_that_comes_later_is_learnt_of_with_the_first_job_that_meets_it(bool isTold)
    {
        _folder.Write("a.c", "int a;\n");
        var driver = new Driver();
        var farm = new Farm();
        var processor = new OwnProcessor(driver);
        string path = $"{_folder.Root}/etc/clang.cfg";
        Toolchain described = Of(FileTree.Empty);
        Assert.Null(await ReasonAsync());

        _folder.Write("etc/clang.cfg", "-O2\n");
        driver.Configuration = isTold ? path : null;
        described = Of(new FileTree { Files = [new TreeFile(path, Digest.Of("f"u8), 1, 1)] });
        int before = driver.Questions;
        Assert.Equal(LocalOnlyKind.LocalFlag, (await ReasonAsync())?.Kind);
        Assert.Equal(before, driver.Questions);

        Assert.Equal(isTold, await ReasonAsync() is null);
        int after = driver.Questions;
        Assert.NotEqual(before, after);
        Assert.Equal(isTold, await ReasonAsync() is null);
        Assert.Equal(after, driver.Questions);

        async Task<LocalOnlyReason?> ReasonAsync()
        {
            CompileJob job = _folder.Job("clang", "-march=native", "-c", "a.c") with { Described = described };
            return (await new ProcessorExecutor(Inputs(farm, described), processor).ExecuteAsync(job)).LocalOnly;
        }
    }

    [Fact]
    public async Task Specs_can_ask_for_a_flag_for_this_processor_by_its_text()
    {
        _folder.Write("a.c", "int a;\n");
        _folder.Write("my.specs", "*cpp_options:\n+ %{march=native:-DOWN}\n\n");
        var farm = new Farm();
        Toolchain known = Of(FileTree.Empty);
        CompileJob job = _folder.Job("gcc", "-march=native", "-specs=my.specs", "-c", "a.c") with { Described = known };

        CompileResult result = await new ProcessorExecutor(Inputs(farm, known), new OwnProcessor(new Driver())).ExecuteAsync(job);

        Assert.False(farm.Was);
        Assert.Contains("-specs=my.specs", result.LocalOnly?.Detail ?? "", StringComparison.Ordinal);
    }

    private async Task JudgeAsync(string compiler, string name, string? named)
    {
        _folder.Write("a.c", "int a;\n");
        var farm = new Farm();
        Toolchain known = Of(FileTree.Empty);
        CompileJob job = _folder.Job(compiler, "-c", "a.c") with { Described = known, FurtherInputs = [$"{_folder.Root}/{name}"] };

        CompileResult result = await Inputs(farm, known).ExecuteAsync(job);

        Assert.Equal(named is null, farm.Was);
        LocalOnlyKind? kind = named is null ? null : LocalOnlyKind.Toolchain;
        Assert.Equal(kind, result.LocalOnly?.Kind);
        Assert.Contains(named ?? "", result.LocalOnly?.Detail ?? "", StringComparison.Ordinal);
    }

    private static Toolchain Of(FileTree tree) => new() { Digest = Digest.Of("t"u8), Tree = tree, Encoded = default, Description = "" };

    private InputsExecutor Inputs(Farm farm, Toolchain known) => new(farm, _folder.Discovery, new Known(known), null, TimeProvider.System);

    /// <summary>Clang's driver, which prints which configuration it obeys, and how it would start the compiler proper.</summary>
    private sealed class Driver(string? configuration = null) : ICompilerProbe
    {
        /// <summary>Clang has it on every machine.</summary>
        private const string Meaning = "-mno-omit-leaf-frame-pointer";

        public string? Configuration { get; set; } = configuration;

        public int Questions { get; private set; }

        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default)
        {
            Questions++;
            bool isOwn = arguments.Contains("-march=native") || arguments.Contains(Meaning);
            string obeyed = Configuration is null ? "" : $"Configuration file: {Configuration}\n";
            return new(new ProbeAnswer(0, "", $"{obeyed} /usr/lib/clang -cc1 {(isOwn ? Meaning : "")}\n"));
        }
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
