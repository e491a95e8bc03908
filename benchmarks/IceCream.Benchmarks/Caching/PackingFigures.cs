using System.Diagnostics;
using System.Globalization;
using IceCream.Storage;
using ZstdSharp;

namespace IceCream.Benchmarks.Caching;

/// <summary>Where compression pays: what files of a folder become at several levels, by their size, and how long that takes either way. Prints one table.</summary>
internal static class PackingFigures
{
    private const int Unfit = 2, Rounds = 5;

    private static readonly int[] Levels = [-1, 1, 3, 6];
    private static readonly (string Name, long From, long To)[] Sizes =
        [("below 4 KiB", 0, PackedBytes.Least), ("4 to 64 KiB", PackedBytes.Least, 64 << 10), ("64 KiB to 1 MiB", 64 << 10, 1 << 20), ("1 to 16 MiB", 1 << 20, PackedBytes.Most)];

    /// <returns>The exit code.</returns>
    public static int Print(string folder, TextWriter output, TextWriter errors)
    {
        byte[][] files = [.. Directory.EnumerateFiles(folder, "*.o", SearchOption.AllDirectories).Select(File.ReadAllBytes)];
        if (files.Length == 0)
        {
            errors.WriteLine($"packing: there is no object in {folder}: build something there.");
            return Unfit;
        }

        output.WriteLine("| objects | files | MB | level | packed, of plain | packed, of plain, in blocks of 4 KiB | packing MB/s | unpacking MB/s |\n|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((string name, long from, long to) in Sizes)
        {
            byte[][] chosen = [.. files.Where(file => file.Length >= from && file.Length < to && file.Length > 0)];
            foreach (int level in chosen.Length == 0 ? [] : Levels)
            {
                Measure(name, chosen, level, output);
            }
        }

        return 0;
    }

    private static void Measure(string name, byte[][] files, int level, TextWriter output)
    {
        using var compressor = new Compressor(level);
        using var decompressor = new Decompressor();
        byte[][] packed = [];
        TimeSpan packing = TimeSpan.MaxValue, unpacking = TimeSpan.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long since = Stopwatch.GetTimestamp();
            packed = [.. files.Select(file => compressor.Wrap(file).ToArray())];
            packing = Shorter(packing, Stopwatch.GetElapsedTime(since));
            since = Stopwatch.GetTimestamp();
            foreach ((byte[] file, byte[] frame) in files.Zip(packed))
            {
                decompressor.Unwrap(frame, new byte[file.Length]);
            }

            unpacking = Shorter(unpacking, Stopwatch.GetElapsedTime(since));
        }

        double plain = files.Sum(static file => (double)file.Length), small = packed.Sum(static frame => (double)frame.Length);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {files.Length} | {plain / 1e6:0.00} | {level} | {small / plain:0.00} | {packed.Sum(Blocks) / files.Sum(Blocks):0.00} | {plain / 1e6 / packing.TotalSeconds:0} | {plain / 1e6 / unpacking.TotalSeconds:0} |"));
    }

    private static double Blocks(byte[] bytes) => Math.Ceiling(bytes.Length / 4096.0);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
