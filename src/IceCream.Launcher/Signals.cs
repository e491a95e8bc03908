namespace IceCream.Launcher;

/// <summary>Undoes what the framework's runtime does to signals and limits when it starts.</summary>
internal static unsafe class Signals
{
    /// <summary>
    /// Signals that end a compiler end the launcher in the same way: the kernel closes the socket, and the agent gives the job up.
    /// A signal that the launcher's parent ignores stays ignored; only for a broken pipe nobody can tell, since the runtime ignores that itself.
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

    /// <summary>Ends this process by a signal, as the compiler was ended, and without a core of the launcher's.</summary>
    /// <returns>The exit code to leave with if the signal does not end a process.</returns>
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
