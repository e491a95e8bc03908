using System.Globalization;
using System.Text;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>
/// A small project of real kinds of code: C and C++, templates, headers that include headers, the standard library, warnings, __FILE__ and assert.
/// What a compiler says of a source goes into a file beside the object, so that it can be compared too.
/// </summary>
internal sealed class GeneratedProject
{
    private readonly List<string> _sources = [];

    /// <param name="root">An empty folder.</param>
    /// <param name="c">How many C sources.</param>
    /// <param name="light">How many C++ sources without the standard library.</param>
    /// <param name="heavy">How many with it.</param>
    public GeneratedProject(string root, int c, int light, int heavy)
    {
        Root = root;
        Write("include/config.h", "#pragma once\n#define LEVELS 3\n#ifdef __cplusplus\n#define LINKAGE extern \"C\"\n#else\n#define LINKAGE\n#endif\n");
        Write("include/deep/limits of use.h", "#include \"../config.h\"\n#include <stddef.h>\nstatic const size_t most = LEVELS * 7;\n");
        Write("include/shapes.hpp", Shapes);
        for (int i = 0; i < c; i++)
        {
            Add($"c{i}.c", CSource, i);
        }

        for (int i = 0; i < light; i++)
        {
            Add($"light{i}.cpp", LightSource, i);
        }

        for (int i = 0; i < heavy; i++)
        {
            Add($"heavy{i}.cpp", HeavySource, i);
        }

        var main = new StringBuilder("#include <config.h>\n");
        foreach (string name in _sources.Select(Path.GetFileNameWithoutExtension).OfType<string>())
        {
            main.Append(CultureInfo.InvariantCulture, $"int work_{name}(int n);\n");
        }

        main.Append("int main(void)\n{\n    int sum = 0;\n");
        foreach (string name in _sources.Select(Path.GetFileNameWithoutExtension).OfType<string>())
        {
            main.Append(CultureInfo.InvariantCulture, $"    sum += work_{name}(LEVELS);\n");
        }

        main.Append("    return sum == 0;\n}\n");
        _sources.Add("main.c");
        Write("src/main.c", main.ToString());
        WriteMakefile();
        WriteNinja();
        WriteCMake();
    }

    public string Root { get; }

    public IReadOnlyList<string> Sources => _sources;

    /// <summary>What a build left, by its path from <paramref name="folder"/>: objects, dependencies, what the compiler said, the program.</summary>
    public static SortedDictionary<string, string> Results(string folder)
    {
        var results = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".o" or ".d" or ".txt" or ".dwo" or ".program"))
        {
            if (Path.GetFileName(path) is not ("CMakeCache.txt" or "TargetDirectories.txt" or "link.txt") && !path.Contains("CompilerId", StringComparison.Ordinal))
            {
                byte[] content = File.ReadAllBytes(path);
                results[Path.GetRelativePath(folder, path)] = Path.GetExtension(path) is ".d" or ".txt"
                    ? Encoding.UTF8.GetString(content) : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content));
            }
        }

        return results;
    }

    /// <summary>Fails where two builds differ, and names the files.</summary>
    public static void AssertSame(SortedDictionary<string, string> expected, SortedDictionary<string, string> actual, string more)
    {
        string[] differences = [.. expected.Keys.Union(actual.Keys).Where(key => expected.GetValueOrDefault(key) != actual.GetValueOrDefault(key))
            .Select(key => $"{key}:\n    expected {expected.GetValueOrDefault(key)}\n    actual   {actual.GetValueOrDefault(key)}")];
        Assert.True(differences.Length == 0, $"{differences.Length} of {expected.Count} results differ:\n{string.Join('\n', differences.Take(5))}\n{more}");
    }

    /// <summary>Builds with the compilers of this machine, and takes what came of it away.</summary>
    public async Task<SortedDictionary<string, string>> BuildHereAsync(string command, string results)
    {
        Ending ending = await Shell.RunAsync(command, Root, ("PATH", Environment.GetEnvironmentVariable("PATH")!));
        Assert.True(ending.ExitCode == 0, ending.ToString());
        string folder = Path.Combine(Root, results);
        SortedDictionary<string, string> built = Results(folder);
        Directory.Delete(folder, recursive: true);
        return built;
    }

    public void Write(string name, string text)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>A source at which a compiler works for a while: it computes.</summary>
    public static string SlowSource(int value, int rounds = 400) => $$"""
        constexpr long turn(long n)
        {
            long sum = {{value}};
            for (long i = 0; i < n; i++)
                for (long j = 0; j < 1000; j++)
                    sum = (sum * 31 + i) % 1000003;
            return sum;
        }
        constexpr long result = turn({{rounds}});
        extern const long slow{{value}};
        const long slow{{value}} = result;
        """;

    private void Add(string name, string template, int number)
    {
        _sources.Add(name);
        Write("src/" + name, template.Replace("@NAME", Path.GetFileNameWithoutExtension(name), StringComparison.Ordinal).Replace("@N", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private void WriteMakefile() => Write("Makefile", $"""
        CC = gcc
        CXX = g++
        OPT = -O0
        OUT = out
        SOURCES = {string.Join(' ', _sources)}
        OBJECTS = $(addprefix $(OUT)/,$(addsuffix .o,$(SOURCES)))
        FLAGS = $(OPT) -Wall -Wextra -Iinclude -MMD
        $(OUT)/it.program: $(OBJECTS)
        {"\t"}$(CXX) $(OBJECTS) -o $@
        objects: $(OBJECTS)
        $(OUT)/%.c.o: src/%.c | $(OUT)
        {"\t"}$(CC) $(FLAGS) -c $< -o $@ 2>$@.txt
        $(OUT)/%.cpp.o: src/%.cpp | $(OUT)
        {"\t"}$(CXX) $(FLAGS) -std=c++17 -c $< -o $@ 2>$@.txt
        $(OUT):
        {"\t"}mkdir -p $@
        -include $(OBJECTS:.o=.d)

        """);

    private void WriteNinja()
    {
        var text = new StringBuilder("include settings.ninja\nrule c\n  command = $cc $opt -Wall -Wextra -Iinclude -MMD -MF $out.d -c $in -o $out 2>$out.txt\n"
            + "rule cpp\n  command = $cxx $opt -Wall -Wextra -Iinclude -std=c++17 -MMD -MF $out.d -c $in -o $out 2>$out.txt\nrule link\n  command = $cxx $in -o $out\n");
        foreach (string source in _sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"build out/{source}.o: {Path.GetExtension(source)[1..]} src/{source}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"build out/it.program: link {string.Join(' ', _sources.Select(source => $"out/{source}.o"))}\ndefault out/it.program\n");
        Write("build.ninja", text.ToString());
    }

    private void WriteCMake() => Write("CMakeLists.txt", $"""
        cmake_minimum_required(VERSION 3.18)
        project(Generated C CXX)
        set(CMAKE_CXX_STANDARD 17)
        set(CMAKE_CXX_EXTENSIONS OFF)
        add_executable(it.program {string.Join(' ', _sources.Select(source => $"src/{source}"))})
        target_include_directories(it.program PRIVATE include)
        target_compile_options(it.program PRIVATE -Wall -Wextra)

        """);

    private const string Shapes = """
        #pragma once
        #include "config.h"
        template <int N> struct Sum { static constexpr long value = N + Sum<N - 1>::value; };
        template <> struct Sum<0> { static constexpr long value = 0; };
        template <typename T, int N> class Ring {
            T slots[N] = {};
            int next = 0;
        public:
            void put(const T &value) { slots[next++ % N] = value; }
            template <typename F> T fold(F f) const { T all = slots[0]; for (int i = 1; i < N; i++) all = f(all, slots[i]); return all; }
        };

        """;

    private const string CSource = """
        #include "deep/limits of use.h"
        #include <stdio.h>
        #include <string.h>
        #include <assert.h>
        static int unused_@N;
        int work_@NAME(int n)
        {
            char text[64];
            int not_used = @N;
            assert(n >= 0);
            snprintf(text, sizeof text, "%s:%d", __FILE__, n + (int)most);
            for (int i = 0; i < n; i++)
                text[i % 8] ^= (char)(i * @N);
            return (int)strlen(text) + (n < most ? 1 : 0);
        }
        """;

    private const string LightSource = """
        #include "shapes.hpp"
        LINKAGE int work_@NAME(int n)
        {
            Ring<long, LEVELS + @N> ring;
            for (int i = 0; i < n; i++)
                ring.put(Sum<40 + @N>::value * i);
            int shadowed;
            return (int)ring.fold([](long a, long b) { return a ^ b; });
        }
        """;

    private const string HeavySource = """
        #include <algorithm>
        #include <map>
        #include <string>
        #include <vector>
        #include "shapes.hpp"
        namespace { struct Entry { std::string name; std::vector<int> values; }; }
        LINKAGE int work_@NAME(int n)
        {
            std::map<std::string, Entry> entries;
            for (int i = 0; i < n + @N; i++)
                entries[std::to_string(i)] = Entry{std::string(__FILE__) + __func__, std::vector<int>(i, n)};
            std::vector<std::string> names;
            for (const auto &[name, entry] : entries)
                names.push_back(name + entry.name);
            std::sort(names.begin(), names.end(), [](const auto &a, const auto &b) { return b < a; });
            return names.size() > (int)entries.size();
        }
        """;
}
