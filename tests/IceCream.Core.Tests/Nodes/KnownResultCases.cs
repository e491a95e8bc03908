using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>
/// The cases that caches get wrong, with real compilers: after each edit the command is run at home and then by the farm, which may know the result. What the two
/// leave behind is the same, and a result is known where it can be.
/// </summary>
public sealed class KnownResultCases(KnownResultCases.SharedFarm shared) : IClassFixture<KnownResultCases.SharedFarm>
{
    private const string Source = "#include \"h.h\"\nint f(void) { int unused; return H; }\n";

    /// <summary>A program in front of the assembler by which it is seen who was started.</summary>
    private const string AssemblerThatSpeaks =
        "mkdir b; printf '#include <stdio.h>\n#include <unistd.h>\nint main(int c, char **v) { fputs(\"mine\\\\n\", stderr); execv(\"/usr/bin/as\", v); return 3; }\n' >b/as.c; gcc b/as.c -o b/as";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string SearchPath = Environment.GetEnvironmentVariable("PATH")!;

    private readonly string _folder = shared.Begin();

    /// <summary>
    /// Name, command, script that prepares, and steps: each a script, and after a bar the words that the command has more, and the place that is expected, where one is.
    /// </summary>
    public static TheoryData<string, string, string, string[]> Cases => new()
    {
        { "a header that comes earlier in the path", "gcc -g -Wall -Ione -Itwo -c a.c -MD", "mkdir one two; mv h.h two", ["Remote", "Cached", "echo '#define H 2' >one/h.h|Remote", "Cached", "rm one/h.h|Cached"] },
        { "a header that comes earlier for Clang", "clang -g -Wall -Ione -Itwo -c a.c -MD", "mkdir one two; mv h.h two", ["Remote", "Cached", "echo '#define H 2' >one/h.h|Remote", "rm one/h.h|Cached"] },
        { "a header that is edited and edited back", "gcc -g -c a.c", "", ["Remote", "echo '#define H 2' >h.h|Remote", "echo '#define H 1' >h.h|Cached", "echo '#define H 2' >h.h|Cached"] },
        { "a header that is touched", "gcc -c a.c", "", ["Remote", "touch -d 2001-01-01 h.h|Cached", "touch -d 2099-01-01 h.h|Cached"] },
        { "a header that is gone", "gcc -c a.c", "", ["Remote", "rm h.h|Remote", "echo '#define H 1' >h.h|Cached"] },
        { "a header by a flag", "gcc -include pre.h -c a.c", "echo '#define X' >pre.h", ["Remote", "Cached", "echo 'int more;' >pre.h|Remote"] },
        { "a header that is asked for", "gcc -c b.c", "printf '#if __has_include(\"maybe.h\")\\nint there;\\n#endif\\nint b;\\n' >b.c", ["Remote", "Cached", ": >maybe.h|Remote", "rm maybe.h|Cached"] },
        { "bytes by the assembler", "gcc -c b.c", "echo data >bytes; echo '__asm__(\".incbin \\\"bytes\\\"\"); int b;' >b.c", ["", "", "echo other >bytes|", ""] },
        { "a precompiled header", "gcc -include pre.h -c a.c", "echo 'int pre;' >pre.h; gcc -x c-header pre.h -o pre.h.gch", ["", "", "echo 'int other;' >pre.h|", "gcc -x c-header pre.h -o pre.h.gch|", "", "rm pre.h.gch|", ""] },
        { "a response file", "gcc -c a.c @flags", "echo -DX >flags", ["Remote", "Cached", "echo -O2 -g >flags|Remote", "echo -DX >flags|Cached"] },
        { "mapped prefixes", "gcc -g -c a.c", "", ["|Remote|-fdebug-prefix-map=/=/x/", "|Cached|-fdebug-prefix-map=/=/x/", "|Remote|-fdebug-prefix-map=/=/y/"] },
        { "split debug information", "gcc -g -gsplit-dwarf -c a.c", "", ["Remote", "Cached", "|Remote|-gdwarf-4"] },
        { "coverage", "gcc --coverage -frandom-seed=1 -c a.c", "", ["", "Cached"] },
        { "the use of the stack", "gcc -fstack-usage -c a.c", "", ["Remote", "Cached"] },
        { "colours", "gcc -Wall -c a.c", "", ["Remote", "|Remote|-fdiagnostics-color=always", "Cached", "|Cached|-fdiagnostics-color=always"] },
        { "the clock", "gcc -c b.c", "echo 'const char *d = __DATE__;' >b.c", ["Remote", "Remote"] },
        { "the clock in a macro that is put together", "gcc -c b.c", "printf '#define J(a, b) a##b\\nconst char *d = J(__DA, TE__);\\n' >b.c", ["", ""] },
        { "the time of a file", "gcc -c b.c", "echo 'const char *d = __TIMESTAMP__;' >b.c", ["Local", "touch -d 2001-01-01 b.c|Local"] },
        { "times that a pragma compares", "gcc -c b.c", "echo y >g.y; touch -d 2001-01-01 g.y; printf '#define P(x) _Pragma(#x)\\n#define Q(x) P(x)\\n#define K dependency\\nQ(GCC K \"g.y\")\\nint v;\\n' >b.c", ["Local", "touch -d 2030-01-01 g.y|Local"] },
        { "times that a pragma of Clang's compares", "clang -DK=dependency -c b.c", "echo y >g.y; touch -d 2001-01-01 g.y; printf '#define P(x) _Pragma(#x)\\n#define Q(x) P(x)\\nQ(clang K \"g.y\")\\nint v;\\n' >b.c", ["Local", "touch -d 2030-01-01 g.y|Local"] },
        { "names of outputs", "gcc -MD -c a.c", "mkdir d", ["|Remote|-o x.o", "|Remote|-o y.o", "|Remote|-o x.o -MF d/z.d", "|Remote|-o x.o -MT t", "|Remote|-o x.o -MQ t$", "|Cached|-o x.o", "|Cached|-o x.o -MF d/z.d", "|Remote|-o d/../x.o", "|Cached|-o d/../x.o"] },
        { "flags in another order", "gcc -c a.c", "", ["|Remote|-DA -DB", "|Remote|-DB -DA", "|Cached|-DA -DB"] },
        { "a link that leads elsewhere", "gcc -Ilink -c a.c", "mkdir one two; mv h.h one; echo '#define H 2' >two/h.h; ln -s one link", ["Remote", "Cached", "rm link; ln -s two link|Remote", "rm link; ln -s one link|Cached"] },
        { "one header in two folders", "gcc -Ione -Itwo -c b.c", "mkdir one two; printf '#pragma once\\nint once;\\n' >one/p.h; cp -p one/p.h two/q.h; printf '#include \"p.h\"\\n#include \"q.h\"\\n' >b.c", ["Remote", "Cached", "touch -d 2001-01-01 one/p.h|Remote", "touch -d 2001-01-01 two/q.h|Cached", "touch -d 2002-01-01 one/p.h two/q.h|Cached"] },
        { "one header that becomes two names", "clang -Ione -Itwo -c b.c", "mkdir one two; printf '#pragma once\\nextern int once;\\n' >one/p.h; cp -p one/p.h two/q.h; printf '#include \"p.h\"\\n#include \"q.h\"\\n' >b.c", ["", "", "ln -f one/p.h two/q.h|", ""] },
        { "a folder in the place of a file", "gcc -Ione -Itwo -c a.c", "mkdir one two; mv h.h two", ["Remote", "mkdir one/h.h|", "rmdir one/h.h|Cached"] },
        { "assembler text", "gcc -S -fverbose-asm -O2 a.c -o a.s", "", ["Remote", "Cached"] },
        { "an assembler that may not be run any more", "gcc -Bb -g -c a.c", AssemblerThatSpeaks, ["", "", "chmod -x b/as|", "", "chmod +x b/as|", "", "rm b/as|"] },
        { "an assembler on the search path of programs", "gcc -B b/ -c a.c", AssemblerThatSpeaks, ["", "", "chmod 644 b/as|", "", "chmod 755 b/as|", ""] },
        { "relative and absolute", "gcc -g -c a.c", "", ["Remote", "|Remote|$PWD/a.c -DX"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Nobody_can_tell_that_it_was_not_compiled(string name, string command, string script, string[] steps)
    {
        string work = Path.Combine(_folder, "work");
        Directory.CreateDirectory(work);
        File.WriteAllText(Path.Combine(work, "a.c"), Source);
        File.WriteAllText(Path.Combine(work, "h.h"), "#define H 1\n");
        Shell(script, work);
        foreach (string step in steps)
        {
            string[] parts = step.Contains('|', StringComparison.Ordinal) ? step.Split('|') : ["", step];
            Shell(parts[0], work);
            string[] words = [.. command.Split(' '), .. parts.Length > 2 ? parts[2].Replace("$PWD", work, StringComparison.Ordinal).Split(' ') : []];
            await CompareAsync($"{name}, '{step}'", work, [.. parts.Length > 2 && parts[2].StartsWith('$') ? words.Where(static word => word != "a.c") : words], parts[1]);
        }
    }

    [Theory]
    [InlineData("LANG=C.UTF-8")]
    [InlineData("CPATH=more")]
    [InlineData("SOURCE_DATE_EPOCH=1000000000")]
    [InlineData("LC_ALL=C")]
    [InlineData("COLUMNS=20")]
    public async Task A_variable_that_a_compiler_obeys_makes_another_command(string variable)
    {
        string work = Path.Combine(_folder, "work");
        Directory.CreateDirectory(Path.Combine(work, "more"));
        File.WriteAllText(Path.Combine(work, "a.c"), "#include <h.h>\nint f(void) { int unused; return H; }\n");
        File.WriteAllText(Path.Combine(work, "h.h"), "#define H 1\n");
        File.WriteAllText(Path.Combine(work, "more/h.h"), "#define H 2\n");
        ImmutableArray<string> words = ["gcc", "-Wall", "-idirafter", ".", "-c", "a.c"];
        await CompareAsync("without", work, words, "Remote");
        await CompareAsync("with", work, words, "Remote", variable);
        await CompareAsync("without", work, words, "Cached");
        await CompareAsync("with", work, words, "Cached", variable);
    }

    [Fact]
    public async Task A_mask_makes_another_command_and_a_folder_by_another_name_too()
    {
        string work = Path.Combine(_folder, "work");
        Directory.CreateDirectory(work);
        File.WriteAllText(Path.Combine(work, "a.c"), Source);
        File.WriteAllText(Path.Combine(work, "h.h"), "#define H 1\n");
        CompileJob job = Job(work, ["gcc", "-g", "-c", "a.c"], []);
        foreach ((int mask, JobPlace place, int mode) in ((int, JobPlace, int)[])[(0b010_010, JobPlace.Remote, 0b110_100_100), (0b111_111, JobPlace.Remote, 0b110_000_000), (0b111_111, JobPlace.Cached, 0b110_000_000), (0b010_010, JobPlace.Cached, 0b110_100_100)])
        {
            CompileResult result = await ExecuteAsync(job with { Umask = mask });
            Assert.Equal((place, mode), (result.Place, (int)File.GetUnixFileMode(Path.Combine(work, "a.o"))));
            File.Delete(Path.Combine(work, "a.o"));
        }

        // To the superuser at home it makes no difference that he may not read what he writes. A worker's compiler would fail by it.
        CompileResult barred = await ExecuteAsync(job with { Umask = 0b111_111_111 });
        Assert.Equal((JobPlace.Local, "umask 0777"), (barred.Place, barred.LocalOnly?.Detail));

        Directory.Move(work, work + "2");
        await CompareAsync("renamed", work + "2", ["gcc", "-g", "-c", "a.c"], "Remote");
        Directory.Move(work + "2", work);
        await CompareAsync("renamed back", work, ["gcc", "-g", "-c", "a.c"], "Cached");
    }

    private static void Shell(string script, string folder)
    {
        if (script.Length > 0)
        {
            Traces said = AtHome(["sh", "-ec", script], folder, ["PATH=" + SearchPath]);
            Assert.True(said.ExitCode == 0, $"{script}: {said.Errors}");
        }
    }

    private static CompileJob Job(string work, ImmutableArray<string> words, ImmutableArray<string> more) => new()
    {
        CommandLine = words,
        Compiler = CompilerLocator.Find(words[0], SearchPath, work, new HashSet<string>())!,
        WorkingDirectory = work,
        Environment = ["PATH=" + SearchPath, "PWD=" + work, .. more],
        Umask = 0b010_010,
    };

    private async Task<CompileResult> ExecuteAsync(CompileJob job) => await shared.Farm.ExecuteAsync(job).AsTask().WaitAsync(Patience);

    private async Task CompareAsync(string what, string work, ImmutableArray<string> words, string place, params string[] more)
    {
        Dictionary<string, string> before = Look(work);
        Traces home = AtHome(words, work, ["PATH=" + SearchPath, "PWD=" + work, .. more]);
        string left = Show(Restore(work, before));
        CompileResult result = await ExecuteAsync(Job(work, words, [.. more]));
        string now = Show(Restore(work, before));

        // What runs here is not the farm's to be said.
        string said = Encoding.UTF8.GetString(result.StandardError.Span);
        Assert.True(left == now, $"{what}: at home it leaves {left}, elsewhere {now}");
        Assert.True((home.ExitCode, home.Errors) == (result.ExitCode, said), $"{what}: at home it says {home.Errors}, elsewhere {said}");
        Assert.True(place.Length == 0 || result.Place.ToString() == place,
            $"{what}: {result.Place} and not {place}: {string.Join("; ", shared.Farm.Describe().Cache.Select(static count => $"{count.Count} {count.Name}"))}; {result.LocalOnly}");
        Assert.DoesNotContain(shared.Farm.Describe().Cache, static count => count.Name == CacheCounters.Wrong);
    }

    private static Traces AtHome(ImmutableArray<string> words, string folder, string[] environment)
    {
        // A mask of its own: the test's is whoever's who runs it.
        var start = new ProcessStartInfo("sh", ["-c", "umask 022; exec \"$@\"", "sh", .. words]) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        foreach (string variable in environment)
        {
            start.Environment[variable.Split('=', 2)[0]] = variable.Split('=', 2)[1];
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new Traces(process.ExitCode, errors);
    }

    /// <summary>Every file with its rights and bytes.</summary>
    private static Dictionary<string, string> Look(string work) =>
        Directory.EnumerateFiles(work, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Where(File.Exists).ToDictionary(
            static path => path, static path => $"{(int)File.GetUnixFileMode(path)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}");

    private static string Show(Dictionary<string, string> files) => string.Join(", ", files.OrderBy(static file => file.Key, StringComparer.Ordinal).Select(static file => $"{file.Key} {file.Value}"));

    /// <summary>What is there now; what was not there before goes.</summary>
    private static Dictionary<string, string> Restore(string work, Dictionary<string, string> before)
    {
        Dictionary<string, string> now = Look(work);
        foreach (string path in now.Keys.Except(before.Keys))
        {
            File.Delete(path);
        }

        return now;
    }

    private sealed record Traces(int ExitCode, string Errors);

    /// <summary>One farm for all cases, since each would have its compilers read and described anew: to a farm another folder makes every command another one.</summary>
    public sealed class SharedFarm : IAsyncLifetime
    {
        private readonly string _root = Directory.CreateTempSubdirectory("icecream-test-").FullName;
        private EmbeddedFarm? _farm;
        private int _cases;

        internal EmbeddedFarm Farm => _farm!;

        /// <summary>A folder in which no case was before.</summary>
        public string Begin() => Directory.CreateDirectory(Path.Combine(_root, $"case{_cases++}")).FullName;

        public async Task InitializeAsync() => _farm = await EmbeddedFarm.StartAsync(
            new EmbeddedFarmOptions { StateDirectory = Path.Combine(_root, "state"), Cache = new CacheOptions() });

        public async Task DisposeAsync()
        {
            await Farm.DisposeAsync();
            Directory.Delete(_root, recursive: true);
        }
    }
}
