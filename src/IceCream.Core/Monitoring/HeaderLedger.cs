using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// The cost of the headers of an agent's builds: a header bears that share of each compile's time which its bytes have of all the compile's input bytes. A pure state
/// machine that is given the time; thread-safe.
/// </summary>
internal sealed class HeaderLedger
{
    /// <summary>How often a build is reported while it goes on.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>How often a build is reported when no job is under way, because that may have been its last job.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a build goes on without an end of one of its jobs, while any jobs are under way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    /// <summary>How many headers of a build are counted, and how many builds: later ones are left out.</summary>
    private const int MostHeaders = 32 << 10, MostBuilds = 16;

    private readonly Lock _lock = new();
    private readonly List<Build> _builds = [];
    private int _running;

    /// <summary>Counts a job that begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _running++;
        }
    }

    /// <summary>Counts the end of a job that began.</summary>
    /// <param name="finished">The job.</param>
    /// <param name="inputs">The inputs of its compile, without the compiler; null where none ran, or its inputs are unknown.</param>
    /// <returns>The event to publish before the job's end; null when there is none.</returns>
    public HeadersRead? Finish(JobFinished finished, FileTree? inputs)
    {
        lock (_lock)
        {
            _running--;
            if (inputs is null || Find(finished) is not { } build || !build.Count(finished.Record, inputs)
                || (finished.At - build.Told).Duration() < (_running > 0 ? Interval : Rest))
            {
                return null;
            }

            build.Told = finished.At;
            return new HeadersRead { At = finished.At, Job = finished.Job, Headers = build.Dearest() };
        }
    }

    /// <summary>The build of a job, by the rules of <see cref="BuildRecognition"/>: by its name, or by the tree of its working directory.</summary>
    private Build? Find(JobFinished finished)
    {
        string folder = finished.Record.Directory;
        Build? build = _builds.Find(build => build.Folder == folder && build.Name == finished.Build)
            ?? _builds.Find(build => build.Name == finished.Build && (build.Name.Length > 0 || BuildRecognition.Tree(build.Folder, folder) is not null));
        if (build is not null && finished.At - finished.Record.Duration - build.Heard > (_running == 0 ? BuildRecognition.Pause : Silence))
        {
            _builds.Remove(build);
            build = null;
        }

        if (build is null)
        {
            _builds.RemoveAll(build => finished.At - build.Heard > BuildRecognition.Pause);
            if (_builds.Count == MostBuilds)
            {
                return null;
            }

            _builds.Add(build = new Build(finished.Build, folder));
        }

        build.Heard = finished.At;
        return build;
    }

    /// <summary>The headers of one build by digest, so that no paths are compared while a build runs.</summary>
    private sealed class Build(string name, string folder)
    {
        private readonly Dictionary<Digest, Header> _headers = [];

        public string Name => name;

        public string Folder => folder;

        public DateTimeOffset Heard { get; set; }

        public DateTimeOffset Told { get; set; }

        /// <summary>Counts the inputs of a compile.</summary>
        /// <returns>Whether there was anything to count.</returns>
        public bool Count(JobRecord record, FileTree inputs)
        {
            long ticks = 0, bytes = 0;
            foreach (JobStretch stretch in record.Timeline.Stretches)
            {
                ticks += stretch.Step is JobStep.Compile or JobStep.LocalCompile ? stretch.Duration.Ticks : 0;
            }

            foreach (TreeFile file in inputs.Files)
            {
                bytes += file.Length;
            }

            if (ticks <= 0 || bytes <= 0)
            {
                return false;
            }

            double each = (double)ticks / bytes;
            foreach (TreeFile file in inputs.Files)
            {
                if (_headers.Count >= MostHeaders && !_headers.ContainsKey(file.Digest))
                {
                    continue;
                }

                ref Header header = ref CollectionsMarshal.GetValueRefOrAddDefault(_headers, file.Digest, out bool isKnown);
                if (!isKnown)
                {
                    header.Path = file.Path;
                    header.Bytes = file.Length;
                }

                header.Jobs++;
                header.Ticks += each * file.Length;
            }

            return true;
        }

        /// <summary>The most expensive headers. A file of one compile only is its source, or as good as part of it, and is left out.</summary>
        public ImmutableArray<HeaderCost> Dearest() =>
        [
            .. _headers.Values.Where(static header => header.Jobs > 1).OrderByDescending(static header => header.Ticks).Take(HeadersRead.Most)
                .Select(static header => new HeaderCost(header.Path, header.Bytes, header.Jobs, new TimeSpan((long)header.Ticks))),
        ];

        private struct Header
        {
            public string Path;
            public long Bytes;
            public int Jobs;
            public double Ticks;
        }
    }
}
