namespace Saki.Configuration;

/// <summary>A configuration that cannot be composed, read or bound. <see cref="Kind"/> tells the cases apart; the names follow Hydra's classes.</summary>
public sealed class ConfigException(
    string kind, string operation, string expected, string got, string? next = null, Exception? inner = null)
    : SakiException(operation, expected, got, next, inner)
{
    /// <summary>What went wrong, by Hydra's and OmegaConf's class name: <c>ConfigCompositionException</c>, <c>MissingConfigException</c>, <c>OverrideParseException</c>, <c>InterpolationKeyError</c>, …</summary>
    public string Kind => kind;
}
