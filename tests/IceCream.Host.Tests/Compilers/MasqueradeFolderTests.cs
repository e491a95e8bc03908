using IceCream.Host.Compilers;
using IceCream.Host.Tests.Kit;
using Xunit;

namespace IceCream.Host.Tests.Compilers;

public sealed class MasqueradeFolderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_are_made_renewed_and_removed_and_others_files_stay()
    {
        string links = Path.Combine(_folder.Path, "bin"), old = _folder.Write("old/icelaunch", ""), launcher = _folder.Write("new/icelaunch", "");
        Assert.Equal(["cc", "gcc", "gcc-11"], MasqueradeFolder.Fill(links, old, ["cc", "gcc", "gcc-11"]).Linked);
        _folder.Write("bin/clang", "#!/bin/sh");
        File.CreateSymbolicLink(Path.Combine(links, "g++"), "/usr/bin/ccache");

        MasqueradeOutcome outcome = MasqueradeFolder.Fill(links, launcher, ["cc", "gcc", "clang", "g++"]);

        Assert.Equal(["cc", "gcc"], outcome.Linked);
        Assert.Equal(["clang", "g++"], outcome.Kept);
        Assert.Equal(launcher, new FileInfo(Path.Combine(links, "gcc")).LinkTarget);
        Assert.Equal("/usr/bin/ccache", new FileInfo(Path.Combine(links, "g++")).LinkTarget);
        Assert.False(File.Exists(Path.Combine(links, "gcc-11")));
    }

    [Fact]
    public void Compilers_are_found_behind_wrappers_and_other_programs_are_not()
    {
        string ccache = _folder.Write("tools/ccache", "", executable: true);
        _folder.Write("real/arm-none-eabi-gcc-12", "", executable: true);
        string gcc = _folder.Write("real/gcc", "", executable: true);
        _folder.Write("real/gcc-ar", "", executable: true);
        _folder.Write("real/clang-tidy", "", executable: true);
        _folder.Write("real/g++", "no program");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "wrap"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "wrap/gcc"), ccache);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "wrap/clang"), ccache);

        IReadOnlyList<NamedCompiler> found = CompilersOnPath.Find($"relative:{_folder.Path}/absent:{ccache}:{_folder.Path}/wrap:{_folder.Path}/real");

        Assert.Equal(["arm-none-eabi-gcc-12", "gcc"], found.Select(compiler => compiler.Name));
        Assert.Equal(gcc, found[1].Program);
    }
}
