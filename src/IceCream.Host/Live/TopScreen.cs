using System.Collections.Immutable;
using System.Globalization;
using IceCream.Host.Rendering;
using IceCream.Jobs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IceCream.Host.Live;

/// <summary>Renders <c>icehost top</c>: the farm in one line, then as many nodes, users and jobs as fit.</summary>
internal static class TopScreen
{
    private const int MostUsers = 5, Slots = 16;

    private static readonly Style Faint = new(Color.Grey), Good = new(Color.Green), Warn = new(Color.Yellow), Bad = new(Color.Red), Busy = new(Color.Aqua), Bold = new(decoration: Decoration.Bold);

    private static readonly string[] HelpLines =
    [
        "s  sort nodes by the next of: name, running, speed, pressure",
        "h  this help, and back",
        "q  end",
        "",
        "slots: a full block for each that is taken; speed: against the average worker, 1.00",
        "pressure: the part of the last ten seconds in which somebody waited for a processor, or for memory",
        "state: 'icehost status' says why a node takes no jobs, 'icehost why FILE' why a job ran where it did",
    ];

    /// <summary>The farm in one line of plain text, also for output without a terminal.</summary>
    public static string Line(FarmView farm, DateTimeOffset now)
    {
        if (farm.Status is not { } status)
        {
            return farm.Obstacle?.Detail ?? "waiting for the scheduler";
        }

        int slots = status.Nodes.Sum(static node => node.Slots), running = status.Nodes.Sum(static node => node.Running);
        int waiting = status.Nodes.Sum(static node => node.Waiting), workers = status.Nodes.Count(static node => node.Slots > 0);
        string known = farm.Known is { } part ? string.Create(CultureInfo.InvariantCulture, $", {part * 100:0} % known") : "";
        string lost = farm.Lost > 0 ? string.Create(CultureInfo.InvariantCulture, $", {farm.Lost} events lost") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{status.Network}: {Count(workers, "worker")}, {running} of {Count(slots, "slot")} taken, {Count(waiting, "job")} waiting, {farm.Rate(now):0.0} jobs/s{known}{lost}{(farm.Obstacle is { } obstacle ? ": " + obstacle.Detail : "")}");
    }

    /// <summary>The screen.</summary>
    /// <param name="farm">The farm.</param>
    /// <param name="order">The order of nodes.</param>
    /// <param name="isHelp">Whether to show the help in place of the tables.</param>
    /// <param name="height">The height in lines.</param>
    /// <param name="now">The current time.</param>
    public static IRenderable Render(FarmView farm, NodeOrder order, bool isHelp, int height, DateTimeOffset now)
    {
        var rows = new List<IRenderable> { new Text(Line(farm, now), farm.Obstacle is null ? Bold : Bad) { Overflow = Overflow.Ellipsis } };
        if (isHelp)
        {
            rows.Add(Text.Empty);
            rows.AddRange(HelpLines.Select(static line => new Text(line) { Overflow = Overflow.Ellipsis }));
            return new Rows(rows);
        }

        // Without the first and the last line. Each table also needs two lines: an empty one and its heading.
        int room = height - 2;
        ImmutableArray<UserLine> users = farm.Users;
        ImmutableArray<JobLine> jobs = farm.Jobs;
        NodeInfo[] nodes = farm.Status is { } status ? [.. order.Sort(status.Nodes)] : [];
        int userRows = Math.Min(users.Length, Math.Min(MostUsers, Math.Max(0, (room - 9) / 3)));
        int usersNeed = userRows > 0 ? userRows + 2 : 0, jobsWant = jobs.Length > 0 ? Math.Min(jobs.Length + 2, Math.Max(5, room / 2)) : 0;
        int nodeRows = Math.Clamp(nodes.Length, 0, Math.Max(1, room - 2 - usersNeed - jobsWant));
        Add(rows, NodeTable(nodes, nodeRows));
        if (userRows > 0)
        {
            Add(rows, UserTable(users, userRows));
        }

        int jobRows = Math.Min(jobs.Length, room - 2 - nodeRows - usersNeed - 2);
        if (jobRows > 0)
        {
            Add(rows, JobTable(jobs, jobRows, now));
        }

        return new Rows(rows);
    }

    /// <summary>The last line, which explains the keys.</summary>
    public static IRenderable Footer(NodeOrder order) => new Text($"q end   s sort by {order.Next().ToString().ToLowerInvariant()}   h help", Faint) { Overflow = Overflow.Ellipsis };

    private static void Add(List<IRenderable> rows, IRenderable table)
    {
        rows.Add(Text.Empty);
        rows.Add(table);
    }

    private static Table NodeTable(NodeInfo[] nodes, int rows)
    {
        Table table = Columns("node", "platform", "slots", "", "speed", "pressure", "memory", "state");
        foreach (NodeInfo node in nodes.Take(rows < nodes.Length ? rows - 1 : rows))
        {
            int shown = Math.Min(node.Slots, Slots), taken = node.Slots == 0 ? 0 : (int)Math.Ceiling(node.Running * shown / (double)node.Slots);
            table.AddRow(
                Cell(node.Name), Cell(node.Platform, Faint), Cell(new string('█', Math.Min(taken, shown)) + new string('░', Math.Max(0, shown - taken)), Busy),
                Cell(node.Slots == 0 ? node.Waiting > 0 ? $"{node.Waiting} waiting" : "" : $"{node.Running}/{node.Slots}"),
                Cell(node.SpeedJobs == 0 ? "" : node.Speed.ToString("0.00", CultureInfo.InvariantCulture)),
                Pressure(node.Load), Cell(node.Load.FreeMemory < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{node.Load.FreeMemory / (double)(1L << 30):0.0}G free")),
                Cell(node.Remark.Length > 0 ? $"{node.State}: {node.Remark}" : node.State, StateStyle(node)));
        }

        if (rows < nodes.Length)
        {
            table.AddRow(Cell($"… {nodes.Length - rows + 1} more", Faint));
        }

        return table;
    }

    private static Table UserTable(ImmutableArray<UserLine> users, int rows)
    {
        Table table = Columns("user", "running", "waiting", "ended in a minute");
        foreach (UserLine user in users.Take(rows))
        {
            table.AddRow(Cell(user.Name), Cell($"{user.Running}"), Cell($"{user.Waiting}"), Cell($"{user.Ended}"));
        }

        return table;
    }

    private static Table JobTable(ImmutableArray<JobLine> jobs, int rows, DateTimeOffset now)
    {
        Table table = Columns("job", "user", "at", "for");
        foreach (JobLine job in jobs.Take(rows < jobs.Length ? rows - 1 : rows))
        {
            double seconds = Math.Max(0, (now - job.Since).TotalSeconds);
            table.AddRow(
                Cell(job.Subject), Cell(job.User, Faint), Cell(job.Worker.Length > 0 ? job.Worker : job.Step is { } step ? JobStepWords.Of(step) : "", job.Worker.Length > 0 ? Busy : Faint),
                Cell(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")));
        }

        if (rows < jobs.Length)
        {
            table.AddRow(Cell($"… {jobs.Length - rows + 1} more", Faint));
        }

        return table;
    }

    private static Table Columns(params ReadOnlySpan<string> names)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string name in names)
        {
            table.AddColumn(new TableColumn(new Text(name, Faint)).PadLeft(0).PadRight(2).NoWrap());
        }

        return table;
    }

    /// <summary>A cell with untrusted text: one line without markup and control characters.</summary>
    private static Text Cell(string text, Style? style = null) => new(Terminal.Line(text), style) { Overflow = Overflow.Ellipsis };

    private static Text Pressure(NodeLoad load)
    {
        int most = Math.Max(load.CpuPressure, load.MemoryPressure);
        return most < 0 ? Cell("") : Cell(string.Create(CultureInfo.InvariantCulture, $"{most / 10} %"), most >= 600 ? Bad : most >= 250 ? Warn : Good);
    }

    private static Style StateStyle(NodeInfo node) => node.State switch
    {
        "ready" => Good,
        "full" => Busy,
        "agent" => Faint,
        "drained" or "on probation" => Warn,
        _ => Bad,
    };

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
