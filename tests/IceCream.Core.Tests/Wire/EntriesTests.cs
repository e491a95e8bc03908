using System.Buffers;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

/// <summary>Both ends of a connection's entries, with every message between them as bytes.</summary>
public sealed class EntriesTests
{
    private static readonly CompileJob Job = new()
    {
        CommandLine = ["g++", "-c", "größe.cc"],
        Compiler = "/usr/bin/g++",
        WorkingDirectory = "/src",
        Environment = ["LANG=C"],
        User = "ada",
        Toolchain = Digest.Of("tree"u8),
        Inputs = new FileTree { Files = [File(0), File(1)], Links = [new TreeLink("/lib", "usr/lib")], Directories = ["/src/empty"] },
        Outputs = [new JobOutput("/src/größe.o", true)],
    };

    private readonly EntryEncoder _sent = new();
    private readonly EntryDecoder _heard = new();

    [Fact]
    public void A_job_says_the_same_at_the_other_end_however_often_it_is_said()
    {
        for (int i = 0; i < 4; i++)
        {
            AssertSame(Job, Travel(Job));
        }
    }

    [Fact]
    public void What_was_said_before_costs_little_and_is_one_object_for_all_jobs()
    {
        CompileJob job = Job with { Inputs = new FileTree { Files = [.. Enumerable.Range(0, 500).Select(File)] } };
        string first = Travel(job).Inputs!.Files[7].Path;
        Travel(job);

        JobOffer known = _sent.TryOffer(default, job)!;
        Assert.InRange(known.Job.Length, 1, 100);
        Assert.Same(first, _heard.TryRead(known)!.Inputs!.Files[7].Path);
    }

    [Fact]
    public void A_file_that_changed_is_another_entry()
    {
        Travel(Job);
        CompileJob changed = Job with { Inputs = new FileTree { Files = [File(0) with { Digest = Digest.Of("new"u8) }, File(1) with { Modified = 9 }] } };

        Assert.Null(_sent.TryOffer(default, changed));
        AssertSame(changed, Travel(changed));
        AssertSame(Job, Travel(Job));
    }

    [Fact]
    public void A_job_that_is_ahead_of_its_entries_waits_for_them()
    {
        var news = new ArrayBufferWriter<byte>();
        JobOffer offer = _sent.Introduce(default, Job, news);
        Assert.Null(_heard.TryRead(offer));

        _heard.Hear(Decode(news));
        AssertSame(Job, _heard.TryRead(offer)!);
    }

    [Fact]
    public void A_generation_that_is_full_is_followed_by_another_and_the_one_before_is_still_understood()
    {
        EntryEncoder sent = new(entryLimit: 5);
        EntryDecoder heard = new(entryLimit: 5);
        CompileJob other = Job with { Inputs = new FileTree { Files = [File(2), File(3)] } };
        CompileJob third = Job with { Inputs = new FileTree { Files = [File(4), File(5), File(6), File(7)] } };

        JobOffer late = Introduce(sent, heard, Job), later = Introduce(sent, heard, other);
        Assert.Equal((0, 1), (late.Generation, later.Generation));
        AssertSame(Job, heard.TryRead(late)!);
        AssertSame(other, heard.TryRead(later)!);

        AssertSame(third, heard.TryRead(Introduce(sent, heard, third))!);
        Assert.Throws<WireFormatException>(() => heard.TryRead(late));
        AssertSame(other, heard.TryRead(later)!);
    }

    [Fact]
    public void A_job_that_is_larger_than_a_generation_does_not_travel_and_spoils_nothing()
    {
        EntryEncoder sent = new(entryLimit: 5);
        EntryDecoder heard = new(entryLimit: 5);
        var news = new ArrayBufferWriter<byte>();
        Introduce(sent, heard, Job);
        CompileJob large = Job with { Inputs = new FileTree { Files = [.. Enumerable.Range(0, 6).Select(File)] } };

        Assert.Throws<ArgumentException>(() => sent.Introduce(default, large, news));
        Assert.Equal(0, news.WrittenCount);
        AssertSame(Job, heard.TryRead(Introduce(sent, heard, Job))!);
    }

    [Fact]
    public void More_than_a_generation_holds_is_refused()
    {
        EntryDecoder heard = new(entryLimit: 2, byteLimit: 10);
        heard.Hear(new NewEntries(0, FileTree.Empty, ["12345", "67890"]));

        Assert.Throws<WireFormatException>(() => heard.Hear(new NewEntries(0, FileTree.Empty, [""])));
        Assert.Throws<WireFormatException>(() => heard.Hear(new NewEntries(1, FileTree.Empty, ["größe größe"])));
        Assert.Throws<WireFormatException>(() => heard.Hear(new NewEntries(3, FileTree.Empty, [])));
        Assert.Throws<WireFormatException>(() => heard.Hear(new NewEntries(-1, FileTree.Empty, [])));
    }

    [Fact]
    public void A_word_is_held_against_the_rules_of_its_place()
    {
        Travel(Job);
        _heard.Hear(new NewEntries(0, FileTree.Empty, [new string('x', WireLimits.Name + 1), "relative"]));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: 0, directory: "/src")));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: 1, directory: 1)));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: 2, directory: "/src")));
        Assert.Equal("relative", _heard.TryRead(Offer(user: 1, directory: "/src"))!.User);
    }

    [Fact]
    public void A_word_with_a_zero_in_it_is_refused_as_text_and_as_a_number()
    {
        const string Word = "CC=1\0--bind\0/\0/";
        _heard.Hear(new NewEntries(0, FileTree.Empty, [Word]));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: 0, directory: "/src")));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: Word, directory: "/src")));
    }

    [Fact]
    public void A_long_word_that_is_known_does_not_become_gigabytes_of_a_command()
    {
        _heard.Hear(new NewEntries(0, FileTree.Empty, [new string('x', WireLimits.Argument)]));
        Assert.Throws<WireFormatException>(() => _heard.TryRead(Offer(user: "ada", directory: "/src", words: 10_000)));
        Assert.Equal(11, _heard.TryRead(Offer(user: "ada", directory: "/src", words: 10))!.CommandLine.Length);
    }

    [Fact]
    public void A_job_that_lacks_its_toolchain_does_not_travel() =>
        Assert.Throws<ArgumentException>(() => _sent.Introduce(default, Job with { Toolchain = null }, new ArrayBufferWriter<byte>()));

    [Property]
    public void Jobs_arrive_as_they_left_in_whatever_order_their_offers_overtake_one_another(byte[][] jobs, int seed)
    {
        var sent = new EntryEncoder(entryLimit: 600);
        var heard = new EntryDecoder(entryLimit: 600);
        var random = new Random(seed);
        var news = new Queue<NewEntries>();
        var waiting = new List<(CompileJob Job, JobOffer Offer)>();
        foreach (byte[] files in jobs)
        {
            CompileJob job = Job with { Inputs = new FileTree { Files = [.. files.Distinct().Select(static number => File(number))] }, User = $"user{files.Length % 3}" };
            JobOffer? offer = sent.TryOffer(default, job);
            if (offer is null)
            {
                var output = new ArrayBufferWriter<byte>();
                offer = sent.Introduce(default, job, output);
                news.Enqueue(Decode(output));
            }

            waiting.Insert(random.Next(waiting.Count + 1), (job, offer));
            if (random.Next(3) == 0 && news.TryDequeue(out NewEntries? told))
            {
                heard.Hear(told);
            }

            waiting.RemoveAll(Arrives);
        }

        while (news.TryDequeue(out NewEntries? told))
        {
            heard.Hear(told);
        }

        waiting.RemoveAll(Arrives);
        Assert.Empty(waiting);

        bool Arrives((CompileJob Job, JobOffer Offer) one)
        {
            if (heard.TryRead(one.Offer) is not { } back)
            {
                return false;
            }

            AssertSame(one.Job, back);
            return true;
        }
    }

    [Property(MaxTest = 1000)]
    public void A_flipped_byte_of_a_job_is_another_job_or_refused(int place, byte value)
    {
        // Twice, so that its words are numbers too.
        Travel(Job);
        Travel(Job);
        JobOffer offer = _sent.TryOffer(default, Job)!;
        byte[] bytes = offer.Job.ToArray();
        bytes[(int)((uint)place % bytes.Length)] = value;

        Exception? thrown = Record.Exception(() => _heard.TryRead(offer with { Job = bytes }));
        Assert.True(thrown is null or WireFormatException, thrown?.ToString());
    }

    [Property(MaxTest = 1000)]
    public void Random_bytes_are_refused(byte[] bytes)
    {
        Travel(Job);
        Assert.Throws<WireFormatException>(() => _heard.TryRead(new JobOffer(default, 0, 1, bytes)));
    }

    private static TreeFile File(int number) => new($"/usr/include/folder{number % 7}/header{number}.h", Digest.Of(BitConverter.GetBytes(number)), number, 1_700_000_000);

    private static NewEntries Decode(ArrayBufferWriter<byte> bytes) =>
        Assert.IsType<NewEntries>(PeerMessage.Decode(new ReadOnlySequence<byte>(bytes.WrittenMemory)));

    private static JobOffer Introduce(EntryEncoder sent, EntryDecoder heard, CompileJob job)
    {
        var news = new ArrayBufferWriter<byte>();
        JobOffer offer = sent.Introduce(default, job, news);
        heard.Hear(Decode(news));
        return offer;
    }

    /// <summary>An offer whose user and working directory are what is given: words, or numbers of words. Its command has the first known word so many times.</summary>
    private static JobOffer Offer(object user, object directory, int words = 0)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePack.MessagePackWriter(bytes);
        writer.WriteArrayHeader(13);
        writer.WriteArrayHeader(1 + words);
        writer.Write("cc");
        for (int i = 0; i < words; i++)
        {
            writer.Write(0);
        }

        writer.Write("/cc");
        Write(ref writer, directory);
        writer.WriteArrayHeader(0);
        writer.Write(0);
        Write(ref writer, user);
        writer.WriteDigest(default);
        writer.WriteArrayHeader(6);
        for (int i = 0; i < 3; i++)
        {
            writer.Write(0);
            writer.Write(ReadOnlySpan<byte>.Empty);
        }

        writer.WriteArrayHeader(0);
        writer.WriteNil();
        writer.Write(false);
        writer.Write(false);
        writer.WriteNil();
        writer.Flush();
        return new JobOffer(default, 0, 1, bytes.WrittenSpan.ToArray());

        static void Write(ref MessagePack.MessagePackWriter writer, object word)
        {
            if (word is int number)
            {
                writer.Write(number);
            }
            else
            {
                writer.Write((string)word);
            }
        }
    }

    private static void AssertSame(CompileJob sent, CompileJob back)
    {
        Assert.Equal(sent.CommandLine.ToArray(), back.CommandLine.ToArray());
        Assert.Equal((sent.Compiler, sent.WorkingDirectory, sent.User, sent.Umask), (back.Compiler, back.WorkingDirectory, back.User, back.Umask));
        Assert.Equal(sent.Environment.ToArray(), back.Environment.ToArray());
        Assert.Equal(sent.Toolchain, back.Toolchain);
        Assert.Equal(sent.Outputs.ToArray(), back.Outputs.ToArray());
        Assert.Equal(sent.Inputs!.Files.ToHashSet(), back.Inputs!.Files.ToHashSet());
        Assert.Equal(sent.Inputs.Files.Length, back.Inputs.Files.Length);
        Assert.Equal(sent.Inputs.Links.ToArray(), back.Inputs.Links.ToArray());
        Assert.Equal(sent.Inputs.Directories.ToArray(), back.Inputs.Directories.ToArray());
    }

    private CompileJob Travel(CompileJob job) => _heard.TryRead(_sent.TryOffer(default, job) ?? Introduce(_sent, _heard, job))!;
}
