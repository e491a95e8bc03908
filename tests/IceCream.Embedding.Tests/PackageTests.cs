using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>The package as an embedder meets it: its examples, from the page's own text, are built against nothing but the package.</summary>
public sealed partial class PackageTests
{
    private static readonly string Top = TopFolder();

    [Fact]
    public async Task The_examples_of_the_page_build_from_the_package_alone()
    {
        string folder = Directory.CreateTempSubdirectory("package-").FullName;
        try
        {
            string[] examples = [.. Examples().Matches(File.ReadAllText(Path.Combine(Top, "docs/embedding.md"))).Select(static match => match.Groups[1].Value)];
            Assert.Equal(5, examples.Length);
            await DotnetAsync(folder, "pack", Path.Combine(Top, "src/IceCream.Core"), "--no-build", "-c", "Release", "-o", folder);
            string package = Assert.Single(Directory.GetFiles(folder, "IceCream.Core.*.nupkg"));
            string version = Path.GetFileNameWithoutExtension(package)["IceCream.Core.".Length..];
            for (int i = 0; i < examples.Length; i++)
            {
                // Each example is the main program of its own: within one project each is a method, and the types behind it are nested beside it.
                File.WriteAllText(Path.Combine(folder, $"Example{i}.cs"), AsMethod(examples[i], i));
            }

            File.WriteAllText(Path.Combine(folder, "Embedder.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>net10.0</TargetFramework>
                    <Nullable>enable</Nullable>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                    <NuGetAudit>false</NuGetAudit>
                    <RestoreAdditionalProjectSources>{folder}</RestoreAdditionalProjectSources>
                    <RestorePackagesPath>{folder}/packages</RestorePackagesPath>
                    <RestoreFallbackFolders>{Packages()}</RestoreFallbackFolders>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="IceCream.Core" Version="{version}" />
                    <PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="{Served()}" />
                  </ItemGroup>
                </Project>
                """);
            await DotnetAsync(folder, "build", "-c", "Release", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string AsMethod(string example, int number)
    {
        string[] lines = example.Split('\n');
        string usings = string.Join('\n', lines.Where(static line => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=', StringComparison.Ordinal)));
        string[] rest = [.. lines.Where(line => !usings.Split('\n').Contains(line))];
        int types = Array.FindIndex(rest, static line => line.StartsWith("internal ", StringComparison.Ordinal));
        types = types < 0 ? rest.Length : types;
        return $$"""
            {{usings}}
            namespace Example{{number}};
            internal static class Program
            {
                public static async Task RunAsync()
                {
            {{string.Join('\n', rest[..types])}}
                }
            }
            {{string.Join('\n', rest[types..])}}
            """;
    }

    /// <summary>The version that these tests were built with, and so one that is to be had.</summary>
    private static string Served() => typeof(Microsoft.Extensions.DependencyInjection.ServiceProvider).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Packages that this machine has already are not asked for again.</summary>
    private static string Packages() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    private static async Task DotnetAsync(string folder, params string[] arguments)
    {
        string log = Path.Combine(folder, "log");
        // To a file: what the build leaves running must not keep this test waiting for the end of a pipe.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec dotnet \"$@\" >\"$log\" 2>&1", "sh", log, .. arguments]) { WorkingDirectory = folder };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {File.ReadAllText(log)}");
    }

    private static string TopFolder([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../.."));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
