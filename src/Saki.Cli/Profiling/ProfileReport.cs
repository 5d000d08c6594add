using Saki.Inference.Evaluation;

namespace Saki.Cli.Profiling;

/// <summary>What <c>saki profile --json</c> prints.</summary>
internal sealed record ProfileReport(string Model, string Version, int Processors, ModelProfile Profile);
