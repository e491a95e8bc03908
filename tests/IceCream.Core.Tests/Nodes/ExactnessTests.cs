using System.Diagnostics;
using System.Reflection;
using IceCream.Toolchains;
using Xunit;
using Xunit.Sdk;

namespace IceCream.Tests.Nodes;

/// <summary>A compile elsewhere gives the bytes of home - object, dependency file, words, all it writes - or it stays, and says why.</summary>
public sealed class ExactnessTests(ExactnessFarm farm) : IClassFixture<ExactnessFarm>
{
    private static IEnumerable<ExactnessRow> Rows =>
        [.. ExactnessRows.Preprocessing, .. ExactnessRows.Outputs, .. ExactnessRows.Words, .. ExactnessRows.Surroundings, .. ExactnessRows.Hidden, .. ExactnessRows.Wrappers];

    [Theory]
    [RowsOf("gcc")]
    [RowsOf("gcc", "cc1obj")]
    [RowsOf("g++")]
    [RowsOf("clang")]
    [RowsOf("clang++")]
    [RowsOf("musl-gcc")]
    public Task Nobody_can_tell_where_it_was_compiled(string compiler, string row) =>
        farm.CheckAsync(Rows.Single(candidate => candidate.Name == row), compiler);

    /// <summary>The rows for one compiler, skipped where that is not installed.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    private sealed class RowsOfAttribute : DataAttribute
    {
        private readonly string _compiler, _needs;

        public RowsOfAttribute(string compiler, string needs = "")
        {
            (_compiler, _needs) = (compiler, needs);
            Skip = CompilerLocator.Find(compiler, Environment.GetEnvironmentVariable("PATH")!, "/", new HashSet<string>()) is null ? $"Not installed: {compiler}."
                : needs.Length != 0 && !Has(compiler, needs) ? $"Not installed: {needs} of {compiler}." : null;
        }

        public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
            Rows.Where(row => row.Needs == _needs && row.Compilers.Split(' ').Contains(_compiler)).Select(row => new object[] { _compiler, row.Name });

        private static bool Has(string compiler, string program)
        {
            using Process process = Process.Start(new ProcessStartInfo(compiler, ["-print-prog-name=" + program]) { RedirectStandardOutput = true })!;
            string answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return answer.StartsWith('/');
        }
    }
}
