using System.CommandLine;
using IceCream.Clients;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost drain NODE</c> and <c>icehost undrain NODE</c>: a worker gets no new jobs, or gets them again. Its running jobs go on to their end.</summary>
internal static class DrainCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command BuildDrain()
    {
        Option<string> reason = Options.Value("--reason", "TEXT", "Why, for those who look at the farm.");
        Command command = Build("drain", "Give a worker no more jobs until 'icehost undrain'. It finishes those that it is doing.", parsed => parsed.GetValue(reason) ?? "");
        command.Add(reason);
        return command;
    }

    public static Command BuildUndrain() => Build("undrain", "Give a worker jobs again.", static _ => null);

    private static Command Build(string name, string description, Func<ParseResult, string?> reason)
    {
        var node = new Argument<string>("NODE") { Description = "The worker's name, as 'icehost status' shows it." }.NotEmpty();
        var command = new Command(name, description) { node, Options.Scheduler(), Options.Network(), Options.StateDirectory(), Options.Insecure() };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            FarmAddress scheduler = await Schedulers.FindAsync(settings, cancellationToken);
            string worker = parsed.GetRequiredValue(node);
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            bool isKnown;
            try
            {
                isKnown = await FarmMonitor.DrainAsync(
                    Schedulers.Transport(settings), scheduler, settings.Text(Setting.Network) ?? "", worker, reason(parsed), either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                throw new IOException($"The scheduler at {scheduler} did not answer within {Patience.TotalSeconds:0} s.");
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            output.WriteLine(name == "drain" ? $"{worker} is given no more jobs." : $"{worker} may be given jobs again.");
            parsed.Warn(isKnown ? "" : $"no worker of that name is here now; it holds for one that comes");
            return 0;
        });
        return command;
    }
}
