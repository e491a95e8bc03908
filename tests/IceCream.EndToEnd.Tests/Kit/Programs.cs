namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>The programs under test, and those of the machine.</summary>
internal static class Programs
{
    /// <summary>The folder of icehost and icelaunch: as built, or what <c>ICECREAM_BIN</c> names, such as the published ones.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("ICECREAM_BIN") is { Length: > 0 } folder ? Path.GetFullPath(folder) : AppContext.BaseDirectory;

    public static string Host => Path.Combine(Folder, "icehost");

    public static string Launcher => Path.Combine(Folder, "icelaunch");

    /// <summary>Where a program of the machine lies; null when it is not installed.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
