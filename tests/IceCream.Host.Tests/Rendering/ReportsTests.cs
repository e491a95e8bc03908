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
        Cancelled = 3,
        Compiles = 3,
        CompilesAway = 2,
        Questions = 5,
        Reasons = [new NamedCount("LocalFlag", 1)],
        Stays =
        [
            new StayCount(CommandPurpose.Question, LocalOnlyKind.NotACompile, "--version asks", 5),
            new StayCount(CommandPurpose.Compile, LocalOnlyKind.LocalFlag, "-fplugin=p loads a plugin", 1),
        ],
        Workers = [new NamedCount("blade", 2)],
        Inputs = [new NamedCount("scanner", 2)],
        Cache = [new NamedCount("miss: nothing is known of this command", 4)],
        Recent =
        [
            new JobRecord
            {
                Subject = "[a].c",
                Sources = ["[a].c"],
                Directory = "/src",
                Place = JobPlace.Failed,
                Reason = "the worker is gone",
                Kind = LocalOnlyKind.FarmFailure,
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
          "cancelled": 3,
          "compiles": 3,
          "compiles_away": 2,
          "questions": 5,
          "advice": "",
          "reasons": [
            {
              "name": "LocalFlag",
              "code": "local_flag",
              "count": 1
            }
          ],
          "stays": [
            {
              "code": "not_a_compile",
              "purpose": "question",
              "reason": "--version asks",
              "count": 5
            },
            {
              "code": "local_flag",
              "purpose": "compile",
              "reason": "-fplugin=p loads a plugin",
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
          "cache": [
            {
              "name": "miss: nothing is known of this command",
              "count": 4
            }
          ],
          "recent": [
            {
              "subject": "[a].c",
              "sources": [
                "[a].c"
              ],
              "directory": "/src",
              "purpose": "compile",
              "place": "failed",
              "worker": "",
              "reason": "the worker is gone",
              "code": "farm_failure",
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
                  "remark": "",
                  "speed": null,
                  "jobs": 0,
                  "memory": null,
                  "free_memory": null,
                  "cpu_pressure": null,
                  "memory_pressure": null
                }
              ],
              "advice": "only 1 of 9"
            }
            """, Reports.ToJson(StatusReport.From(FarmAddress.Tcp("s", 8765), status, "only 1 of 9")));

        using var text = new StringWriter();
        FarmTable.Write(text, FarmAddress.Tcp("s", 8765), status);
        Assert.Contains("insecure: ", text.ToString(), StringComparison.Ordinal);
        Assert.Matches("blade +tcp://a:1 +x86_64 +4 +0 +0 +ready", text.ToString());
    }

    [Fact]
    public void A_farm_shows_speed_memory_and_pressure_where_they_are_known()
    {
        var status = new FarmStatus
        {
            Network = "n",
            Version = "1",
            Nodes =
            [
                new NodeInfo
                {
                    Name = "blade", Platform = "x86_64", Slots = 4, State = "drained", Remark = "a new disk", Speed = 0.5, SpeedJobs = 9, Memory = 3L << 30,
                    Load = new NodeLoad(1, 250, 0, 1L << 30),
                },
            ],
        };
        using var text = new StringWriter();
        FarmTable.Write(text, FarmAddress.Tcp("s", 8765), status);
        Assert.Matches("0.50 +3.0G, 1.0G free +cpu 25%, memory 0% +drained +a new disk", text.ToString());
    }

    [Fact]
    public void A_job_tells_where_it_could_have_gone_and_what_it_took()
    {
        var job = new JobRecord
        {
            Subject = "a.c",
            Place = JobPlace.Remote,
            Worker = "fast",
            Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromSeconds(1.25)),
            Placement = new JobPlacement(2, 300 << 20, ForecastBasis.Command, false, [new PlacementOption("fast", 2, 1), new PlacementOption("slow", 0.5, 4)]),
        };
        using var text = new StringWriter();
        JobStory.Write(text, job, []);
        Assert.Contains("expected to take 2.00 s and 300 MiB on an average worker, as it did before", text.ToString(), StringComparison.Ordinal);
        Assert.Matches("fast +speed 2.00, expected 1.00 s, took 1.25 s\n +slow +speed 0.50, expected 4.00 s\n", text.ToString());
        Assert.Contains("\"basis\": \"command\"", Reports.ToJson(JobReport.From(job)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_tells_where_jobs_ran_and_what_failed()
    {
        using var text = new StringWriter();
        JobsTable.Write(text, Statistics);
        string table = text.ToString();
        Assert.Matches("2 +remote", table);
        Assert.Matches("2 +by blade", table);
        Assert.Matches("3 +cancelled", table);
        Assert.Matches("1 +not remote: -fplugin=p loads a plugin", table);
        Assert.Matches("5 +not remote: questions of a build system", table);
        Assert.DoesNotContain("stays at home", table, StringComparison.Ordinal);
        Assert.Contains("failed: [a].c: the worker is gone", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_story_tells_the_reason_and_the_steps()
    {
        using var text = new StringWriter();
        JobRecord unknown = Statistics.Recent[0] with { Place = JobPlace.Local, Reason = "-x is odd", ExitCode = null };
        JobStory.Write(text, Statistics.Recent[0], [.. Enumerable.Repeat(unknown, 12), unknown with { Place = JobPlace.Cancelled, Reason = "" }]);
        Assert.StartsWith("[a].c was not done: the worker is gone\n", text.ToString(), StringComparison.Ordinal);
        Assert.Matches("250.0 ms  waiting for a slot of this machine\n", text.ToString());
        Assert.Contains("before it, the latest 10 of 13:\n", text.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(
            "1970-01-01 00:00:00Z ran on this machine: -x is odd, exit code unknown\n  1970-01-01 00:00:00Z was cancelled: whoever asked for it left or interrupted it\n",
            text.ToString(), StringComparison.Ordinal);
    }
}
