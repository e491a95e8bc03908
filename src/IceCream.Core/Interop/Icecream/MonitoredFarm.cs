using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The farm as one classic monitor sees it: nodes are hosts with numbers, and jobs begin and end on them. Turns events into the messages for the monitor; it
/// reads no clock and sends nothing. A host is announced before a job that names it, and a job waits before it begins.
/// </summary>
internal sealed class MonitoredFarm
{
    /// <summary>How many jobs under way are tracked: jobs beyond that number are not shown.</summary>
    public const int MostJobs = 1 << 16;

    private const int LongestFile = 200;

    private readonly SortedDictionary<string, Host> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _hostsOfAgents = new(StringComparer.Ordinal);
    private readonly Dictionary<JobId, Job> _jobs = [];
    private uint _lastHost, _lastJob;

    /// <summary>How many jobs are tracked.</summary>
    public int Jobs => _jobs.Count;

    /// <summary>Takes the current nodes. An agent is the same host as a worker on its machine.</summary>
    public IReadOnlyList<MonitorMessage> See(ImmutableArray<NodeInfo> nodes)
    {
        var messages = new List<MonitorMessage>();
        var workers = nodes.Where(static node => !IsAgent(node)).Select(static node => node.Name).ToHashSet(StringComparer.Ordinal);
        var present = new HashSet<string>(StringComparer.Ordinal);
        _hostsOfAgents.Clear();
        foreach (NodeInfo node in nodes)
        {
            if (IsAgent(node) && workers.Contains(MachineOf(node.Name)))
            {
                _hostsOfAgents[node.Name] = MachineOf(node.Name);
            }
            else
            {
                present.Add(node.Name);
                See(node, messages);
            }
        }

        foreach ((string name, Host host) in _hosts.Where(known => !present.Contains(known.Key)).ToArray())
        {
            Remove(name, host, messages);
        }

        return messages;
    }

    /// <summary>Takes a job event. A job is announced when it waits or is compiled, so a cache hit is never announced.</summary>
    public IReadOnlyList<MonitorMessage> Hear(JobEvent happened)
    {
        var messages = new List<MonitorMessage>();
        switch (happened)
        {
            // The checks that a build system runs with its compilers are no jobs of the build.
            case JobBegun { Purpose: not CommandPurpose.Question } begun when _jobs.Count < MostJobs && HostOf(begun.Job.Agent) is { } client && !_jobs.ContainsKey(begun.Job):
                _jobs.Add(begun.Job, new Job(client, HostText.Line(LastParts(begun.Subject), LongestFile), LanguageOf(begun.Subject)));
                break;
            case JobStepBegun { Step: JobStep.Lease } step when _jobs.TryGetValue(step.Job, out Job? job) && job.Id == 0:
                messages.Add(Announce(job));
                break;
            case JobStepBegun { Worker.Length: > 0 } step when _jobs.TryGetValue(step.Job, out Job? job) && !job.IsLocal && HostOf(step.Worker) is { } host && job.Server != host:
                Begin(job, host, step.At, messages);
                break;
            case JobStepBegun { Step: JobStep.LocalCompile } step when _jobs.TryGetValue(step.Job, out Job? job) && !job.IsLocal && job.Server != job.Client:
                BeginAtHome(job, step.At, messages);
                break;
            case JobFinished finished when _jobs.Remove(finished.Job, out Job? job):
                End(job, FiguresOf(finished), messages);
                break;
            case JobsForgotten forgotten:
                Forget(forgotten.Agent, messages);
                break;
        }

        return messages;
    }

    /// <summary>Whether the host that an event names is known.</summary>
    public bool Knows(JobEvent happened) => happened switch
    {
        JobBegun begun => HostOf(begun.Job.Agent) is not null,
        JobStepBegun { Worker.Length: > 0 } step => HostOf(step.Worker) is not null,
        _ => true,
    };

    private static JobFigures FiguresOf(JobFinished finished)
    {
        TimeSpan compiling = finished.Record.Timeline.Stretches
            .Where(static stretch => stretch.Step is JobStep.Compile or JobStep.LocalCompile)
            .Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);
        int exitCode = finished.Record switch
        {
            { Place: JobPlace.Failed or JobPlace.Cancelled } => JobFigures.HostGone,
            { ExitCode: { } known } => known,
            _ => 0,
        };
        return new JobFigures(exitCode, compiling, finished.Cpu);
    }

    private static bool IsAgent(NodeInfo node) => node is { Slots: 0, State: "agent" };

    /// <summary>Agents are called USER@MACHINE.</summary>
    private static string MachineOf(string agent) => agent[(agent.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private static string LastParts(string file)
    {
        const int Parts = 3;
        int from = file.Length;
        for (int i = 0; i < Parts && from > 0; i++)
        {
            from = file.LastIndexOf('/', from - 1);
        }

        return file[(from + 1)..];
    }

    private static ClassicLanguage LanguageOf(string file) => Path.GetExtension(file) switch
    {
        ".c" or ".i" or ".s" or ".S" => ClassicLanguage.C,
        ".m" or ".mi" => ClassicLanguage.ObjectiveC,
        ".mm" or ".mii" => ClassicLanguage.ObjectiveCPlusPlus,
        _ => ClassicLanguage.CPlusPlus,
    };

    private void See(NodeInfo node, List<MonitorMessage> messages)
    {
        string text = HostText.Of(node, node.Name);
        if (!_hosts.TryGetValue(node.Name, out Host? host))
        {
            _hosts.Add(node.Name, host = new Host(++_lastHost, HostText.Line(node.Platform, LongestFile)));
        }

        if (host.Text != text)
        {
            host.Text = text;
            messages.Add(new MonitorMessage.HostStats(host.Id, text));
        }
    }

    private Host? HostOf(string node) => _hosts.GetValueOrDefault(_hostsOfAgents.GetValueOrDefault(node, node));

    private MonitorMessage.JobWaits Announce(Job job)
    {
        job.Id = ++_lastJob;
        return new MonitorMessage.JobWaits(job.Id, job.Client.Id, job.File, job.Language, job.Client.Platform);
    }

    private void Begin(Job job, Host host, DateTimeOffset at, List<MonitorMessage> messages)
    {
        if (job.Server is not null)
        {
            // The first worker has failed, and a monitor lets a job begin only once.
            End(job, new JobFigures(JobFigures.HostGone), messages);
        }

        if (job.Id == 0)
        {
            messages.Add(Announce(job));
        }

        job.Server = host;
        messages.Add(new MonitorMessage.JobBegins(job.Id, host.Id, at));
    }

    private void BeginAtHome(Job job, DateTimeOffset at, List<MonitorMessage> messages)
    {
        if (job.Id != 0)
        {
            Begin(job, job.Client, at, messages);
            return;
        }

        // The job was always to stay local.
        job.Id = ++_lastJob;
        job.IsLocal = true;
        messages.Add(new MonitorMessage.LocalJobBegins(job.Id, job.Client.Id, job.File, at));
    }

    private static void End(Job job, in JobFigures figures, List<MonitorMessage> messages)
    {
        if (job.Id != 0)
        {
            messages.Add(job.IsLocal ? new MonitorMessage.LocalJobEnds(job.Id) : new MonitorMessage.JobEnds(job.Id, figures));
        }

        job.Id = 0;
        job.Server = null;
    }

    /// <summary>The end of an agent's jobs will never be reported; of all agents' jobs, when the name is empty.</summary>
    private void Forget(string agent, List<MonitorMessage> messages)
    {
        foreach ((JobId id, Job job) in _jobs.Where(job => agent.Length == 0 || job.Key.Agent == agent).ToArray())
        {
            _jobs.Remove(id);
            End(job, new JobFigures(JobFigures.HostGone), messages);
        }
    }

    /// <summary>Removes a host, the jobs that came from it, and the compiles that ran on it, which their agents give to another host.</summary>
    private void Remove(string name, Host host, List<MonitorMessage> messages)
    {
        foreach ((JobId id, Job job) in _jobs.Where(job => job.Value.Client == host || job.Value.Server == host).ToArray())
        {
            End(job, new JobFigures(JobFigures.HostGone), messages);
            if (job.Client == host)
            {
                _jobs.Remove(id);
            }
        }

        _hosts.Remove(name);
        messages.Add(new MonitorMessage.HostStats(host.Id, HostText.Offline));
    }

    private sealed class Host(uint id, string platform)
    {
        public uint Id => id;

        public string Platform => platform;

        public string Text { get; set; } = "";
    }

    /// <summary>A job under way; its number is 0 until the monitor has been told of it.</summary>
    private sealed class Job(Host client, string file, ClassicLanguage language)
    {
        public Host Client => client;

        public string File => file;

        public ClassicLanguage Language => language;

        public uint Id { get; set; }

        public Host? Server { get; set; }

        public bool IsLocal { get; set; }
    }
}
