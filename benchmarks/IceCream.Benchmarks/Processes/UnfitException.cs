namespace IceCream.Benchmarks.Processes;

/// <summary>This machine cannot do what is asked: the message says what it lacks, and what to do.</summary>
internal sealed class UnfitException(string message, Exception? inner = null) : Exception(message, inner);
