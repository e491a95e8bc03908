namespace IceCream.Launcher;

/// <summary>Undoes what the .NET runtime does to signals when it starts.</summary>
internal static unsafe class Signals
{
    /// <summary>
    /// Makes the signals that end a compiler end the launcher too: the kernel then closes the socket, and the agent gives up the job.
    /// A signal that the launcher's parent ignores stays ignored, except SIGPIPE: the runtime itself ignores it, so the parent's choice is lost.
    /// </summary>
    public static void SetDefaults()
    {
        foreach (int signal in (ReadOnlySpan<int>)[Libc.SIGHUP, Libc.SIGINT, Libc.SIGQUIT, Libc.SIGTERM])
        {
            if (Libc.SetAction(signal, Libc.DefaultAction) == Libc.IgnoreAction)
            {
                Libc.SetAction(signal, Libc.IgnoreAction);
            }
        }

        Libc.SetAction(Libc.SIGPIPE, Libc.DefaultAction);
    }

    /// <summary>Ends this process by the signal that ended the compiler, without a core dump of the launcher.</summary>
    /// <returns>The exit code to use if the signal does not end the process.</returns>
    public static int Die(int signal)
    {
        var none = new Libc.Limit();
        _ = Libc.SetLimit(Libc.CoreSize, &none);
        Libc.SetAction(signal, Libc.DefaultAction);

        Libc.SignalSet set;
        _ = Libc.Empty(&set);
        _ = Libc.Add(&set, signal);
        _ = Libc.ChangeSignalMask(Libc.UnblockSignals, &set, null);
        _ = Libc.Kill(Libc.ProcessId(), signal);
        return 128 + signal;
    }
}
