using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>What the pages tell their readers to type works as it stands there.</summary>
public sealed partial class PageTests
{
    private const string Project = """
        hello: main.o greet.o
        	$(CXX) $^ -o $@
        main.o: main.cpp
        	$(CXX) -c $< -o $@
        greet.o: greet.c
        	$(CC) -c $< -o $@
        """;

    /// <summary>Blocks that are run by other tests, or by none, and why.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        [" make / ninja / cmake --build"] = "a picture",
        ["./ice demo"] = "CI runs it; its last line is run with the real programs",
        ["icehost scheduler --listen '*'"] = "run with the real programs, in networks of their own",
        ["icehost scheduler --listen '*:8765' --insecure"] = "run with the real programs",
        ["systemctl enable --now icecream-scheduler"] = "needs a running systemd",
        ["nft add rule inet filter input tcp dport '{ 8765, 10245 }' accept"] = "run with the real programs, in networks of their own",
        ["dotnet pack src/IceCream.Core -c Release -o artifacts/packages"] = "DotnetTests, with a version of its own",
        ["kubectl kustomize /path/to/base"] = "ContainerTests",
    };

    private static IReadOnlyList<FencedCommands> Blocks { get; } =
        [.. Directory.GetFiles(Programs.Integrations, "README.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(page => Path.GetRelativePath(Programs.Root, page))
            .Append("README.md").SelectMany(FencedCommands.Of)];

    public static TheoryData<string, string> Runnable()
    {
        var blocks = new TheoryData<string, string>();
        foreach (FencedCommands block in Blocks.Where(block => !Elsewhere.ContainsKey(block.First)))
        {
            blocks.Add(block.Page, block.First);
        }

        return blocks;
    }

    [Fact]
    public void What_is_run_elsewhere_still_stands_on_a_page() =>
        Assert.All(Elsewhere.Keys, first => Assert.Contains(Blocks, block => block.First == first));

    [NeedsTheory("cmake", "ctest", "make", "ninja", "meson", "cc", "c++")]
    [MemberData(nameof(Runnable))]
    public async Task The_commands_compile_through_the_launcher(string page, string first)
    {
        FencedCommands block = Blocks.Single(block => (block.Page, block.First) == (page, first));
        using var build = new BuildFolder();
        build.Environment["HOME"] = build.Path;
        string copy = build.Copy(Path.GetFileName(Path.GetDirectoryName(page))!), folder = copy;
        bool isOwn = page.Contains("cmake", StringComparison.Ordinal) && !block.Script.Contains("example", StringComparison.Ordinal);
        if (isOwn)
        {
            // Typed in a project of the reader's, which names the module nowhere: the example would go through the launcher without these commands.
            folder = Directory.CreateDirectory(Path.Combine(copy, "hello")).FullName;
        }

        await WriteProjectAsync(folder);

        // A place that stands for another is named so.
        string said = await build.RunAsync(folder, "sh", "-ec", block.Script.Replace("/path/to/", copy + "/", StringComparison.Ordinal));
        if (Directory.Exists(Path.Combine(folder, "build")) && !block.Script.Contains("ninja", StringComparison.Ordinal) && !block.Script.Contains("--build", StringComparison.Ordinal))
        {
            // A page that stops where the build is described: building is the next word of its reader's.
            said += await build.RunAsync(folder, "sh", "-ec", File.Exists(Path.Combine(folder, "build/build.ninja")) ? "ninja -C build" : "cmake --build build");
        }

        Assert.True(build.Launched.Count(command => command.Split(' ').Contains("-c")) >= 2, $"{said}\n{string.Join('\n', build.Launched)}");
        if (isOwn)
        {
            build.ExpectCompiled("main.cpp", "greet.c");
        }
    }

    [Needs("ccache", "make", "cc", "c++")]
    public async Task Ccache_hands_on_to_the_launcher_in_both_ways()
    {
        FencedCommands[] blocks = [.. FencedCommands.Of("docs/from-ccache.md")];
        Assert.Equal(2, blocks.Length);
        foreach (FencedCommands block in blocks)
        {
            using var build = new BuildFolder();
            build.Environment["HOME"] = build.Path;
            await WriteProjectAsync(build.Path);
            await build.RunAsync(build.Path, "sh", "-ec", block.Script);
            build.ExpectCompiled("main.cpp", "greet.c");
        }
    }

    /// <summary>A block of commands that no test runs is fenced as <c>console</c>, and its page says so.</summary>
    [Fact]
    public void What_is_not_run_is_said_to_be_not_run()
    {
        string[] pages = [.. Directory.GetFiles(Programs.Integrations, "README.md", SearchOption.AllDirectories).Where(static page => File.ReadAllText(page).Contains("```console", StringComparison.Ordinal))];
        Assert.NotEmpty(pages);
        Assert.All(pages, static page => Assert.Matches("(?i)not (been )?run", File.ReadAllText(page)));
    }

    [Fact]
    public void The_sample_of_the_library_is_code_that_is_compiled()
    {
        string page = File.ReadAllText(Path.Combine(Programs.Root, "docs/embedding.md"));
        string[] lines = Sample().Match(page).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] example = File.ReadAllLines(Path.Combine(Programs.Integrations, "dotnet/Program.cs"));
        Assert.Equal(example.Where(line => line.StartsWith("using ", StringComparison.Ordinal)), lines.Where(line => line.StartsWith("using ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("CompileResult result = await farm.CompileAsync(new CompileRequest(", StringComparison.Ordinal));
    }

    [Fact]
    public void Variables_that_are_named_to_people_are_read_by_a_program()
    {
        string code = string.Concat(Directory.GetFiles(Path.Combine(Programs.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        string scripts = string.Concat(Directory.GetFiles(Programs.Integrations, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cmake" or ".mk" or "" or ".csproj").Select(File.ReadAllText));
        // The page for Yocto has the names of a class of OpenEmbedded's, each with what takes its place.
        string[] pages = [.. Directory.GetFiles(Programs.Integrations, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetExtension(file) is ".md" or ".conf" or ".service" or ".yaml" or "" && !file.Contains("/yocto/", StringComparison.Ordinal)),
            Path.Combine(Programs.Root, "README.md"), Path.Combine(Programs.Root, "docs/users.md"), Path.Combine(Programs.Root, "src/IceCream.Launcher/Program.cs")];
        foreach (string page in pages)
        {
            foreach (string name in Variable().Matches(File.ReadAllText(page)).Select(match => match.Value).Distinct())
            {
                // A name in quotes is one that is looked up; the text of a help has none.
                Assert.True(code.Contains($"\"{name}\"", StringComparison.Ordinal) || scripts.Contains(name, StringComparison.Ordinal), $"{page} names {name}, which nothing reads.");
            }
        }
    }

    private static async Task WriteProjectAsync(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "example")))
        {
            return;
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "Makefile"), Project + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "CMakeLists.txt"), "cmake_minimum_required(VERSION 3.24)\nproject(hello LANGUAGES C CXX)\nadd_executable(hello main.cpp greet.c)\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "meson.build"), "project('hello', 'c', 'cpp')\nexecutable('hello', 'main.cpp', 'greet.c')\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "main.cpp"), "extern \"C\" void greet();\nint main() { greet(); }\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "greet.c"), "#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }\n");
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sample();

    [GeneratedRegex("\\bICEC(REAM|C)_[A-Z_]*[A-Z]")]
    private static partial Regex Variable();
}
