using System.Globalization;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using IceCream.Storage;
using Microsoft.Extensions.Logging;

namespace IceCream.StoreProcess;

/// <summary>
/// A process of its own, for tests. It shares a blob store with others: <c>work FOLDER SEED ROUNDS</c> puts in, reads, links and copies blobs and checks each byte
/// of what it gets; <c>hold FOLDER</c> begins to write a blob, says so, and waits to be killed. Or <c>observe FOLDER</c> tells whether
/// compiles can be observed here, or <c>keep FILE</c> keeps a secret in a file.
/// </summary>
internal static class Program
{
    private const int Blobs = 40, Limit = 200_000;

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["work", string folder, string seed, string rounds]:
                int got = Work(folder, int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(rounds, CultureInfo.InvariantCulture));
                Console.WriteLine(got);
                return got < 0 ? 1 : 0;
            case ["hold", string folder]:
                using (IBlobWriter writer = Open(folder).Create(Digest.Of("never"u8), 5))
                {
                    writer.Write("nev"u8);
                    Console.WriteLine("writing");
                    Console.In.ReadToEnd();
                }

                return 0;
            case ["observe", string folder]:
                var told = new Told();
                using (Observer? observer = Observer.PrepareAsync(folder, folder, new BubblewrapSandbox(TimeProvider.System), told).AsTask().GetAwaiter().GetResult())
                {
                    Console.WriteLine(observer is null ? string.Join(' ', told.Lines) : "observes");
                }

                return 0;
            case ["keep", string file]:
                PrivateFile.MakeFolder(Path.GetDirectoryName(file)!);
                PrivateFile.Replace(file, "secret");
                return 0;
            default:
                Console.Error.WriteLine("usage: IceCream.StoreProcess work FOLDER SEED ROUNDS | hold FOLDER | observe FOLDER | keep FILE");
                return 2;
        }
    }

    /// <returns>How many blobs were got from the store; -1 when one of them was wrong.</returns>
    private static int Work(string folder, int seed, int rounds)
    {
        var random = new Random(seed);
        DiskBlobStore store = Open(folder);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        int got = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] content = Content(random.Next(Blobs));
            Digest digest = Digest.Of(content);
            byte[]? bytes = null;
            switch (random.Next(5))
            {
                case 0:
                    bytes = store.TryRead(digest, int.MaxValue);
                    break;
                case 1 when store.TryLink(digest, path):
                case 2 when store.TryCopy(digest, path):
                    bytes = File.ReadAllBytes(path);
                    File.Delete(path);
                    break;
                case 3 or 4:
                    using (IBlobWriter writer = store.Create(digest, content.Length))
                    {
                        writer.Write(content);
                        writer.Commit();
                    }

                    break;
            }

            if (bytes is not null && !bytes.AsSpan().SequenceEqual(content))
            {
                Console.Error.WriteLine($"Blob {digest} has other bytes ({bytes.Length} of {content.Length}).");
                return -1;
            }

            got += bytes is null ? 0 : 1;
        }

        return got;
    }

    private static DiskBlobStore Open(string folder) => new(folder, new DiskBlobStoreOptions { Limit = Limit });

    private static byte[] Content(int number)
    {
        byte[] content = new byte[1000 * number];
        new Random(number).NextBytes(content);
        return content;
    }

    private sealed class Told : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
