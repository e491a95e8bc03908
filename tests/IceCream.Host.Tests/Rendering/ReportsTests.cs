using IceCream.Host.Rendering;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Rendering;

public sealed class ReportsTests
{
    private static readonly JobStatistics Statistics = new()
    {
        Remote = 2,
        Local = 1,
        Failed = 1,
        Reasons = [new NamedCount("links", 1)],
        Workers = [new NamedCount("blade", 2)],
        Inputs = [new NamedCount("scanner", 2)],
        Recent =
        [
            new JobRecord
            {
                Subject = "[a].c",
                Place = JobPlace.Failed,
                Reason = "the worker is gone",
                ExitCode = 1,
                Duration = TimeSpan.FromMilliseconds(1500),
                Ended = DateTimeOffset.UnixEpoch,
                Timeline = JobTimeline.Empty.With(JobStep.LocalSlot, TimeSpan.FromMilliseconds(250)),
            },
        ],
    };

    [Fact]
    public void Statistics_have_the_promised_names() => Assert.Equal(
        """
        {
          "remote": 2,
          "local": 1,
          "cached": 0,
          "joined": 0,
          "failed": 1,
          "reasons": [
            {
              "name": "links",
              "count": 1
            }
          ],
          "workers": [
            {
              "name": "blade",
              "count": 2
            }
          ],
          "inputs": [
            {
              "name": "scanner",
              "count": 2
            }
          ],
          "recent": [
            {
              "subject": "[a].c",
              "place": "failed",
              "worker": "",
              "reason": "the worker is gone",
              "exit_code": 1,
              "seconds": 1.5,
              "ended": "1970-01-01T00:00:00+00:00",
              "steps": [
                {
                  "step": "local_slot",
                  "seconds": 0.25
                }
              ]
            }
          ]
        }
        """, Reports.ToJson(StatisticsReport.From(Statistics)));

    [Fact]
    public void A_farm_has_the_promised_names()
    {
        var status = new FarmStatus { Network = "n", Version = "1", Insecure = true, Nodes = [new NodeInfo { Name = "blade", Address = "tcp://a:1", Platform = "x86_64", Slots = 4 }] };
        Assert.Equal(
            """
            {
              "scheduler": "tcp://s:8765",
              "network": "n",
              "version": "1",
              "insecure": true,
              "nodes": [
                {
                  "name": "blade",
                  "address": "tcp://a:1",
                  "platform": "x86_64",
                  "slots": 4,
                  "running": 0,
                  "waiting": 0,
                  "state": "ready",
                  "remark": ""
                }
              ]
            }
            """, Reports.ToJson(StatusReport.From(FarmAddress.Tcp("s", 8765), status)));

        using var text = new StringWriter();
        FarmTable.Write(text, FarmAddress.Tcp("s", 8765), status);
        Assert.Contains("insecure: ", text.ToString(), StringComparison.Ordinal);
        Assert.Matches("blade +tcp://a:1 +x86_64 +4 +0 +0 +ready", text.ToString());
    }

    [Fact]
    public void The_table_tells_where_jobs_ran_and_what_failed()
    {
        using var text = new StringWriter();
        JobsTable.Write(text, Statistics);
        string table = text.ToString();
        Assert.Matches("2 +remote", table);
        Assert.Matches("2 +by blade", table);
        Assert.Matches("1 +not remote: links", table);
        Assert.Contains("failed: [a].c: the worker is gone", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_story_tells_the_reason_and_the_steps()
    {
        using var text = new StringWriter();
        JobStory.Write(text, Statistics.Recent[0]);
        Assert.Contains("[a].c was not done: the worker is gone", text.ToString(), StringComparison.Ordinal);
        Assert.Matches("250.0 ms  LocalSlot", text.ToString());
    }
}
