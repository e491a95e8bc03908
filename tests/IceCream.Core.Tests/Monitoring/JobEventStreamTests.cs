using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>Whoever listens knows what is under way, whatever was lost; and nobody who does not read costs more than his backlog.</summary>
public sealed class JobEventStreamTests
{
    private readonly JobEventStream _stream = new(new FakeTimeProvider(Noon));

    [Fact]
    public async Task A_subscriber_hears_first_what_is_under_way_and_then_what_happens()
    {
        _stream.Publish([Begun(1), Step(1), Begun(2), Finished(2)]);
        using JobEventSubscription subscription = _stream.Subscribe();
        _stream.Publish(Finished(1));
        JobEvent[] heard = [.. await subscription.ReadAsync()];
        Assert.Collection(
            heard,
            first => Assert.Equal("", Assert.IsType<JobsForgotten>(first).Agent),
            second => Assert.Equal(Id(1), Assert.IsType<JobBegun>(second).Job),
            third => Assert.Equal("w1", Assert.IsType<JobStepBegun>(third).Worker),
            fourth => Assert.Equal(Id(1), Assert.IsType<JobFinished>(fourth).Job));
    }

    [Fact]
    public async Task A_reader_who_waits_is_woken()
    {
        using JobEventSubscription subscription = _stream.Subscribe();
        await subscription.ReadAsync();
        Task<IReadOnlyList<JobEvent>> reading = subscription.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        _stream.Publish(Begun(1));
        Assert.Single(await reading.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_slow_subscriber_is_told_how_many_it_lost_and_how_things_stand()
    {
        using JobEventSubscription subscription = _stream.Subscribe(backlog: 10);
        await subscription.ReadAsync();
        _stream.Publish(Begun(0));
        for (int i = 1; i <= 30; i++)
        {
            _stream.Publish([Begun(i), Finished(i)]);
        }

        JobEvent[] heard = [.. await subscription.ReadAsync()];
        Assert.Equal(61, Assert.IsType<JobEventsLost>(heard[0]).Count);
        Assert.IsType<JobsForgotten>(heard[1]);
        Assert.Equal(Id(0), Assert.IsType<JobBegun>(Assert.Single(heard[2..])).Job);

        // From there on it hears all again.
        _stream.Publish(Finished(0));
        Assert.IsType<JobFinished>(Assert.Single(await subscription.ReadAsync()));
    }

    [Fact]
    public void Who_has_left_costs_nothing()
    {
        _stream.Subscribe().Dispose();
        Assert.False(_stream.IsWatched);
    }

    /// <summary>However much is read at a time, and whatever is lost: who applies what he hears knows what the stream knows.</summary>
    [Property(MaxTest = 200)]
    public bool Whoever_has_read_all_knows_what_is_under_way(byte[] happenings, byte backlog, byte step)
    {
        var known = new RunningJobs();
        using JobEventSubscription subscription = _stream.Subscribe(1 + backlog % 20);
        for (int i = 0; i < happenings.Length; i++)
        {
            int job = happenings[i] % 8;
            string agent = job % 2 == 0 ? "ada@desk" : "bob@desk";
            _stream.Publish((happenings[i] / 8 % 4) switch
            {
                0 => Begun(job, agent: agent),
                1 => Step(job, agent: agent),
                2 => Finished(job, agent: agent),
                _ => new JobsForgotten { At = Noon, Agent = agent },
            });
            if (i % (1 + step % 7) == 0)
            {
                Hear(subscription.Take(1 + step % 3));
            }
        }

        while (subscription.Take() is { Count: > 0 } rest)
        {
            Hear(rest);
        }

        return known.All.Select(static job => (job.Begun.Job, job.Step?.Step)).ToHashSet().SetEquals(_stream.Running().Select(static job => (job.Begun.Job, job.Step?.Step)));

        void Hear(IReadOnlyList<JobEvent> heard)
        {
            foreach (JobEvent each in heard)
            {
                known.Apply(each);
            }
        }
    }
}
