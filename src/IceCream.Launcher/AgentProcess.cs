using System.Collections.Immutable;

namespace IceCream.Launcher;

/// <summary>Starts a process that is detached from the build: make and ninja wait for every process that holds their pipes.</summary>
internal static unsafe class AgentProcess
{
    private const int SizeOfOpaque = 1024;
    private const int StandardInput = 0, FirstOther = 3;
    private const int LogFlags = Libc.WriteOnly | Libc.Create | Libc.Truncate | Libc.NoFollow;
    private const uint LogMode = 0b110_000_000;

    /// <summary>Starts it in a new session, in <c>/</c>, without any descriptor of this process, and with no signal ignored or blocked.</summary>
    /// <param name="program">The program's path.</param>
    /// <param name="arguments">The arguments after argv[0].</param>
    /// <param name="environment">The complete environment.</param>
    /// <param name="log">A file for its standard output and error; truncated first.</param>
    /// <param name="process">Its number.</param>
    /// <returns>0, or the errno.</returns>
    public static int Spawn(string program, ImmutableArray<string> arguments, ImmutableArray<string> environment, string log, out int process)
    {
        byte* actions = stackalloc byte[SizeOfOpaque];
        _ = Libc.StartActions(actions);
        _ = Libc.AddOpen(actions, StandardInput, "/dev/null", Libc.ReadOnly, 0);
        _ = Libc.AddOpen(actions, Output.StandardOutput, log, LogFlags, LogMode);
        _ = Libc.AddDuplicate(actions, Output.StandardOutput, Output.StandardError);
        _ = Libc.AddCloseFrom(actions, FirstOther);
        _ = Libc.AddChangeDirectory(actions, "/");

        byte* attributes = stackalloc byte[SizeOfOpaque];
        Libc.SignalSet signals;
        _ = Libc.StartAttributes(attributes);
        _ = Libc.SetFlags(attributes, Libc.NewSession | Libc.SignalDefaults | Libc.SignalMask);
        _ = Libc.Fill(&signals);
        _ = Libc.SetDefaults(attributes, &signals);
        _ = Libc.Empty(&signals);
        _ = Libc.SetMask(attributes, &signals);

        var words = RawWords.From([program, .. arguments]);
        var variables = RawWords.From(environment);
        byte*[] wordTable = new byte*[words.Count + 1];
        byte*[] variableTable = new byte*[variables.Count + 1];
        fixed (byte* wordBytes = words.Bytes, variableBytes = variables.Bytes)
        fixed (byte** wordStart = wordTable, variableStart = variableTable)
        {
            Fill(wordStart, wordBytes, words);
            Fill(variableStart, variableBytes, variables);
            int started = 0;
            int error = Libc.Spawn(&started, wordBytes, actions, attributes, wordStart, variableStart);
            process = started;
            return error;
        }
    }

    /// <summary>Whether a file can be opened as a log; truncates it.</summary>
    public static bool MayWrite(string log)
    {
        int descriptor = Libc.Open(log, LogFlags | Libc.CloseOnExec, LogMode);
        return descriptor >= 0 && Libc.Close(descriptor) == 0;
    }

    private static void Fill(byte** table, byte* bytes, RawWords words)
    {
        for (int i = 0; i < words.Count; i++)
        {
            table[i] = bytes + words.Start(i);
        }
    }
}
