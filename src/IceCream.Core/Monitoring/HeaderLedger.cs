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

    /// <summary>How many headers of a build are counted: those beyond came late, and are left out.</summary>
    private const int MostHeaders = 32 << 10;

    private readonly Lock _lock = new();
    private readonly BuildRecognition _builds = new(1);
    private readonly Dictionary<long, Build> _counted = [];
    private DateTimeOffset _dropped;

    /// <summary>A job has come.</summary>
    public void Begin(JobBegun begun)
    {
        lock (_lock)
        {
            Drop(begun.At);
            _builds.Begin(begun);
        }
    }

    /// <summary>A job has ended.</summary>
    /// <param name="finished">The job.</param>
    /// <param name="inputs">What its compile was given besides the compiler; null where none ran, or nobody saw what it reads.</param>
    /// <returns>What is to be told of its build before the job's end is; null when that is nothing.</returns>
    public HeadersRead? Finish(JobFinished finished, FileTree? inputs)
    {
        lock (_lock)
        {
            BuildUnderWay under = _builds.Finish(finished);
            if (!_counted.TryGetValue(under.Id, out Build? build))
            {
                if (inputs is null)
                {
                    return null;
                }

                _counted.Add(under.Id, build = new Build());
            }

            if (inputs is not null)
            {
                build.Count(finished.Record, inputs);
            }

            // The last job that is under way may be the last of all: the figures are those of the end then.
            if (!build.HasNews || (under.Running > 0 && (finished.At - build.Told).Duration() < Interval))
            {
                return null;
            }

            (build.HasNews, build.Told) = (false, finished.At);
            return new HeadersRead { At = finished.At, Job = finished.Job, Headers = build.Dearest() };
        }
    }

    /// <summary>Forgets the builds that have ended. Looked at once in <see cref="Interval"/>.</summary>
    private void Drop(DateTimeOffset now)
    {
        if ((now - _dropped).Duration() < Interval)
        {
            return;
        }

        _dropped = now;
        _builds.End(now);
        foreach (long ended in _counted.Keys.Except(_builds.UnderWay.Select(static build => build.Id)).ToArray())
        {
            _counted.Remove(ended);
        }
    }

    /// <summary>The headers of one build, by their bytes: no path is compared while a build runs.</summary>
    private sealed class Build
    {
        private readonly Dictionary<Digest, Header> _headers = [];

        public bool HasNews { get; set; }

        public DateTimeOffset Told { get; set; }

        public void Count(JobRecord record, FileTree inputs)
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
                return;
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

            HasNews = true;
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
