using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Names and places that are hard on whoever moves files about. Every script runs twice: with the compiler, and with the launcher.</summary>
public sealed class PathTests(SharedFarm shared) : IClassFixture<SharedFarm>
{
    private const string Source = "#include \"h.h\"\n#include <stddef.h>\nconst char *where(void) { return __FILE__; }\nint value(size_t n) { int unused; return (int)n + H; }\n";

    [Theory]
    [InlineData("with spaces", "mkdir 'a b'; mv x.c h.h 'a b'; $CC -g -Wall -MMD -c 'a b/x.c' -o 'a b/x y.o'")]
    [InlineData("with quotes", """mkdir "it's \"so\""; mv x.c h.h "it's \"so\""; $CC -g -Wall -MMD -c "it's \"so\"/x.c" -o "q'\".o" """)]
    [InlineData("with other marks", """mkdir 'a$b#c%d;e&f\g*'; mv x.c h.h 'a$b#c%d;e&f\g*'; cd 'a$b#c%d;e&f\g*'; $CC -g -Wall -MMD -c x.c""")]
    [InlineData("with a line break", "mkdir 'a\nb'; mv x.c h.h 'a\nb'; cd 'a\nb'; $CC -g -Wall -c x.c")]
    [InlineData("unicode", "mkdir 'grüße-日本語-🧊'; mv x.c h.h 'grüße-日本語-🧊'; cd 'grüße-日本語-🧊'; $CC -g -Wall -MMD -c x.c -o 'ö.o'")]
    [InlineData("long", "n=$(printf '%0200d' 7); for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do mkdir $n; mv x.c h.h $n; cd $n; done; $CC -g -Wall -MMD -c x.c -o x.o")]
    [InlineData("through symbolic links", "mkdir real real/in; mv x.c h.h real/in; ln -s real/in tree; ln -s x.c real/in/y.c; cd tree; $CC -g -Wall -MMD -c y.c -I ../tree -o y.o")]
    [InlineData("up and down again", "mkdir -p a/b out; mv x.c h.h a; $CC -g -Wall -MMD -c a/b/.././../a/x.c -o out/../out/x.o")]
    [InlineData("absolute", "$CC -g -Wall -MD -c \"$PWD/x.c\" -I\"$PWD\" -o \"$PWD/x.o\"")]
    [InlineData("a read-only source folder", "mkdir src; mv x.c h.h src; chmod a-w src src/*; $CC -g -Wall -MMD -c src/x.c -o x.o; code=$?; chmod -R u+w src; sh -c \"exit $code\"")]
    [InlineData("a missing output folder", "$CC -g -Wall -c x.c -o no/x.o")]
    [InlineData("an output that is a link", "mkdir other; ln -s other/y.o x.o; $CC -g -Wall -c x.c -o x.o")]
    [InlineData("an output to nowhere", "$CC -g -Wall -c x.c -o /dev/null")]
    [InlineData("an output that exists and is longer", "head -c 99999 /dev/zero >x.o; chmod 640 x.o; $CC -g -Wall -c x.c -o x.o; code=$?; stat -c %a x.o; sh -c \"exit $code\"")]
    [InlineData("a missing source", "$CC -g -Wall -c y.c -o y.o")]
    [InlineData("a missing header", "rm h.h; $CC -g -Wall -c x.c -o x.o")]
    [InlineData("a header that is in the way", "mkdir one two; mkdir one/h.h; mv h.h two; $CC -Wall -Ione -Itwo -c x.c -o x.o")]
    [InlineData("a mask", "umask 027; $CC -g -Wall -MMD -c x.c -o x.o; code=$?; stat -c %a x.o x.d; sh -c \"exit $code\"")]
    [InlineData("a compiler that may not be run", "echo '#!/bin/sh' >gcc; case $CC in *icelaunch*) L=${CC% gcc} ;; esac; $L ./gcc -c x.c 2>said; code=$?; rm said; $CC -c x.c; sh -c \"exit $code\"")]
    [InlineData("through the working directory of whoever asks", "mkdir -p in/inc; mv x.c in; mv h.h in/inc; ln -s /proc/self/cwd same; cd in; $CC -g -Wall -MMD -c x.c -I../same/inc -o x.o")]
    [InlineData("into the working directory of whoever asks", "mkdir in; mv x.c h.h in; ln -s /proc/self/cwd same; cd in; $CC -g -Wall -MMD -c x.c -o ../same/x.o")]
    [InlineData("a response file", "echo '-g -Wall -DX=\"a b\" -c x.c -o x.o' >args; $CC @args")]
    [InlineData("split debug information", "$CC -g -gsplit-dwarf -Wall -MMD -c x.c -o x.o")]
    [InlineData("nothing but a warning that is an error", "$CC -g -Wall -Werror -c x.c -o x.o")]
    public async Task Everything_is_as_without_a_farm(string what, string script)
    {
        using var space = new Workspace();
        string folder = space.Folder("work"), aside = space.Folder("aside");
        (string Name, string Value) path = ("PATH", Environment.GetEnvironmentVariable("PATH")!);
        Prepare();
        Ending here = await Shell.RunAsync(script, folder, path, ("CC", "gcc"));
        SortedDictionary<string, string> expected = GeneratedProject.Results(folder);
        Directory.Move(folder, Path.Combine(aside, "here"));
        space.Folder("work");
        Prepare();
        long before = Total(await shared.Farm.StatisticsAsync());
        Ending there = await shared.Farm.RunAsync(script, folder, ("CC", $"{Programs.Launcher} gcc"));
        Statistics after = await shared.Farm.StatisticsAsync();
        Assert.True(here == there, $"{what}\nexpected {here}\nactual {there}\n{after}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(folder), after.ToString());
        Assert.Equal(before + 1, Total(after));
        Assert.True(after.Recent[^1] is { Place: "remote" } or { Reason.Length: > 0 }, after.Recent[^1].ToString());

        void Prepare()
        {
            space.Write("work/x.c", Source);
            space.Write("work/h.h", "#define H 3\n");
        }
    }

    private static long Total(Statistics statistics) => statistics.Remote + statistics.Local + statistics.Cached + statistics.Joined + statistics.Failed;
}
