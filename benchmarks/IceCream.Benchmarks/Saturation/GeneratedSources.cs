using System.Globalization;
using System.Text;

namespace IceCream.Benchmarks.Saturation;

/// <summary>Sources that each include headers out of a common stock, the same in every run.</summary>
internal static class GeneratedSources
{
    /// <summary>The stock, in headers per header that a source includes.</summary>
    private const int Stock = 8;

    /// <summary>Writes them.</summary>
    /// <returns>For each source, the command that compiles it in <paramref name="folder"/>.</returns>
    public static IReadOnlyList<string[]> Write(string folder, int count, int headers)
    {
        string include = Directory.CreateDirectory(Path.Combine(folder, "include")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "objects"));
        for (int number = 0; number < headers * Stock; number++)
        {
            string lines = string.Concat(Enumerable.Range(0, 40).Select(line => string.Create(CultureInfo.InvariantCulture, $"inline int value_{number}_{line}() {{ return {line}; }}\n")));
            File.WriteAllText(Path.Combine(include, $"header{number}.h"), $"#ifndef HEADER{number}\n#define HEADER{number}\n{lines}#endif\n");
        }

        var random = new Random(1);
        int[] numbers = [.. Enumerable.Range(0, headers * Stock)];
        var commands = new List<string[]>(count);
        for (int number = 0; number < count; number++)
        {
            random.Shuffle(numbers);
            var text = new StringBuilder();
            foreach (int header in numbers.AsSpan(0, headers))
            {
                text.Append(CultureInfo.InvariantCulture, $"#include \"header{header}.h\"\n");
            }

            File.WriteAllText(Path.Combine(folder, $"source{number}.cpp"), text.Append(CultureInfo.InvariantCulture, $"int source{number}() {{ return {number}; }}\n").ToString());
            commands.Add(["g++", "-O2", "-Iinclude", "-c", $"source{number}.cpp", "-o", $"objects/source{number}.o"]);
        }

        return commands;
    }
}
