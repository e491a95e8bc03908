using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>What runs in containers is described as small, without rights, and on a read-only root. That it works there is tried with the packages: <see cref="DebianTests"/>.</summary>
public sealed class ContainerTests
{
    private static readonly string Base = Path.Combine(Programs.Integrations, "kubernetes", "base");

    [Needs("kubectl")]
    public async Task Kubectl_renders_the_base_and_no_container_has_rights()
    {
        using var build = new BuildFolder();
        string rendered = await build.RunAsync(build.Path, "kubectl", "kustomize", Base);
        string[] kinds = [.. rendered.Split('\n').Where(static line => line.StartsWith("kind: ", StringComparison.Ordinal)).Select(static line => line["kind: ".Length..]).Order(StringComparer.Ordinal)];
        Assert.Equal(["Deployment", "HorizontalPodAutoscaler", "Namespace", "NetworkPolicy", "PersistentVolumeClaim", "Service", "Service", "StatefulSet"], kinds);
        foreach (string demand in (string[])["runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "automountServiceAccountToken: false"])
        {
            Assert.Equal(2, rendered.Split(demand).Length - 1);
        }
    }

    /// <summary>A pod of a stateful set comes again with its name, which belongs to the certificate of the one before: that must not have gone with it.</summary>
    [Fact]
    public void A_worker_that_comes_again_by_its_name_has_its_certificate()
    {
        string worker = File.ReadAllText(Path.Combine(Base, "worker.yaml"));
        Assert.Contains("kind: StatefulSet", worker, StringComparison.Ordinal);
        Assert.Contains("  volumeClaimTemplates:\n    - metadata:\n        name: state\n", worker, StringComparison.Ordinal);
        Assert.DoesNotContain("- name: state\n          emptyDir", worker, StringComparison.Ordinal);
        Assert.Contains("            - name: state\n              mountPath: /state\n", worker, StringComparison.Ordinal);
    }

    /// <summary>Whoever pastes the page's commands asks a scheduler that is there: a token from none is an empty file, and the secret that is made of it joins nobody.</summary>
    [Fact]
    public void The_page_waits_for_the_scheduler_before_it_asks_for_a_token()
    {
        string page = File.ReadAllText(Path.Combine(Programs.Integrations, "kubernetes/README.md"));
        Assert.Matches("rollout status deploy/scheduler\nkubectl -n icelib exec deploy/scheduler ", page);
    }

    [Fact]
    public void The_autoscaler_follows_metrics_that_the_scheduler_tells()
    {
        string metrics = File.ReadAllText(Path.Combine(Programs.Root, "src/IceCream.Host/Dashboard/FarmMetrics.cs"));
        string page = File.ReadAllText(Path.Combine(Programs.Integrations, "kubernetes/README.md"));
        foreach (string name in (string[])["slots", "slots.busy", "jobs.waiting"])
        {
            Assert.Contains($"\"{name}\"", metrics, StringComparison.Ordinal);
            Assert.Contains("icecream_farm_" + name.Replace('.', '_'), page, StringComparison.Ordinal);
        }
    }

    /// <summary>What is loaded by name has libraries of its own, which no program of the image is linked to: cryptography of Debian 13 asks for zstd.</summary>
    [Needs("sh")]
    public async Task Libraries_of_libraries_that_are_loaded_by_name_are_gathered()
    {
        if (!File.Exists("/etc/ssl/certs/ca-certificates.crt") || !Directory.GetDirectories("/lib", "*-linux-gnu*").Any(static folder => File.Exists(Path.Combine(folder, "libnss_dns.so.2"))))
        {
            return;
        }

        using var build = new BuildFolder(withLauncher: false);
        string tools = Directory.CreateDirectory(Path.Combine(build.Path, "tools")).FullName, compressing = Path.Combine(build.Path, "libcompress.so.1"), root = Path.Combine(build.Path, "root");
        await File.WriteAllTextAsync(compressing, "");
        await WriteToolAsync("chown", "exit 0");
        await WriteToolAsync("ldd", $"case $1 in *libnss_dns*) echo '\tlibcompress.so.1 => {compressing} (0x00007f0000000000)' ;; esac");
        build.FirstOnPath.Add(tools);
        await build.RunAsync(build.Path, "sh", Path.Combine(Programs.Integrations, "containers/gather"), root, "sh");
        Assert.True(File.Exists(root + compressing));

        async Task WriteToolAsync(string name, string script)
        {
            string file = Path.Combine(tools, name);
            await File.WriteAllTextAsync(file, $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>A launcher makes no folder for a socket that is named, and an ordinary user none in /run: without the folder no agent starts, and everything is compiled in the client.</summary>
    [Fact]
    public void The_client_has_the_folder_of_its_agents_socket()
    {
        string recipe = File.ReadAllText(Path.Combine(Programs.Integrations, "containers/Containerfile"));
        string client = recipe[recipe.IndexOf(" AS client\n", StringComparison.Ordinal)..];
        Assert.Contains("ICECREAM_SOCKET=/run/icecream/agent.socket", client, StringComparison.Ordinal);
        Assert.Contains("install -d -m 700 -o 10001 -g 10001 /run/icecream\n", client, StringComparison.Ordinal);
    }

    [Fact]
    public void No_image_runs_as_root()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Programs.Integrations, "containers/Containerfile"));
        foreach (string image in (string[])["scheduler", "worker", "client"])
        {
            string[] stage = [.. lines.SkipWhile(line => !line.EndsWith($" AS {image}", StringComparison.Ordinal)).Skip(1).TakeWhile(static line => !line.StartsWith("FROM ", StringComparison.Ordinal))];
            Assert.Equal("USER 10001:10001", Assert.Single(stage, static line => line.StartsWith("USER ", StringComparison.Ordinal)));
        }
    }
}
