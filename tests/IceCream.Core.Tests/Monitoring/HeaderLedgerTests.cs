using FsCheck;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Monitoring;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>What headers are said to cost.</summary>
public sealed class HeaderLedgerTests
{
    private readonly HeaderLedger _ledger = new();

    [Fact]
    public void A_header_bears_its_part_of_the_bytes_of_each_compile_that_was_given_it()
    {
        _ledger.Begin();
        _ledger.Begin();
        Assert.Empty(_ledger.Finish(Finished(1, second: 0.5, compile: 4), Tree(("/a.h", 300), ("/b.h", 50), ("/1.cc", 50)))!.Headers);
        HeadersRead told = _ledger.Finish(Finished(2, second: 1, compile: 2), Tree(("/a.h", 300), ("/b.h", 50), ("/2.cc", 250)))!;
        Assert.Equal(Id(2), told.Job);
        Assert.Equal([("/a.h", 2, 300L, 4.0), ("/b.h", 2, 50L, 0.667)], told.Headers.Select(static header => (header.Path, header.Jobs, header.Bytes, Math.Round(header.Cost.TotalSeconds, 3))));
    }

    [Fact]
    public void A_build_is_told_of_from_time_to_time_and_when_its_last_job_ends()
    {
        for (int i = 1; i <= 40; i++)
        {
            _ledger.Begin();
        }

        int told = 0;
        for (int i = 1; i < 40; i++)
        {
            told += _ledger.Finish(Finished(i, second: i * 0.1), Tree(("/a.h", 300))) is null ? 0 : 1;
        }

        Assert.Equal(2, told);
        Assert.Equal(40, Assert.Single(_ledger.Finish(Finished(40, second: 4), Tree(("/a.h", 300)))!.Headers).Jobs);
    }

    /// <summary>Jobs that come one by one are not followed by a list each.</summary>
    [Fact]
    public void A_build_of_short_jobs_one_after_the_other_is_told_of_four_times_a_second()
    {
        int told = 0;
        for (int i = 1; i <= 200; i++)
        {
            _ledger.Begin();
            told += _ledger.Finish(Finished(i, second: i * 0.01, compile: 0.01), Tree(("/a.h", 300))) is null ? 0 : 1;
        }

        Assert.InRange(told, 7, 9);
    }

    [Fact]
    public void Two_trees_are_counted_apart_and_a_build_that_comes_later_begins_anew()
    {
        Assert.Empty(Job(1, "/home/ada/one", 1).Headers);
        Assert.Empty(Job(2, "/home/ada/two", 2).Headers);
        Assert.Equal(2, Assert.Single(Job(3, "/home/ada/one", 3).Headers).Jobs);
        Assert.Empty(Job(4, "/home/ada/one", 60).Headers);

        HeadersRead Job(int number, string folder, double second)
        {
            _ledger.Begin();
            return _ledger.Finish(Finished(number, folder, second), Tree(("/a.h", 300)))!;
        }
    }

    [Fact]
    public void A_job_that_nobody_compiled_costs_no_header_anything()
    {
        Assert.Null(Finish(Finished(1, place: JobPlace.Cached), null));
        Assert.Null(Finish(Finished(2, compile: 0), Tree(("/a.h", 300))));
        Assert.Null(Finish(Finished(3), FileTree.Empty));

        HeadersRead? Finish(JobFinished job, FileTree? inputs)
        {
            _ledger.Begin();
            return _ledger.Finish(job, inputs);
        }
    }

    /// <summary>No more is shared out than compilers took, whatever is read.</summary>
    [Property]
    public void Headers_cost_together_no_more_than_all_compiles(NonNegativeInt[] sizes)
    {
        var ledger = new HeaderLedger();
        HeadersRead? told = null;
        for (int i = 1; i <= 5; i++)
        {
            ledger.Begin();
            told = ledger.Finish(Finished(i, second: i, compile: 2), Tree([.. sizes.Select(static (size, at) => ($"/{at}.h", (long)size.Get))])) ?? told;
        }

        Assert.True((told?.Headers.Sum(static header => header.Cost.TotalSeconds) ?? 0) <= 10.001);
        Assert.InRange(told?.Headers.Length ?? 0, 0, HeadersRead.Most);
    }

    private static FileTree Tree(params (string Path, long Bytes)[] files) => new()
    {
        Files = [.. files.Select(static file => new TreeFile(file.Path, Digest.Of(System.Text.Encoding.UTF8.GetBytes(file.Path)), file.Bytes, 0))],
    };
}
