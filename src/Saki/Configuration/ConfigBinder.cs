using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Saki.Configuration;

/// <summary>
/// Turns a composed configuration into option records: <c>batch_size</c> fills <c>BatchSize</c>. Every key must be known and of the right type; all mistakes are
/// collected and reported together by <see cref="ThrowIfAny"/>. Only the record that the caller names is made: a configuration cannot name a type.
/// </summary>
public sealed class ConfigBinder
{
    private readonly List<string> _mistakes = [];

    /// <summary>A record of type <typeparamref name="T"/> from <paramref name="map"/>.</summary>
    /// <param name="map">Its keys are the record's properties in snake_case.</param>
    /// <param name="path">Dotted path of the map, for messages.</param>
    public T Bind<T>(ConfigMap map, string path = "") where T : class => (T)Bind(typeof(T), map, path);

    /// <summary>As above for a record type that is known at run time only.</summary>
    public object Bind(Type type, ConfigMap map, string path)
    {
        var record = Activator.CreateInstance(type)!;
        var properties = type.GetProperties().Where(p => p.CanWrite).ToDictionary(p => SnakeCase(p.Name), StringComparer.Ordinal);
        foreach (var (key, value) in map.Items)
        {
            if (!properties.TryGetValue(key, out var property))
            {
                _mistakes.Add($"{value.Origin}: \"{Join(path, key)}\" is not known. {DidYouMean.Hint(key, properties.Keys)}");
                continue;
            }
            if (TryConvert(property.PropertyType, value, Join(path, key), IsNullable(property), out var converted)) property.SetValue(record, converted);
        }
        foreach (var (key, property) in properties)
            if (!map.Items.ContainsKey(key) && property.IsDefined(typeof(RequiredMemberAttribute)))
                _mistakes.Add($"{Join(path, key)} is missing.");
        return record;
    }

    /// <summary>Fails with every mistake so far, one a line.</summary>
    /// <exception cref="SakiException">There was at least one.</exception>
    public void ThrowIfAny()
    {
        if (_mistakes.Count > 0)
            throw new SakiException("Reading the configuration", "known keys with values of their type", _mistakes.Count == 1 ? _mistakes[0].TrimEnd('.') : $"{_mistakes.Count} mistakes: {string.Join(" | ", _mistakes)}".TrimEnd('.'),
                "Type: saki config show, to see what was composed.");
    }

    private bool TryConvert(Type type, ConfigNode node, string path, bool nullable, out object? value)
    {
        type = Nullable.GetUnderlyingType(type) is { } inner ? inner : type;
        value = null;
        if (node is ConfigScalar { Value: null }) return nullable || Wrong(path, node, Expected(type));
        if (node is ConfigScalar { Value: "???" }) return Wrong(path, node, $"a value ({Expected(type)}); it is mandatory");
        switch (node)
        {
            case ConfigMap map when type.IsClass && type != typeof(string) && type != typeof(object):
                value = Bind(type, map, path);
                return true;
            case ConfigList list when ElementOf(type) is { } element:
                return TryList(element, list, path, out value);
            case ConfigScalar scalar when TryScalar(type, scalar.Value!, out value):
                return true;
            default:
                return Wrong(path, node, Expected(type));
        }
    }

    private bool TryList(Type element, ConfigList list, string path, out object? value)
    {
        var made = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        value = made;
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (!TryConvert(element, list.Items[i], $"{path}[{i}]", nullable: false, out var item)) return false;
            made.Add(item);
        }
        return true;
    }

    private static bool TryScalar(Type type, object scalar, out object? value)
    {
        value = scalar switch
        {
            bool when type == typeof(bool) => scalar,
            string text when type.IsEnum => type.GetEnumNames().FirstOrDefault(name => SnakeCase(name) == text) is { } name ? Enum.Parse(type, name) : null,
            string when type == typeof(string) => scalar,
            long number when type == typeof(string) => number.ToString(CultureInfo.InvariantCulture),
            long number when type == typeof(int) => number is >= int.MinValue and <= int.MaxValue ? (int)number : null,
            long when type == typeof(long) => scalar,
            long or double when type == typeof(double) => Convert.ToDouble(scalar, CultureInfo.InvariantCulture),
            long or double when type == typeof(float) => (float)Convert.ToDouble(scalar, CultureInfo.InvariantCulture),
            _ => null,
        };
        return value is not null;
    }

    private bool Wrong(string path, ConfigNode node, string expected)
    {
        _mistakes.Add($"{node.Origin}: {path} takes {expected}, not {node.Describe()}.");
        return false;
    }

    private static string Expected(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type == typeof(string) => "a text",
        { IsEnum: true } => string.Join(", ", type.GetEnumNames().Select(SnakeCase)),
        _ when ElementOf(type) is { } element => $"a list, each item {Expected(element)}",
        _ => "a map",
    };

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    private static bool IsNullable(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null
        || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i])) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
