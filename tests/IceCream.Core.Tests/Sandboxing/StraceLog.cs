using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace IceCream.Tests.Sandboxing;

/// <summary>A path that was looked for, as both strace and the record tell it.</summary>
internal readonly record struct Looked(string Path, bool IsAbsent)
{
    public override string ToString() => $"{Path} {(IsAbsent ? "absent" : "found")}";
}

/// <summary>What strace(1) saw a command look for: one file for each process, so that no line is cut in two.</summary>
internal sealed partial class StraceLog
{
    /// <summary>The calls whose first path is looked for. What is to become of a link or of a new name is not asked for by them.</summary>
    private static readonly string[] Plain =
    [
        "open", "creat", "stat", "lstat", "access", "readlink", "unlink", "rename", "mkdir", "rmdir", "link", "chmod", "chown", "lchown", "mknod", "utime", "utimes", "execve",
        "chdir", "statfs", "getxattr", "lgetxattr", "truncate",
    ];

    private static readonly string[] At =
    [
        "openat", "openat2", "newfstatat", "statx", "faccessat", "faccessat2", "readlinkat", "execveat", "unlinkat", "renameat", "renameat2", "mkdirat", "linkat", "fchmodat",
        "fchownat", "mknodat", "utimensat",
    ];

    private StraceLog()
    {
    }

    public HashSet<Looked> Lookups { get; } = [];

    /// <summary>Those of them that were read as links: what <c>realpath</c> of the C library is made of.</summary>
    public HashSet<Looked> Links { get; } = [];

    /// <summary>Real paths of folders whose names were read.</summary>
    public HashSet<string> Listed { get; } = [];

    /// <summary>Calls that are in no list here. There must be none.</summary>
    public HashSet<string> Unknown { get; } = [];

    /// <param name="prefix">What the files of the processes are called before their number.</param>
    /// <param name="workingDirectory">Where the command began.</param>
    public static StraceLog Read(string prefix, string workingDirectory)
    {
        var log = new StraceLog();
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(prefix)!, Path.GetFileName(prefix) + ".*"))
        {
            foreach (string line in File.ReadLines(file, Encoding.Latin1))
            {
                log.Add(line, workingDirectory);
            }
        }

        return log;
    }

    private void Add(string line, string workingDirectory)
    {
        if (Call().Match(line) is not { Success: true } call)
        {
            return;
        }

        string name = call.Groups["name"].Value, arguments = call.Groups["arguments"].Value, error = call.Groups["error"].Value;
        if (name == "getdents64")
        {
            Listed.Add(Decode(Descriptor().Match(arguments).Groups["path"].Value));
            return;
        }

        bool isAt = At.Contains(name);
        if (!isAt && !Plain.Contains(name))
        {
            if (name is not ("getcwd" or "fchdir" or "symlink" or "symlinkat"))
            {
                Unknown.Add(name);
            }

            return;
        }

        string folder = workingDirectory;
        if (isAt && Descriptor().Match(arguments) is { Success: true } descriptor)
        {
            folder = Decode(descriptor.Groups["path"].Value);
            arguments = arguments[descriptor.Length..];
        }

        if (Text().Match(arguments) is not { Success: true } text || text.Groups["text"].Length == 0 || error is "EFAULT" or "ENAMETOOLONG")
        {
            return;
        }

        // What could be made was not there before.
        bool isAbsent = name.StartsWith("mkdir", StringComparison.Ordinal) || name.StartsWith("mknod", StringComparison.Ordinal) ? error != "EEXIST" : error is "ENOENT" or "ENOTDIR";
        string path = Decode(text.Groups["text"].Value);
        var looked = new Looked(path.StartsWith('/') ? path : folder == "/" ? "/" + path : $"{folder}/{path}", isAbsent);
        Lookups.Add(looked);
        if (name is "readlink" or "readlinkat")
        {
            Links.Add(looked);
        }
    }

    /// <summary>strace writes bytes beyond ASCII, quotes and control characters as C does.</summary>
    private static string Decode(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.Add((byte)text[i]);
                continue;
            }

            string digits = string.Concat(text.Skip(i + 1).Take(3).TakeWhile(char.IsAsciiDigit));
            if (digits.Length > 0)
            {
                bytes.Add((byte)digits.Aggregate(0, static (value, digit) => (value * 8) + CharUnicodeInfo.GetDecimalDigitValue(digit)));
                i += digits.Length;
            }
            else
            {
                i++;
                bytes.Add(text[i] switch { 'n' => (byte)'\n', 't' => (byte)'\t', 'r' => (byte)'\r', 'v' => (byte)'\v', 'f' => (byte)'\f', char other => (byte)other });
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    [GeneratedRegex(@"^(?<name>\w+)\((?<arguments>.*)\)\s+= -?\d+(<.*>)?( (?<error>E[A-Z0-9]+) \(.*\))?$")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(AT_FDCWD|\d+)<(?<path>[^>]*)>(, )?")]
    private static partial Regex Descriptor();

    [GeneratedRegex("""^"(?<text>(\\.|[^"\\])*)"(?!\.\.\.)""")]
    private static partial Regex Text();
}
