using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace IceCream.Tests.Inputs;

/// <summary>Makes trees of headers that include one another in every way that the language knows, and that always preprocess without errors.</summary>
internal sealed class RandomSources(int seed)
{
    public static ImmutableArray<string> Folders { get; } = ["", "src/", "one/", "two/", "two/deep/", "quote/", "after/"];
    public static ImmutableArray<string> Names { get; } = ["a.h", "b.h", "c.h", "deep/d.h", "deep/../e.h", "../two/f.h", "1.h", "x1y.h"];
    private static readonly string[] Macros = ["H1", "H2", "H3", "H4"];

    private readonly Random _random = new(seed);
    private int _guards;

    public void WriteTo(ScannedFolder folder)
    {
        foreach (string place in Folders)
        {
            foreach (string name in Names.Where(_ => _random.Next(3) == 0))
            {
                folder.Write(place + name, Header());
            }
        }

        foreach (string made in (string[])["src/x", "one/deep/x", "two/deep/x", "quote/deep/x", "after/deep/x"])
        {
            folder.Write(made, "");
        }

        folder.Write("src/main.cc", Header());
    }

    /// <summary>The text of one more header.</summary>
    public string Header()
    {
        var text = new StringBuilder();
        bool guarded = _random.Next(2) == 0;
        string guard = string.Create(CultureInfo.InvariantCulture, $"GUARD_{seed & 0xFFFF}_{_guards++}");
        text.Append(guarded ? $"#ifndef {guard}\n#define {guard}\n" : "#if __INCLUDE_LEVEL__ < 4\n");
        for (int i = _random.Next(2, 8); i > 0; i--)
        {
            text.Append(Piece());
        }

        return text.Append("#endif\n").ToString();
    }

    private string Piece() => _random.Next(16) switch
    {
        < 5 => Include(),
        5 => Next(),
        6 or 7 => Definition(),
        8 or 9 => Computed(),
        10 => $"#if {_random.Next(2)}\n{Piece()}#else\n{Piece()}#endif\n",
        11 => "const char *s" + _random.Next() + " = R\"x(\n#include \"no.h\"\n/* \" )x\";\n",
        12 => Pick("// don't \\\n#include <no.h>\n", "/* \" */\n", "int i" + _random.Next() + " = 1'000; /* ' */\n", "/*\n#include NOTHING\n*/\n"),
        13 => $"#undef {Pick(Macros)}\n",
        14 => $"#define HAS{_random.Next(2)}(x) __has_include(x)\n#if HAS{_random.Next(2)}(<{Pick(Names.AsSpan())}>)\n#endif\n".Replace("HAS1(<", "__has_include(<", StringComparison.Ordinal),
        _ => Pick("#define linux linux\n", "#pragma once\n", "#line 7 \"no.h\"\n", "#\n", "# /* nothing */\n", "%: define DIGRAPH\n"),
    };

    private string Include()
    {
        string name = _random.Next(2) == 0 ? $"\"{Pick(Names.AsSpan())}\"" : $"<{Pick(Names.AsSpan())}>";
        string written = Pick(
            $"#include {name}\n", $"# include{name}\n", $"  #\tinclude /* c */ {name} // d\n", $"/* a\n * b */ #include {name}\n", $"#inc\\\nlude {name}\n", $"#\\\ninclude\\ \n {name}\n",
            $"%:include {name}\n", $"#include /*\n*/ {name}\n", $"\v\f#import {name}\n", $"#include {name}\r\n", $"/**//**/#/**/include/**/{name}\n");
        return $"#if __has_include({name})\n{written}#endif\n";
    }

    private string Next()
    {
        string name = $"<{Pick(Names.AsSpan())}>";
        return $"#if __INCLUDE_LEVEL__ > 0 && __has_include_next({name})\n#include_next {name}\n#endif\n";
    }

    private string Definition()
    {
        string macro = Pick(Macros);
        string body = Pick(
            $"<{Pick(Names.AsSpan())}>", $"\"{Pick(Names.AsSpan())}\"", Pick(Macros), $"/* c */ <{Pick(Names.AsSpan())}> // d", "<PART.h>", "STRING(PART.h)", "STRING(PASTE(x, PASTE(PART, y)).h)",
            "<a\\\n.h>", "STRING(deep/SECOND)", "FILE_OF(0, (1, 2, \"c.h\"))", "FILE_OF(1, (1, 2, <a.h>))", "STRING(VARIADIC(x, 1, y).h)");
        return $"""
            #undef PART
            #define PART {Pick("a", "b", "1", "x")}
            #undef SECOND
            #define SECOND {Pick("d.h", "../e.h", "PART.h")}
            #undef STRING
            #undef STRING_
            #define STRING_(x) #x
            #define STRING(x) STRING_(x)
            #undef PASTE
            #undef PASTE_
            #define PASTE_(a, b) a ## b
            #define PASTE(a, b) PASTE_(a, b)
            #undef VARIADIC
            #define VARIADIC(a, ...) VARIADIC_(a, __VA_ARGS__)
            #undef VARIADIC_
            #define VARIADIC_(a, b, c) a ## b ## c
            #undef FILE_OF
            #define FILE_OF(n, t) PASTE(FILE_OF_, n) t
            #undef FILE_OF_0
            #define FILE_OF_0(a, b, c) c
            #undef FILE_OF_1
            #define FILE_OF_1(a, b, c) c
            #undef {macro}
            #define {macro} {body}

            """;
    }

    private string Computed()
    {
        string macro = Pick(Macros);
        return $"#ifdef {macro}\n#if __has_include({macro})\n#include {macro}\n#endif\n#endif\n";
    }

    private string Pick(params ReadOnlySpan<string> from) => from[_random.Next(from.Length)];
}
