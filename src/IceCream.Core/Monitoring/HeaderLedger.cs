using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// What the headers of an agent's builds cost: of each compile's time a header bears the part that its bytes are of all that the compile was given. A pure state machine
/// that is told the time; safe for use by several threads.
/// </summary>
internal sealed class HeaderLedger
{
    /// <summary>How often a build is told of while it goes on.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>How often it is told of when nothing is under way, since that may have been all of it.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    /// <summary>For how long nothing of a build may end while others, of it or not, are under way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    /// <summary>How many headers of a build are counted, and how many builds: those beyond came late, and are left out.</summary>
    private const int MostHeaders = 32 << 10, MostBuilds = 16;

    private readonly Lock _lock = new();
    private readonly List<Build> _builds = [];
    private int _running;

    /// <summary>A job has come.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _running++;
        }
    }

    /// <summary>A job has ended that had come.</summary>
    /// <param name="finished">The job.</param>
    /// <param name="inputs">What its compile was given besides the compiler; null where none ran, or nobody saw what it reads.</param>
    /// <returns>What is to be told of its build before the job's end is; null when that is nothing.</returns>
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

    /// <summary>The build of a job, by the rules of <see cref="BuildRecognition"/>: by its name, or by the tree in which its command was typed.</summary>
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

    /// <summary>The headers of one build, by their bytes: no path is compared while a build runs.</summary>
    private sealed class Build(string name, string folder)
    {
        private readonly Dictionary<Digest, Header> _headers = [];

        public string Name => name;

        public string Folder => folder;

        public DateTimeOffset Heard { get; set; }

        public DateTimeOffset Told { get; set; }

        /// <summary>Counts what a compile was given.</summary>
        /// <returns>Whether there was anything.</returns>
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

        /// <summary>A file that one compile alone was given is its source, or is as good as a part of it.</summary>
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
