using System.Collections.Immutable;
using FsCheck.Xunit;
using IceCream.CommandLine;
using IceCream.Inputs;
using IceCream.Inputs.Privacy;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>What is private stays at home, whoever names it; and builds go out as they did.</summary>
public sealed class PrivateFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("icecream-private-").FullName;

    private string Home => _root + "/home";

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/home/anna/.ssh/id_rsa", "/home/anna/.ssh")]
    [InlineData("/home/anna/.ssh", "/home/anna/.ssh")]
    [InlineData("/root/.gnupg/private-keys-v1.d/x.key", "/root/.gnupg")]
    [InlineData("/own/home/.aws/credentials", "/own/home/.aws")]
    [InlineData("/own/home/.config/gcloud/x", "/own/home/.config/gcloud")]
    [InlineData("/etc/shadow", "/etc/shadow")]
    [InlineData("/etc/ssl/private/key.pem", "/etc/ssl/private")]
    [InlineData("/home/anna/.sshd/x", null)]
    [InlineData("/home/anna/src/.ssh/x", null)]
    [InlineData("/home/.ssh/x", null)]
    [InlineData("/usr/include/stdio.h", null)]
    [InlineData("/etc/shadow.h", null)]
    [InlineData("/", null)]
    public void Keys_and_tokens_are_denied_in_every_home(string path, string? root) => Assert.Equal(root, new PrivateRoots(null, "/own/home").Find(path));

    /// <summary>A folder that contains a home is not one that a command means, wherever homes lie. A build server may set HOME to a folder of the checkout.</summary>
    [Theory]
    [InlineData("/export/home/ada", "/export", true)]
    [InlineData("/export/home/ada", "/export/home", true)]
    [InlineData("/export/home/ada/", "/export/home/ada", true)]
    [InlineData("/export/home/ada", "/export/home/ada/src", false)]
    [InlineData("/export/home/ada", "/export/ho", false)]
    [InlineData("/export/home/ada", "/builds", false)]
    [InlineData("/export/home/ada", "/builds/project", false)]
    [InlineData("/export/home/ada", "/builds/project/.home", true)]
    [InlineData("/", "/export", false)]
    [InlineData(null, "/export", false)]
    public void A_home_is_known_by_the_user_database(string? registered, string path, bool isHome) =>
        Assert.Equal(isHome, new PrivateRoots(null, "/builds/project/.home", registered).IsHome(path));

    [Fact]
    public void Keys_lie_in_the_registered_home_too()
    {
        var roots = new PrivateRoots(null, "/builds/project/.home", "/export/home/ada");
        Assert.All(["/builds/project/.home/.ssh", "/export/home/ada/.ssh"], folder => Assert.Equal(folder, roots.Find(folder + "/id_rsa")));
        Assert.True(roots.IsInHome("/export/home/ada/letters/x"));
        Assert.False(roots.IsInHome("/export/home/ada"));
    }

    [Theory]
    [InlineData("none", "/home/a/.ssh/x", false)]
    [InlineData("/srv/keys", "/srv/keys/x", true)]
    [InlineData("/srv/keys", "/home/a/.ssh/x", false)]
    [InlineData("default:/srv/keys/", "/home/a/.ssh/x", true)]
    [InlineData("~/secrets", "/root/secrets/x", true)]
    public void The_list_can_be_changed(string list, string path, bool denied) => Assert.Equal(denied, new PrivateRoots(list, "/root").Find(path) is not null);

    [Theory]
    [InlineData("relative")]
    [InlineData("/")]
    [InlineData("~")]
    [InlineData("~anna/.ssh")]
    public void An_entry_that_is_no_path_is_an_error(string list) =>
        Assert.Contains("Allowed", Assert.Throws<ArgumentException>(() => new PrivateRoots(list, "/root")).Message, StringComparison.Ordinal);

    [Property]
    public void A_list_is_read_or_refused_and_never_anything_else(string list, string path)
    {
        try
        {
            _ = new PrivateRoots(list, "/root").Find("/" + path);
        }
        catch (ArgumentException e)
        {
            Assert.Contains("Allowed", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_a_denied_folder_is_a_link_both_ends_are_denied()
    {
        Write("keys/id_rsa", "key", 0b110_100_100);
        Directory.CreateDirectory(Home);
        File.CreateSymbolicLink(Home + "/.ssh", _root + "/keys");
        var roots = new PrivateRoots(null, Home);
        Assert.NotNull(roots.Find(_root + "/keys/id_rsa"));
        Assert.NotNull(roots.Find(Home + "/.ssh/id_rsa"));
    }

    [Fact]
    public void A_link_in_a_denied_folder_is_denied_although_it_leads_elsewhere()
    {
        Write("elsewhere/config", "x", 0b110_100_100);
        var tree = new FileTree
        {
            Files = [FileAt(_root + "/elsewhere/config")],
            Links = [new TreeLink(Home + "/.ssh/config", _root + "/elsewhere/config")],
        };
        Assert.Contains(".ssh", Find(tree, "-c a.c")!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("work/build", "-I../include -c ../src/a.c", "work/include/x.h")]
    [InlineData("work/build", "-c ../src/a.c", "work/src/deep/x.h")]
    [InlineData("work/build", "-c ../src/a.c -o ../out/a.o", "work/out/config.h")]
    [InlineData("work/build", "-include ../other/x.h -c ../src/a.c", "work/other/x.h")]
    [InlineData("work/build", "-c ../src/a.c", "work/build/generated/x.h")]
    [InlineData("checkout/sub/build", "-c a.c", "checkout/other/x.h")]
    [InlineData("checkout/module/src", "-c a.c", "checkout/include/x.h")]
    [InlineData("elsewhere", "-c ../checkout/src/a.c", "checkout/include/x.h")]
    [InlineData("work/src", "--sysroot=../sys -c a.c", "work/sys/usr/include/x.h")]
    [InlineData("home", "-c a.c", "home/a.h")]
    public void What_others_may_not_read_leaves_with_the_command_that_is_about_it(string folder, string command, string file)
    {
        Assert.Null(Find(Tree(file), command, folder));
    }

    [Theory]
    [InlineData("work/build", "-c ../src/a.c", "work/notes/x.h")]
    [InlineData("work/build", "-c ../src/a.c", "home/letters/x.h")]
    [InlineData("home", "-c a.c", "home/letters/x.h")]
    [InlineData("home", "-c a.c", "home/.token")]
    [InlineData("work/build", "-I../../home -c ../src/a.c", "home/letters/x.h")]
    [InlineData("work/build", "-DX=../notes -c ../src/a.c", "work/notes/x.h")]
    [InlineData("checkout/src", "-c a.c", "work/notes/x.h")]
    public void What_others_may_not_read_stays_otherwise(string folder, string command, string file)
    {
        Assert.Contains(file, Find(Tree(file), command, folder)!, StringComparison.Ordinal);
        File.SetUnixFileMode($"{_root}/{file}", (UnixFileMode)0b110_100_100);
        Assert.Null(Find(Tree(file, mode: 0b110_100_100), command, folder));
    }

    [Fact]
    public void Denied_folders_come_first()
    {
        foreach (string command in new[] { "-I../home/.ssh -c a.c", "-include ../home/.ssh/id_rsa -c a.c" })
        {
            Assert.Contains("private", Find(Tree("home/.ssh/id_rsa", mode: 0b110_100_100), command, "work")!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_worker_cannot_ask_for_what_lies_in_a_home()
    {
        Write("home/letters/x", "x", 0b110_100_100);
        FileTree tree = Tree("home/letters/x", mode: 0b110_100_100);
        Assert.Null(Find(tree, "-c a.c", "work"));
        Assert.Contains("worker", Find(tree, "-c a.c", "work", _root + "/home/letters/x")!, StringComparison.Ordinal);
        Assert.Contains("worker", Find(tree, "-c a.c", "work", _root + "/home/../home/letters/./x")!, StringComparison.Ordinal);
        Assert.Null(Find(tree, "-I../home/letters -c a.c", "work", _root + "/home/letters/x"));
    }

    [Fact]
    public async Task A_key_behind_a_false_condition_does_not_leave_and_its_source_does()
    {
        using var folder = new ScannedFolder();
        Write("home/.ssh/id_rsa", "the key\n", 0b110_100_100);
        folder.Write("a.c", $"#if 0\n#include \"{Home}/.ssh/id_rsa\"\n#endif\nint a;\n");
        CollectedInputs inputs = await folder.DiscoveryOf(Home).CollectAsync(folder.Job("gcc", "-c", "a.c"));
        Assert.Null(inputs.LocalOnly);
        Assert.Equal([folder.Root + "/a.c"], inputs.Tree!.Files.Where(file => !file.Path.StartsWith("/usr/", StringComparison.Ordinal)).Select(file => file.Path));
    }

    [Fact]
    public async Task A_key_that_is_read_keeps_its_source_at_home()
    {
        using var folder = new ScannedFolder();
        Write("home/.ssh/id_rsa", "int key;\n", 0b110_100_100);
        folder.Write("a.c", $"#include \"{Home}/.ssh/id_rsa\"\nint a;\n");
        InputDiscovery discovery = folder.DiscoveryOf(Home);
        foreach (int _ in Enumerable.Range(0, 3))
        {
            CollectedInputs inputs = await discovery.CollectAsync(folder.Job("gcc", "-c", "a.c"));
            Assert.Equal(LocalOnlyKind.PrivateFile, inputs.LocalOnly?.Kind);
            Assert.Contains("id_rsa", inputs.LocalOnly!.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_becomes_private_leaves_no_more()
    {
        using var folder = new ScannedFolder();
        Write("notes/x.h", "int x;\n", 0b110_100_100);
        folder.Write("a.c", $"#include \"{_root}/notes/x.h\"\n");
        InputDiscovery discovery = folder.DiscoveryOf(Home);
        Assert.Null((await discovery.CollectAsync(folder.Job("gcc", "-c", "a.c"))).LocalOnly);
        File.SetUnixFileMode(_root + "/notes/x.h", (UnixFileMode)0b110_000_000);
        Assert.Equal(LocalOnlyKind.PrivateFile, (await discovery.CollectAsync(folder.Job("gcc", "-c", "a.c"))).LocalOnly?.Kind);
    }

    private static TreeFile FileAt(string path) => new(path, Digest.Of("x"u8), 1, 0);

    private FileTree Tree(string file, int mode = 0b110_000_000)
    {
        Write(file, "x", mode);
        return new FileTree { Files = [FileAt($"{_root}/{file}")] };
    }

    private void Write(string name, string text, int mode)
    {
        string path = $"{_root}/{name}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
    }

    private string? Find(FileTree tree, string command, string folder = "work", params string[] further)
    {
        foreach (string name in new[] { "home", "work/build", "work/src", "work/include", "work/sys", "checkout/.git", "checkout/sub/build", "checkout/src", "checkout/module/src", "elsewhere" })
        {
            Directory.CreateDirectory($"{_root}/{name}");
        }

        File.WriteAllText(_root + "/checkout/module/.git", "gitdir: ../.git/modules/module");
        ImmutableArray<string> words = ["gcc", .. command.Split(' ')];
        CommandLineReading reading = CommandLineReader.Read(words, CompilerFamily.Gcc, $"{_root}/{folder}", static _ => null);
        var job = new CompileJob { CommandLine = words, Compiler = "/usr/bin/gcc", WorkingDirectory = $"{_root}/{folder}", Invocation = Assert.IsType<CompilerInvocation>(reading.Invocation) };
        return new PrivateFiles(new PrivateRoots(null, Home)).ReasonToStay(job, tree, further)?.Detail;
    }
}
