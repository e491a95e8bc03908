using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Benchmarks;

/// <summary>Jobs and commands as builds have them: 500 headers, some forty words.</summary>
internal static class Samples
{
    public const int Headers = 500;

    public static ImmutableArray<string> CommandLine { get; } =
    [
        "g++", "-DNDEBUG", "-DBOOST_ALL_NO_LIB", "-D_GNU_SOURCE", "-DVERSION=\"1.2.3\"", "-I/home/ada/project/include", "-I/home/ada/project/build/generated",
        "-isystem", "/usr/include/libxml2", "-isystem", "/opt/vendor/include", "-O2", "-g", "-pipe", "-std=c++20", "-fPIC", "-fvisibility=hidden",
        "-fvisibility-inlines-hidden", "-fno-omit-frame-pointer", "-fstack-protector-strong", "-fdiagnostics-color=always", "-Wall", "-Wextra",
        "-Wno-unused-parameter", "-Wno-deprecated-declarations", "-Werror=return-type", "-Wformat", "-Wformat-security", "-march=x86-64-v2",
        "-mtune=generic", "-pthread", "-MD", "-MT", "src/CMakeFiles/core.dir/parser.cc.o", "-MF", "src/CMakeFiles/core.dir/parser.cc.o.d",
        "-o", "src/CMakeFiles/core.dir/parser.cc.o", "-c", "/home/ada/project/src/parser.cc",
    ];

    public static FileTree Tree { get; } = new()
    {
        Files =
        [
            .. Enumerable.Range(0, Headers).Select(static number => new TreeFile(
                $"/home/ada/project/include/library{number % 20}/detail/header{number}.h", Digest.Of(BitConverter.GetBytes(number)), 4000 + number, 1_700_000_000 + number)),
        ],
        Links = [new TreeLink("/usr/include/asm", "x86_64-linux-gnu/asm")],
        Directories = ["/home/ada/project/build"],
    };

    public static CompileJob Job { get; } = new()
    {
        CommandLine = CommandLine,
        Compiler = "/usr/bin/g++",
        WorkingDirectory = "/home/ada/project/build",
        Environment = ["LANG=C.UTF-8"],
        User = "ada",
        Toolchain = Digest.Of("toolchain"u8),
        Inputs = Tree,
        Outputs = [new JobOutput("/home/ada/project/build/parser.o", false), new JobOutput("/home/ada/project/build/parser.o.d", false)],
    };

    public static SlotLease Lease { get; } = new(7, "blade", FarmAddress.Tcp("192.0.2.7", FarmAddress.DaemonPort), DateTimeOffset.UnixEpoch.AddYears(60), new byte[64]);

    /// <summary>Bytes that no codec and no file system can shorten, the same in every run.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
