using System.Text;
using IceCream.Digests;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Toolchains;

namespace IceCream.Tests.Caching;

/// <summary>
/// A compiler that writes down all that it reads, and tells what it looked for as a worker would. Its language: <c>include NAME</c> is searched in the folders of
/// <c>-I</c> and of CPATH, <c>list FOLDER</c> reads names, <c>real FILE</c> says where a file really lies, <c>folder PATH</c> whether there is one,
/// <c>alike A B</c> whether two files with the same bytes have one time, <c>variable NAME</c> what is set.
/// </summary>
internal sealed class FakeCompiler : IJobExecutor, IToolchainCache
{
    /// <summary>What the compiler's own files say.</summary>
    public string Own { get; set; } = "version 1";

    /// <summary>How often it was run.</summary>
    public int Runs { get; private set; }

    /// <summary>Is waited for in the midst of a compile.</summary>
    public Func<CompileJob, CancellationToken, Task> Pause { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Changes a result on its way home.</summary>
    public Func<CompileResult, CompileResult> Spoil { get; set; } = static result => result;

    /// <summary>A compiler whose files have these bytes.</summary>
    private Toolchain Tools => new()
    {
        Digest = Digest.Of(Encoding.UTF8.GetBytes(Own)), Tree = FileTree.Empty, Encoded = default, Description = Own,
    };

    public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default) => new(Tools);

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        Runs++;
        CompileResult result = Compile(job);
        await Pause(job, cancellationToken);
        return Spoil(result);
    }

    /// <summary>What the job comes to at this moment.</summary>
    public CompileResult Compile(CompileJob job)
    {
        var look = new Look(job);
        string text = $"{Own}\n{job.Compiler}\n{job.WorkingDirectory}\n{string.Join(' ', job.CommandLine)}\n{string.Join(' ', job.Environment)}\n{job.Outputs[0].Path}\n"
            + look.Read(job.Invocation!.Source);
        return new CompileResult
        {
            Place = JobPlace.Remote,
            Worker = "fake",
            ExitCode = look.Fails ? 1 : 0,
            StandardError = Encoding.UTF8.GetBytes(job.IsTerminal ? "coloured" : "plain"),
            Outputs = look.Fails ? [] : [new OutputFile(job.Outputs[0].Path, 0b110_110_110 & ~job.Umask, OutputContent.Of(Encoding.UTF8.GetBytes(text)))],
            Lookups = new ObservedLookups { Lists = look.Lists(), AsksLocalTime = look.AsksTime },
            Observed = new ObservedInputs(Tools.Digest, Tools.Tree, look.Tree(), null),
            Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1)),
        };
    }

    /// <summary>One run's look at the files.</summary>
    private sealed class Look(CompileJob job)
    {
        private readonly FileTreeCollector _tree = new(new FileDigests());
        private readonly SortedDictionary<string, SortedSet<string>> _absent = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _listed = new(StringComparer.Ordinal), _variables = new(StringComparer.Ordinal);
        private int _depth;

        public bool Fails { get; private set; }

        public bool AsksTime { get; private set; }

        public FileTree Tree() => _tree.ToTree();

        public LookupLists Lists() => new([.. _absent.Select(static folder => new AbsentNames(folder.Key, [.. folder.Value]))], [.. _listed], [.. _variables]);

        public string Read(string path)
        {
            string full = Path.Combine(job.WorkingDirectory, path);
            if (!_tree.Add(full, "/"))
            {
                Fails = true;
                return "";
            }

            string text = File.ReadAllText(full);
            if (_depth++ > 10)
            {
                return text;
            }

            var said = new StringBuilder(text);
            foreach (string[] words in text.Split('\n').Select(static line => line.Split(' ')))
            {
                said.Append(words switch
                {
                    ["include", var name] => Include(name),
                    ["list", var folder] => ListNames(folder),
                    ["real", var file] => Real(file),
                    ["folder", var folder] => IsFolder(folder),
                    ["alike", var one, var other] => Alike(one, other),
                    ["variable", var name] => Variable(name),
                    ["time"] => Time(),
                    ["fail"] => Fail(),
                    _ => "",
                });
            }

            return said.ToString();
        }

        private string Include(string name)
        {
            IEnumerable<string> folders = job.CommandLine.Where(static word => word.StartsWith("-I", StringComparison.Ordinal)).Select(static word => word[2..])
                .Concat(job.Environment.Where(static variable => variable.StartsWith("CPATH=", StringComparison.Ordinal)).Select(static variable => variable[6..]));
            foreach (string folder in folders)
            {
                string path = Path.Combine(job.WorkingDirectory, folder, name);
                if (File.Exists(path))
                {
                    return $"[{Read(path)}]";
                }

                Miss(path);
            }

            Fails = true;
            return "";
        }

        private string ListNames(string folder)
        {
            string path = Path.Combine(job.WorkingDirectory, folder);
            if (!Directory.Exists(path) || new RealPaths().Walk(path, out _)?.Real != path)
            {
                Fails = true;
                return "";
            }

            _listed.Add(path);
            _tree.AddDirectory(path, "/");
            string[] names = [.. Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal)];
            foreach (string name in names.Where(File.Exists))
            {
                // A worker has what it was sent.
                _tree.Add(name, "/");
            }

            return string.Join(',', names);
        }

        private string Real(string file)
        {
            string path = Path.Combine(job.WorkingDirectory, file);
            if (!_tree.Add(path, "/"))
            {
                Fails = true;
                return "";
            }

            return new RealPaths().Walk(path, out _)!.Real + File.ReadAllText(path);
        }

        private string IsFolder(string folder)
        {
            string path = Path.Combine(job.WorkingDirectory, folder);
            if (_tree.AddDirectory(path, "/"))
            {
                return new RealPaths().Walk(path, out _)!.Real;
            }

            if (Linux.Stat(path, followLinks: false, out _) == 0)
            {
                // A file stands there, and was read.
                Fails = !_tree.Add(path, "/");
                return "a file";
            }

            Miss(path);
            return "no folder";
        }

        private string Alike(string one, string other)
        {
            string first = Path.Combine(job.WorkingDirectory, one), second = Path.Combine(job.WorkingDirectory, other);
            string text = Read(first) + Read(second);
            return text + (!Fails && File.ReadAllText(first) == File.ReadAllText(second)
                && new DateTimeOffset(File.GetLastWriteTimeUtc(first)).ToUnixTimeSeconds() == new DateTimeOffset(File.GetLastWriteTimeUtc(second)).ToUnixTimeSeconds());
        }

        private string Variable(string name)
        {
            _variables.Add(name);
            return job.WithheldVariables.FirstOrDefault(entry => entry.StartsWith(name + "=", StringComparison.Ordinal)) ?? "";
        }

        private string Time()
        {
            AsksTime = true;
            return Guid.NewGuid().ToString();
        }

        private string Fail()
        {
            Fails = true;
            return "";
        }

        /// <summary>Notes a name as a worker does: in the nearest folder without links that is there.</summary>
        private void Miss(string path)
        {
            string folder = Path.GetDirectoryName(path)!, name = Path.GetFileName(path);
            while (!Directory.Exists(folder))
            {
                (folder, name) = (Path.GetDirectoryName(folder)!, $"{Path.GetFileName(folder)}/{name}");
            }

            _tree.AddDirectory(folder, "/");
            folder = new RealPaths().Walk(folder, out _)!.Real;
            if (!_absent.TryGetValue(folder, out SortedSet<string>? names))
            {
                _absent[folder] = names = new SortedSet<string>(StringComparer.Ordinal);
            }

            names.Add(name);
        }
    }
}
