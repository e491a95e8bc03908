using System.Text;

namespace IceCream.Launcher;

internal static class Program
{
    private const int WrongUse = 2;

    private const string Usage =
        """
        Usage: icelaunch COMPILER ARGS...
           or: COMPILER ARGS...   through a link named gcc, g++, cc, c++, clang, clang++, or a versioned or cross name

        Has the compile done by the farm, or becomes the compiler where the farm cannot help.

          --version   the version
          --help      this text

        Environment:
          ICECREAM_SOCKET=PATH          the agent's socket
          ICECREAM_MODE=auto|local|remote
                                        local: never leave this machine; remote: fail rather than compile here without a need
          ICECREAM_AUTOSTART=0          do not start an agent where none answers
          ICECREAM_DISABLE=1            do not ask the farm at all
          ICECREAM_LOG=1|FILE           say why a command ran here

        """;

    private static int Main(string[] arguments)
    {
        Signals.SetDefaults();
        // Some chroots have no /proc. The framework's arguments are a fallback: they damage words that are not UTF-8.
        RawWords words = RawWords.Read("/proc/self/cmdline") is { Count: > 0 } own ? own : RawWords.From(Environment.GetCommandLineArgs());
        if (Command.Of(words) is not { } command)
        {
            return Answer(arguments);
        }

        var variables = Variables.Own();
        var settings = Settings.From(variables);
        if (settings.BadMode is { } bad)
        {
            Output.Say($"ICECREAM_MODE is '{bad}', where auto, local or remote is allowed: taken for auto");
        }

        return new Launch(command, settings, variables, new Log(settings.Log)).Run();
    }

    private static int Answer(string[] arguments)
    {
        switch (arguments)
        {
            case ["--version", ..]:
                return Print(Output.StandardOutput, $"icelaunch {typeof(Program).Assembly.GetName().Version?.ToString(3)}\n", 0);
            case ["--help" or "-h", ..]:
                return Print(Output.StandardOutput, Usage, 0);
            case []:
                return Print(Output.StandardError, Usage, WrongUse);
            default:
                return Print(Output.StandardError, $"icelaunch: '{arguments[0]}' is no option: a compiler's name is expected.\n\n{Usage}", WrongUse);
        }
    }

    private static int Print(int descriptor, string text, int exitCode) => Output.Write(descriptor, Encoding.UTF8.GetBytes(text)) ? exitCode : 1;
}
