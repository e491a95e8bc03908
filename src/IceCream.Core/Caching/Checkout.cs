using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// The folder of one checkout of a project, beside which other checkouts may lie. It rewrites jobs, trees and lists so that a placeholder stands for the folder, and back, so that
/// checkouts can be compared. A command that names its folder in a way that cannot be rewritten belongs to its own checkout.
/// </summary>
internal sealed class Checkout
{
    /// <summary>Stands for the folder.</summary>
    public const string Placeholder = "/.icecream-checkout";

    /// <summary>What may stand before a path in one word: then the path ends where the word does.</summary>
    private static readonly string[] BeforePaths = ["", "-I", "-L", "-isystem", "-iquote", "-idirafter", "-include", "-o", "-MF", "-MT", "-MQ"];

    /// <summary>Flags that map a folder to a name: the folder ends at the second sign of equality.</summary>
    private static readonly string[] Maps = ["-ffile-prefix-map=", "-fmacro-prefix-map=", "-fdebug-prefix-map="];

    /// <summary>Words after which the next is no path, whatever it looks like.</summary>
    private static readonly string[] BeforeTexts = ["-D", "-U", "-A", "-x", "-Xclang", "-Xassembler", "-Xpreprocessor", "-mllvm", "--param"];

    /// <summary>The flags that are known to put no path, nor a digest of one, into an object. A command with any other belongs to its folder.</summary>
    private static readonly string[] Free =
    [
        "-I", "-isystem", "-iquote", "-idirafter", "-include", "-D", "-U", "-o", "-M", "-O", "-std=", "-m", "-W", "-L", "--param",
        .. Maps,
        .. ((string[])
        [
            "PIC", "pic", "PIE", "pie", "plt", "exceptions", "rtti", "visibility", "strict-aliasing", "omit-frame-pointer", "stack-protector", "stack-clash-protection", "cf-protection",
            "common", "function-sections", "data-sections", "math-errno", "fast-math", "trapping-math", "finite-math-only", "fp-contract", "wrapv", "semantic-interposition", "diagnostics-", "color-diagnostics",
            "char8_t", "concepts", "coroutines", "unroll-loops", "tree-vectorize", "asynchronous-unwind-tables", "unwind-tables", "unsigned-char", "signed-char", "builtin", "freestanding", "short-enums",
            "template-depth", "constexpr-", "permissive", "delete-null-pointer-checks", "ident", "merge-all-constants", "max-errors", "threadsafe-statics", "inline", "sized-deallocation", "aligned-new",
        ]).SelectMany(static flag => (string[])["-f" + flag, "-fno-" + flag]),
    ];

    /// <summary>The same, as whole words.</summary>
    private static readonly string[] FreeWords = ["-c", "-S", "-x", "-g0", "-w", "-ansi", "-pedantic", "-pedantic-errors", "-pipe", "-pthread", "-nostdinc", "-nostdinc++"];

    /// <summary>What begins like one of them, and speaks to another program or may say anything.</summary>
    private static readonly string[] Bound = ["-Wa,", "-Wp,", "-Wl,", "-mllvm"];

    private Checkout(string root) => Root = root;

    /// <summary>The folder: absolute, without links.</summary>
    public string Root { get; }

    /// <summary>The checkout in which a job is typed: a folder that lies in one of those that hold checkouts.</summary>
    /// <param name="job">The job.</param>
    /// <param name="bases">Folders that hold checkouts: absolute.</param>
    /// <returns>Null when it is typed elsewhere.</returns>
    public static Checkout? Of(CompileJob job, ImmutableArray<string> bases)
    {
        foreach (string prefix in bases.Select(static folder => folder.TrimEnd('/') + "/"))
        {
            if (job.WorkingDirectory.StartsWith(prefix, StringComparison.Ordinal))
            {
                int end = job.WorkingDirectory.IndexOf('/', prefix.Length);
                return new Checkout(end < 0 ? job.WorkingDirectory : job.WorkingDirectory[..end]);
            }
        }

        return null;
    }

    /// <summary>The job as it is said in every checkout, as far as its command's key needs it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="objection">Why it belongs to this folder; null when it does not.</param>
    public CompileJob? Generalize(CompileJob job, out string? objection)
    {
        CompilerInvocation invocation = job.Invocation!;
        objection = invocation.Language is not (SourceLanguage.C or SourceLanguage.Cxx) ? "its language is neither C nor C++"
            : invocation.Arguments.FirstOrDefault(static word => !IsFree(word)) is { } flag ? $"{flag} may put the folder into the result"
            : job.Outputs.Any(output => output.Path != PathOf(job, invocation.Output) && output.Path != PathOf(job, invocation.DependencyFile)) ? "it writes more than an object and a dependency file"
            : job.Compiler.Contains(Root, StringComparison.Ordinal) ? "its compiler lies in the checkout"
            : null;
        if (objection is not null)
        {
            return null;
        }

        if (MoveWords(job.CommandLine, job) is not { } line || MoveWords(invocation.Arguments, job) is not { } arguments || MoveWords(invocation.NamedInputs, job) is not { } inputs)
        {
            objection = "a word names the checkout otherwise than as the start of a path, or leads out of it";
            return null;
        }

        string?[] environment = [.. job.Environment.Select(variable => variable.StartsWith("PWD=", StringComparison.Ordinal)
            ? ToPlaceholder(variable[4..]) is { } moved ? "PWD=" + moved : null
            : variable.Contains(Root, StringComparison.Ordinal) ? null : variable)];
        string?[] outputs = [.. job.Outputs.Select(output => ToPlaceholder(output.Path))];
        if (environment.Contains(null) || outputs.Contains(null))
        {
            objection = "a variable or an output names the checkout otherwise than as the start of a path";
            return null;
        }

        return job with
        {
            WorkingDirectory = ToPlaceholder(job.WorkingDirectory)!,
            CommandLine = line,
            Environment = [.. environment!],
            Outputs = [.. job.Outputs.Zip(outputs, static (output, path) => output with { Path = path! })],
            Invocation = invocation with { Arguments = arguments, NamedInputs = inputs },
        };
    }

    /// <summary>A tree with the placeholder in the folder's place; null when a link in it leads out of the checkout by steps.</summary>
    public FileTree? Generalize(FileTree tree) => tree.Links.Any(link => Climbs(link.Path, link.Target)) ? null : Exchange(tree, Root, Placeholder);

    /// <summary>A tree of any checkout as it would be in this one; null when it was no such tree.</summary>
    public FileTree? Specialize(FileTree tree) => Exchange(tree, Placeholder, Root);

    /// <summary>Lists of what was looked for, with the placeholder in the folder's place.</summary>
    public LookupLists? Generalize(LookupLists lists) => Exchange(lists, Root, Placeholder);

    /// <summary>Lists of any checkout as they would be in this one.</summary>
    public LookupLists? Specialize(LookupLists lists) => Exchange(lists, Placeholder, Root);

    /// <summary>Whether a path lies in the checkout.</summary>
    public bool Holds(string path) => path == Root || path.StartsWith(Root + "/", StringComparison.Ordinal);

    /// <summary>Whether a path, walked from a folder step by step, ever stands outside of the checkout after it was in it.</summary>
    public bool LeadsOut(string path, string folder)
    {
        List<string> walked = [.. (path.StartsWith('/') ? "" : folder).Split('/', StringSplitOptions.RemoveEmptyEntries)];
        bool wasInside = Holds("/" + string.Join('/', walked));
        foreach (string step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == ".." && walked.Count > 0)
            {
                walked.RemoveAt(walked.Count - 1);
            }
            else if (step is not ("." or ".."))
            {
                walked.Add(step);
            }

            bool isInside = Holds("/" + string.Join('/', walked));
            if (wasInside && !isInside)
            {
                return true;
            }

            wasInside |= isInside;
        }

        return false;
    }

    private static bool IsFree(string word) =>
        !word.StartsWith('-') ? !word.StartsWith('@')
        : FreeWords.Contains(word) || (Array.Exists(Free, flag => word.StartsWith(flag, StringComparison.Ordinal)) && !Array.Exists(Bound, flag => word.StartsWith(flag, StringComparison.Ordinal)));

    private static string? PathOf(CompileJob job, string? path) => path is null ? null : Path.GetFullPath(path, job.WorkingDirectory);

    private string? ToPlaceholder(string path) => DependencyText.MovePath(path, Root, Placeholder);

    private bool Climbs(string link, string target) => !target.StartsWith('/') && Holds(link) && LeadsOut(target, Path.GetDirectoryName(link)!);

    private ImmutableArray<string>? MoveWords(ImmutableArray<string> words, CompileJob job)
    {
        var moved = ImmutableArray.CreateBuilder<string>(words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (MoveMap(word) is { } map)
            {
                moved.Add(map);
                continue;
            }

            string flag = BeforePaths.Where(before => word.StartsWith(before, StringComparison.Ordinal)).MaxBy(static before => before.Length)!;
            string path = word[flag.Length..];
            bool isText = i > 0 && BeforeTexts.Contains(words[i - 1]);
            string? other = word.Contains(Root, StringComparison.Ordinal) && (isText || !path.StartsWith(Root, StringComparison.Ordinal)) ? null : ToPlaceholder(path);

            // A word that is no path at all leads nowhere by steps either.
            if (other is null || word.Contains(Placeholder, StringComparison.Ordinal) || (path.Contains("..", StringComparison.Ordinal) && LeadsOut(path, job.WorkingDirectory)))
            {
                return null;
            }

            moved.Add(flag + other);
        }

        return moved.DrainToImmutable();
    }

    /// <summary>A flag that maps this folder, or one in it, to a name that does not tell where it is; null for other words.</summary>
    private string? MoveMap(string word)
    {
        if (Array.Find(Maps, flag => word.StartsWith(flag, StringComparison.Ordinal)) is not { } map || word.LastIndexOf('=') is var end && end < map.Length)
        {
            return null;
        }

        string folder = word[map.Length..end], name = word[end..];
        return Holds(folder) && !name.Contains(Root, StringComparison.Ordinal) && ToPlaceholder(folder) is { } other ? map + other + name : null;
    }

    private static FileTree? Exchange(FileTree tree, string from, string to)
    {
        bool good = true;
        tree = new FileTree
        {
            Files = [.. tree.Files.Select(file => file with { Path = At(file.Path) }).OrderBy(static file => file.Path, StringComparer.Ordinal)],
            Links = [.. tree.Links.Select(link => new TreeLink(At(link.Path), link.Target.StartsWith('/') ? At(link.Target) : link.Target)).OrderBy(static link => link.Path, StringComparer.Ordinal)],
            Directories = [.. tree.Directories.Select(At).Order(StringComparer.Ordinal)],
        };
        return good ? tree : null;

        string At(string path)
        {
            string? moved = Exchanged(path, from, to);
            good &= moved is not null;
            return moved ?? path;
        }
    }

    private static LookupLists? Exchange(LookupLists lists, string from, string to)
    {
        if (lists.Absent.Any(absent => Exchanged(absent.Folder, from, to) is null) || lists.Listed.Any(folder => Exchanged(folder, from, to) is null))
        {
            return null;
        }

        return lists with
        {
            Absent = [.. lists.Absent.Select(absent => absent with { Folder = Exchanged(absent.Folder, from, to)! }).OrderBy(static absent => absent.Folder, StringComparer.Ordinal)],
            Listed = [.. lists.Listed.Select(folder => Exchanged(folder, from, to)!).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>A path with the folder exchanged; null when it lies already where none may lie.</summary>
    private static string? Exchanged(string path, string from, string to) =>
        path == from || path.StartsWith(from + "/", StringComparison.Ordinal) ? to + path[from.Length..]
        : path == to || path.StartsWith(to + "/", StringComparison.Ordinal) ? null
        : path;
}
