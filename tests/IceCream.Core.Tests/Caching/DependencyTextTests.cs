using System.Diagnostics;
using System.Globalization;
using IceCream.Caching;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>A dependency file that was moved is what the compiler writes there, wherever the lines break.</summary>
public sealed class DependencyTextTests
{
    [Theory]
    [InlineData("gcc", "-MD")]
    [InlineData("gcc", "-MMD -MP")]
    [InlineData("clang", "-MD -MP")]
    public async Task It_is_what_the_compiler_writes_there(string compiler, string flags)
    {
        string root = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        try
        {
            var chance = new Random(1);
            string source = "";
            foreach (int number in Enumerable.Range(0, 40))
            {
                source += string.Create(CultureInfo.InvariantCulture, $"#include \"h{new string('x', chance.Next(30))}{number}.h\"\n");
            }

            // Once all paths of one rule, once some in each of many: how lines break depends on where they begin.
            string[] folders = [.. Enumerable.Range(0, 12).Select(number => Path.Combine(root, new string('f', (number * 5) + 1)))];
            foreach (string folder in folders)
            {
                Directory.CreateDirectory(folder);
                await File.WriteAllTextAsync(Path.Combine(folder, "a.c"), source);
                foreach (string name in source.Split('"').Where(static name => name.EndsWith(".h", StringComparison.Ordinal)))
                {
                    await File.WriteAllTextAsync(Path.Combine(folder, name), "");
                }

                await RunAsync(compiler, [.. flags.Split(' '), "-MF", $"{folder}/a.d", "-c", $"{folder}/a.c", "-o", $"{folder}/a.o"]);
            }

            int moved = 0;
            foreach ((string one, string other) in folders.SelectMany(_ => folders, static (one, other) => (one, other)).Where(static pair => pair.one != pair.other))
            {
                if (DependencyText.Move(await File.ReadAllTextAsync($"{one}/a.d"), one, Checkout.Placeholder) is { } general
                    && DependencyText.Move(general, Checkout.Placeholder, other) is { } text)
                {
                    moved++;
                    Assert.Equal(await File.ReadAllTextAsync($"{other}/a.d"), text);
                }
            }

            Assert.True(moved > 100, $"{moved} were moved.");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData("clang", "-MMD")]
    [InlineData("clang", "-MD")]
    [Trait("Length", "Long")]
    public Task It_is_what_the_compiler_writes_there_by_other_flags(string compiler, string flags) => It_is_what_the_compiler_writes_there(compiler, flags);

    [Theory]
    [InlineData("")]
    [InlineData("a.o: b.c")]
    [InlineData("a.o b.c\n")]
    [InlineData("a.o: /one/a\\ b.c\n")]
    [InlineData("a.o: x/one/b.c\n")]
    [InlineData("a.o:  /one/b.c\n")]
    [InlineData("a.o: /one/one/one/b.c:/one/x\n")]
    public void What_is_in_doubt_is_not_moved(string text) => Assert.Null(DependencyText.Move(text, "/one", "/two"));

    private static async Task RunAsync(string compiler, string[] words)
    {
        using Process process = Process.Start(new ProcessStartInfo(compiler, words) { RedirectStandardError = true })!;
        string said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
    }
}
