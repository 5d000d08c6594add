using System.Text.Json.Serialization;
using Saki.Cli.Benching;
using Saki.Cli.Profiling;
using Saki.Cli.Tuning;
using Saki.Cli.Verbs;
using Saki.Cli.Verbs.Data;
using Saki.Cli.Verbs.Models;
using Saki.Cli.Verbs.Runs;
using Saki.Server.Import;
using Saki.Tracking;

namespace Saki.Cli;

/// <summary>JSON of what the verbs print, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(PackageView))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(IReadOnlyList<RunView>))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(TrainView))]
[JsonSerializable(typeof(ComparisonView))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(GarbageReport))]
[JsonSerializable(typeof(HistoryView))]
[JsonSerializable(typeof(PromotionView))]
[JsonSerializable(typeof(IReadOnlyList<TokenView>))]
[JsonSerializable(typeof(TuneReport))]
[JsonSerializable(typeof(ProfileReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyList<UserView>))]
internal sealed partial class CliJson : JsonSerializerContext;
