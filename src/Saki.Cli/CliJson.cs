using System.Text.Json.Serialization;
using Saki.Cli.Verbs;
using Saki.Cli.Verbs.Data;
using Saki.Cli.Verbs.Models;

namespace Saki.Cli;

/// <summary>JSON of what the verbs print, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(PackageView))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(IReadOnlyList<RunView>))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(TrainView))]
[JsonSerializable(typeof(HistoryView))]
[JsonSerializable(typeof(PromotionView))]
[JsonSerializable(typeof(IReadOnlyList<TokenView>))]
[JsonSerializable(typeof(IReadOnlyList<UserView>))]
internal sealed partial class CliJson : JsonSerializerContext;
