using IceCream.Platform;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>Which program a name on a command line stands for, and what its file says of itself.</summary>
public sealed class CompilerLocatorTests : ToolchainFolder
{
    [Theory]
    [InlineData("icelaunch")]
    [InlineData("icehost")]
    [InlineData("ccache")]
    [InlineData("buildcache")]
    [InlineData("sccache-0.8")]
    public void A_link_to_a_wrapper_is_passed_over_for_the_next_compiler_on_the_path(string wrapper)
    {
        string masquerade = Directory.CreateDirectory(Path.Combine(Folder, "masquerade")).FullName;
        File.Copy("/usr/bin/true", Path.Combine(Folder, wrapper));
        File.CreateSymbolicLink(Path.Combine(masquerade, "gcc"), Path.Combine(Folder, wrapper));

        var none = new HashSet<string>();
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("gcc", masquerade + ":/usr/bin", Folder, none));
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("masquerade/gcc", masquerade + ":/usr/bin", Folder, none));
        Assert.Null(CompilerLocator.Find("gcc", masquerade, Folder, none));
    }

    [Fact]
    public void A_hard_link_to_the_searching_program_is_passed_over_for_the_next_compiler_on_the_path()
    {
        string self = Path.Combine(Folder, "launcher"), links = Directory.CreateDirectory(Path.Combine(Folder, "links")).FullName;
        File.Copy("/usr/bin/true", self);
        Assert.Equal(0, Linux.Link(self, Path.Combine(links, "gcc")));
        Assert.Equal(0, Linux.Stat(self, followLinks: true, out FileStatus own));

        var none = new HashSet<string>();
        Assert.Equal(Path.Combine(links, "gcc"), CompilerLocator.Find("gcc", links + ":/usr/bin", Folder, none));
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("gcc", links + ":/usr/bin", Folder, none, own));
        Assert.Equal("/usr/bin/gcc", CompilerLocator.Find("links/gcc", links + ":/usr/bin", Folder, none, own));
        Assert.Null(CompilerLocator.Find("gcc", links, Folder, none, own));
        Assert.True(CompilerLocator.LeadsTo(Path.Combine(links, "gcc"), own));
        Assert.False(CompilerLocator.LeadsTo("/usr/bin/gcc", own));
        Assert.False(CompilerLocator.LeadsTo(Path.Combine(links, "gcc"), file: null));
    }

    [Fact]
    public void A_path_that_leads_to_no_program_is_not_covered_up_by_a_compiler_on_the_search_path()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "folder/gcc"));
        Directory.CreateDirectory(Path.Combine(Folder, "text"));
        File.WriteAllText(Path.Combine(Folder, "text/gcc"), "#!/bin/sh\n");
        var none = new HashSet<string>();
        Assert.Null(CompilerLocator.Find("folder/gcc", "/usr/bin", Folder, none));
        Assert.Null(CompilerLocator.Find("text/gcc", "/usr/bin", Folder, none));
        Assert.Null(CompilerLocator.Find("nowhere/gcc", "/usr/bin", Folder, none));
        File.SetUnixFileMode(Path.Combine(Folder, "text/gcc"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(Path.Combine(Folder, "text/gcc"), CompilerLocator.Find("text/gcc", "/usr/bin", Folder, none));
    }

    [Fact]
    public void A_compiler_named_from_behind_a_link_is_the_one_that_the_kernel_finds()
    {
        string Program(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, path))!);
            File.Copy("/usr/bin/true", Path.Combine(Folder, path));
            return Path.Combine(Folder, path);
        }

        Directory.CreateDirectory(Path.Combine(Folder, "disk/build"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "build"), "disk/build");
        string meant = Program("disk/tools/gcc"), other = Program("tools/gcc");
        var none = new HashSet<string>();
        string found = CompilerLocator.Find("build/../tools/gcc", "", Folder, none)!;
        Assert.Equal((meant, $"{Folder}/build/../tools/gcc"), (CompilerLocator.RealPath(found), found));
        Assert.NotEqual(other, CompilerLocator.RealPath(found));
        foreach (string entry in (string[])[$"{Folder}/build/../tools", "build/../tools", $"{Folder}//disk/./tools", "./disk/tools"])
        {
            Assert.Equal(meant, CompilerLocator.RealPath(CompilerLocator.Find("gcc", "/nowhere:" + entry, Folder, none)!));
        }

        var tree = new ToolchainTree();
        tree.AddFile(found);
        Assert.Contains(tree.Build(new ReadDigests()).Directories, folder => folder == $"{Folder}/disk/build");
    }

    [Fact]
    public void An_elf_file_cut_anywhere_in_its_head_is_refused_without_a_fault()
    {
        byte[] whole = File.ReadAllBytes("/usr/bin/true");
        string path = Path.Combine(Folder, "cut");
        for (int length = 0; length < 1024; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Null(ElfImports.Read(path));
        }

        ElfImports imports = ElfImports.Read("/usr/bin/true")!;
        Assert.Contains(imports.Needed, static name => name.StartsWith("libc.", StringComparison.Ordinal));
        Assert.NotNull(imports.Interpreter);
    }
}
