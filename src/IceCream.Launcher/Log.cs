using System.Globalization;
using System.Text;

namespace IceCream.Launcher;

/// <summary>Logs why a command ran where it ran, if <c>ICECREAM_LOG</c> asks for it.</summary>
/// <param name="target"><c>1</c> for standard error, or the path of a file to append to; null for no log.</param>
internal sealed class Log(string? target)
{
    public void Say(string text)
    {
        switch (target)
        {
            case null:
                break;
            case "1":
                Output.Say(text);
                break;
            default:
                Append(target, text);
                break;
        }
    }

    private static void Append(string path, string text)
    {
        // Without O_NONBLOCK, a compile would wait for somebody to read, where the path is a named pipe that nobody reads.
        int descriptor = Libc.Open(path, Libc.WriteOnly | Libc.Create | Libc.Append | Libc.NonBlocking | Libc.CloseOnExec, 0b110_110_110);
        if (descriptor < 0)
        {
            Output.Say($"ICECREAM_LOG names '{path}', which cannot be written: {Libc.Describe(Libc.Error)}");
            return;
        }

        string line = string.Create(CultureInfo.InvariantCulture, $"icelaunch[{Libc.ProcessId()}]: {Output.OneLine(text)}\n");
        Output.WriteAside(descriptor, Encoding.UTF8.GetBytes(line));
        _ = Libc.Close(descriptor);
    }
}
