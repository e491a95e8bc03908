using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>What is handed out: one number of a version, what it is made of, under which licences.</summary>
public sealed partial class SupplyTests
{
    private static readonly string[] Linked = ["Host", "Launcher"];

    /// <summary>The version, from the one place where it is written.</summary>
    public static string Version { get; } = VersionElement().Match(File.ReadAllText(At("Directory.Build.props"))).Groups[1].Value;

    /// <summary>Part of the build, and of no program.</summary>
    private static readonly string[] BuildOnly =
        ["Microsoft.CodeAnalysis.", "Microsoft.DotNet.ILCompiler", "runtime.linux-", "Microsoft.NET.ILLink.Tasks", "MessagePackAnalyzer", "Microsoft.SourceLink", "Microsoft.Build.Tasks.Git"];

    [Fact]
    public void The_version_is_written_in_one_place()
    {
        string quoted = Regex.Escape(Version);
        string[] files = [.. Directory.GetFiles(Programs.Root, "*.csproj", SearchOption.AllDirectories), At("ice"), .. Directory.GetFiles(Programs.Integrations, "*", SearchOption.AllDirectories)];
        Assert.DoesNotContain(files.Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)), file => Regex.IsMatch(File.ReadAllText(file), $"(?<![0-9.]){quoted}(?![0-9.])"));
    }

    /// <summary>Called from another folder, as <c>../icelib/ice release there</c>.</summary>
    [Needs("bash")]
    public async Task A_folder_that_the_script_is_given_is_that_of_who_calls_it()
    {
        using var build = new BuildFolder(withLauncher: false);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(build.Path, "there")).FullName, "kept"), "");
        ProgramRun run = await Programs.RunAsync(build.Path, Programs.Path, build.Environment, build.Patience, At("ice"), "release", "there");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"'{build.Path}/there' is not empty", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A tool's package names processors, and beside it lies one for each: `./ice pack` makes that of the machine that packs.</summary>
    [Fact]
    public void A_tool_names_no_processor_that_is_not_packed()
    {
        Assert.All(Linked, static name => Assert.DoesNotMatch("<ToolPackageRuntimeIdentifiers>[^<]*(x64|arm64)", File.ReadAllText(At($"src/IceCream.{name}/IceCream.{name}.csproj"))));
        Assert.Contains("-r \"$(processor)\"", File.ReadAllText(At("ice")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_changelog_begins_with_it() =>
        Assert.StartsWith($"## {Version}", File.ReadLines(At("CHANGELOG.md")).First(static line => line.StartsWith("## ", StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Whatever_is_linked_has_its_licence_named()
    {
        string notices = File.ReadAllText(At("THIRD-PARTY-NOTICES.md"));
        foreach (string package in Locked().Select(static locked => locked.Name).Distinct().Where(static name => !BuildOnly.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))))
        {
            string family = string.Join('.', package.Split('.')[..Math.Min(2, package.Split('.').Length)]);
            Assert.True(notices.Contains(package, StringComparison.Ordinal) || notices.Contains(family + ".*", StringComparison.Ordinal), $"THIRD-PARTY-NOTICES.md does not name {package}.");
        }
    }

    [Fact]
    public void A_release_is_locked_to_the_versions_that_everything_is_built_with()
    {
        Dictionary<string, string> central = PackageVersion().Matches(File.ReadAllText(At("Directory.Packages.props"))).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value, StringComparer.OrdinalIgnoreCase);
        (string Name, string Resolved, string Hash)[] locked = [.. Locked()];
        Assert.True(locked.Length > 10);
        Assert.All(locked, static package => Assert.NotEmpty(package.Hash));
        foreach ((string name, string resolved, string _) in locked.Where(package => central.ContainsKey(package.Name)))
        {
            Assert.True(central[name] == resolved, $"{name} is locked at {resolved}, and Directory.Packages.props says {central[name]}: run ./ice lock.");
        }

        // What the framework has of them is left out of a program that brings the framework's.
        foreach (string name in Linked.Append("Core").SelectMany(References).Where(static name => !name.EndsWith("Analyzers", StringComparison.Ordinal)))
        {
            Assert.True(locked.Any(package => package.Name == name), $"{name} is in no lock file: run ./ice lock.");
        }
    }

    /// <summary>The generator of log calls goes through the files of a class in an order of chance: with calls in two of them, two builds of the same sources differ.</summary>
    [Fact]
    public void The_log_calls_of_a_class_stand_in_one_file()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(At("src"), "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            if (text.Contains("[LoggerMessage(", StringComparison.Ordinal))
            {
                string type = PartialClass().Match(text).Groups[1].Value, folder = Path.GetDirectoryName(file)!;
                Assert.True(files.TryAdd($"{folder}/{type}", file), $"Log calls of {type} stand in {files.GetValueOrDefault($"{folder}/{type}")} and in {file}: move them into one.");
            }
        }

        Assert.True(files.Count > 10);
    }

    private static string[] References(string project) =>
        [.. Reference().Matches(File.ReadAllText(At($"src/IceCream.{project}/IceCream.{project}.csproj"))).Select(static match => match.Groups[1].Value)];

    private static IEnumerable<(string Name, string Resolved, string Hash)> Locked() => Linked.SelectMany(Locked);

    private static IEnumerable<(string Name, string Resolved, string Hash)> Locked(string program)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(At($"src/IceCream.{program}/packages.release.lock.json")));
        return [.. file.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(static target => target.Value.EnumerateObject())
            .Where(static package => package.Value.GetProperty("type").GetString() != "Project")
            .Select(static package => (package.Name, package.Value.GetProperty("resolved").GetString()!, package.Value.GetProperty("contentHash").GetString()!))];
    }

    private static string At(string path) => Path.Combine(Programs.Root, path);

    [GeneratedRegex("partial class (\\w+)")]
    private static partial Regex PartialClass();

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex VersionElement();

    [GeneratedRegex("<PackageVersion Include=\"([^\"]*)\" Version=\"([^\"]*)\"")]
    private static partial Regex PackageVersion();

    [GeneratedRegex("<PackageReference Include=\"([^\"]*)\"")]
    private static partial Regex Reference();
}
