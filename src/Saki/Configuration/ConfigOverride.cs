namespace Saki.Configuration;

/// <summary>What an override asks for.</summary>
public enum OverrideKind
{
    /// <summary><c>key=value</c>: change what is there; <c>group=option</c>: choose.</summary>
    Change,
    /// <summary><c>+key=value</c>: add what is not there.</summary>
    Add,
    /// <summary><c>++key=value</c>: add or change.</summary>
    Force,
    /// <summary><c>~key</c>: remove.</summary>
    Delete,
}

/// <summary>One override as typed, in Hydra's form. Values follow Hydra's grammar for scalars, quotes, lists and maps; sweeps come with a later issue.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Key">A dotted path, or a group.</param>
/// <param name="Value">The value; null for a bare delete.</param>
/// <param name="Text">As typed.</param>
public sealed record ConfigOverride(OverrideKind Kind, string Key, ConfigNode? Value, string Text)
{
    /// <summary>Reads one override.</summary>
    /// <exception cref="SakiException">It is not of Hydra's form.</exception>
    public static ConfigOverride Parse(string text)
    {
        var kind = text.StartsWith("++", StringComparison.Ordinal) ? OverrideKind.Force : text.StartsWith('+') ? OverrideKind.Add : text.StartsWith('~') ? OverrideKind.Delete : OverrideKind.Change;
        var body = text[(kind == OverrideKind.Force ? 2 : kind == OverrideKind.Change ? 0 : 1)..];
        var equals = body.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? body : body[..equals];
        if (key.Length == 0 || key.Any(char.IsWhiteSpace)) throw Wrong(text, "a key before =", $"\"{text}\"");
        if (equals < 0 && kind != OverrideKind.Delete) throw Wrong(text, "key=value", $"\"{text}\" without =");
        return new ConfigOverride(kind, key, equals < 0 ? null : new OverrideValue(body[(equals + 1)..], text).Read(), text);
    }

    internal static SakiException Wrong(string text, string expected, string got) =>
        new($"Reading the override {text}", expected, got, "Examples: trainer.epochs=3  network=resnet18  '+note=\"a b\"'  ~schedule.warmup");
}
