using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// The root folder of one of several sibling checkouts of a project. It rewrites jobs, trees and lookup lists between this folder and a placeholder,
/// so that checkouts can be compared. A command that contains the folder in a form that cannot be rewritten is not shared between checkouts.
/// </summary>
internal sealed class Checkout
{
    /// <summary>Replaces the folder in generalized paths.</summary>
    public const string Placeholder = "/.icecream-checkout";

    /// <summary>The prefixes after which the rest of a word is a path.</summary>
    private static readonly string[] BeforePaths = ["", "-I", "-L", "-isystem", "-iquote", "-idirafter", "-include", "-o", "-MF", "-MT", "-MQ"];

    /// <summary>Flags that map a folder to a name: the folder ends at the second equals sign.</summary>
    private static readonly string[] Maps = ["-ffile-prefix-map=", "-fmacro-prefix-map=", "-fdebug-prefix-map="];

    /// <summary>Flags whose next word is never a path, whatever it looks like.</summary>
    private static readonly string[] BeforeTexts = ["-D", "-U", "-A", "-x", "-Xclang", "-Xassembler", "-Xpreprocessor", "-mllvm", "--param"];

    /// <summary>
    /// The flags that are known to put neither a path nor a digest of one into an object. A command with any other flag is not shared between
    /// checkouts.
    /// </summary>
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

    /// <summary>The same, for flags that must match as whole words.</summary>
    private static readonly string[] FreeWords = ["-c", "-S", "-x", "-g0", "-w", "-ansi", "-pedantic", "-pedantic-errors", "-pipe", "-pthread", "-nostdinc", "-nostdinc++"];

    /// <summary>Flags that start like one of <see cref="Free"/>, but are passed to another program or may contain anything.</summary>
    private static readonly string[] Bound = ["-Wa,", "-Wp,", "-Wl,", "-mllvm"];

    private Checkout(string root) => Root = root;

    /// <summary>The root folder: absolute, without links.</summary>
    public string Root { get; }

    /// <summary>The checkout that contains a job's working directory: a direct subfolder of one of the base folders.</summary>
    /// <param name="job">The job.</param>
    /// <param name="bases">The folders that contain checkouts: absolute.</param>
    /// <returns>Null when the job is in none of them.</returns>
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

    /// <summary>The job with the placeholder in the folder's place, as far as the command key needs it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="doubt">Why the job cannot be shared between checkouts; null when it can.</param>
    public CompileJob? Generalize(CompileJob job, out string? doubt)
    {
        CompilerInvocation invocation = job.Invocation!;
        doubt = invocation.Language is not (SourceLanguage.C or SourceLanguage.Cxx) ? "its language is neither C nor C++"
            : invocation.Arguments.FirstOrDefault(static word => !IsFree(word)) is { } flag ? $"{flag} may put the folder into the result"
            : job.Outputs.Any(output => output.Path != PathOf(job, invocation.Output) && output.Path != PathOf(job, invocation.DependencyFile)) ? "it writes more than an object and a dependency file"
            : job.Compiler.Contains(Root, StringComparison.Ordinal) ? "its compiler lies in the checkout"
            : null;
        if (doubt is not null)
        {
            return null;
        }

        if (MoveWords(job.CommandLine, job) is not { } line || MoveWords(invocation.Arguments, job) is not { } arguments || MoveWords(invocation.NamedInputs, job) is not { } inputs)
        {
            doubt = "a word names the checkout otherwise than as the start of a path, or leads out of it";
            return null;
        }

        string?[] environment = [.. job.Environment.Select(variable => variable.StartsWith("PWD=", StringComparison.Ordinal)
            ? ToPlaceholder(variable[4..]) is { } moved ? "PWD=" + moved : null
            : variable.Contains(Root, StringComparison.Ordinal) ? null : variable)];
        string?[] outputs = [.. job.Outputs.Select(output => ToPlaceholder(output.Path))];
        if (environment.Contains(null) || outputs.Contains(null))
        {
            doubt = "a variable or an output names the checkout otherwise than as the start of a path";
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

    /// <summary>A tree with the placeholder in the folder's place; null when a relative link in it leads out of the checkout.</summary>
    public FileTree? Generalize(FileTree tree) => tree.Links.Any(link => Climbs(link.Path, link.Target)) ? null : Exchange(tree, Root, Placeholder);

    /// <summary>A generalized tree with this folder in the placeholder's place; null when it already contains paths in this folder.</summary>
    public FileTree? Specialize(FileTree tree) => Exchange(tree, Placeholder, Root);

    /// <summary>Lookup lists with the placeholder in the folder's place.</summary>
    public LookupLists? Generalize(LookupLists lists) => Exchange(lists, Root, Placeholder);

    /// <summary>Generalized lookup lists with this folder in the placeholder's place.</summary>
    public LookupLists? Specialize(LookupLists lists) => Exchange(lists, Placeholder, Root);

    /// <summary>Whether a path is in the checkout.</summary>
    public bool Holds(string path) => path == Root || path.StartsWith(Root + "/", StringComparison.Ordinal);

    /// <summary>Whether resolving a path from a folder component by component ever leaves the checkout after being in it.</summary>
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

            // For a word that is no path, LeadsOut is false.
            if (other is null || word.Contains(Placeholder, StringComparison.Ordinal) || (path.Contains("..", StringComparison.Ordinal) && LeadsOut(path, job.WorkingDirectory)))
            {
                return null;
            }

            moved.Add(flag + other);
        }

        return moved.DrainToImmutable();
    }

    /// <summary>
    /// A prefix-map flag for this folder or a subfolder, with the placeholder in the folder's place, if its new name does not contain the folder;
    /// null for other words.
    /// </summary>
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

    /// <summary>A path with the folder replaced; null when it already starts with the replacement.</summary>
    private static string? Exchanged(string path, string from, string to) =>
        path == from || path.StartsWith(from + "/", StringComparison.Ordinal) ? to + path[from.Length..]
        : path == to || path.StartsWith(to + "/", StringComparison.Ordinal) ? null
        : path;
}
