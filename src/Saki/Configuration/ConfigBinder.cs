using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Saki.Configuration;

/// <summary>
/// Turns a composed configuration into option records: snake_case keys to init properties, numbers, booleans, texts, enums by snake_case name,
/// lists and nested records. What is not given keeps the record's default. All mistakes are reported in one error, each with its file and line.
/// A configuration cannot name a .NET type: types come from the records, or from <see cref="Variant{TRecord}"/>.
/// </summary>
public sealed class ConfigBinder
{
    private sealed record VariantRule(string NameKey, string Property, Func<string, Type> TypeOf);

    private readonly Dictionary<Type, VariantRule> _variants = [];
    private readonly List<string> _mistakes = [];

    /// <summary>
    /// Of <typeparamref name="TRecord"/>, the keys that are no property go into the record held by <paramref name="property"/>; its type hangs on the text
    /// under <paramref name="nameKey"/>, as a registry says. Returns this.
    /// </summary>
    /// <param name="nameKey">The key that names the variant: <c>name</c>.</param>
    /// <param name="property">The property for the variant's own options: <c>Options</c>.</param>
    /// <param name="typeOf">From name to record type; throws <see cref="SakiException"/> for unknown names.</param>
    public ConfigBinder Variant<TRecord>(string nameKey, string property, Func<string, Type> typeOf)
    {
        _variants[typeof(TRecord)] = new VariantRule(nameKey, property, typeOf);
        return this;
    }

    /// <summary>Binds the whole tree.</summary>
    /// <param name="root">Resolved: see <see cref="ComposedConfig.Resolve"/>.</param>
    /// <exception cref="ConfigException">One or more keys are unknown, of a wrong type, out of range, or mandatory and not given.</exception>
    public T Bind<T>(ConfigMap root) where T : class
    {
        _mistakes.Clear();
        var bound = Record(typeof(T), root, "");
        if (_mistakes.Count == 0) return (T)bound!;
        var list = _mistakes.Count == 1 ? _mistakes[0] : string.Concat(_mistakes.Select(mistake => $"\n  {mistake}"));
        throw new ConfigException("ValidationError", "Reading the configuration", "options that are known and in range", _mistakes.Count == 1 ? list : $"{_mistakes.Count} mistakes:{list}\n");
    }

    private object? Record(Type type, ConfigMap map, string path)
    {
        var properties = Properties(type);
        var variant = _variants.GetValueOrDefault(type);
        if (variant is not null) properties.Remove(Snake(variant.Property));
        var values = new Dictionary<PropertyInfo, object?>();
        var rest = new ConfigMap { Origin = map.Origin };
        foreach (var (key, node) in map.Entries)
        {
            var name = key.ToString();
            if (properties.TryGetValue(name, out var property)) Bind(property, node, Join(path, name), values);
            else if (variant is not null) rest.Entries.Add(key, node);
            else Mistake(node, $"unknown key {Join(path, name)}. {DidYouMean.Hint(name, properties.Keys)}");
        }
        foreach (var (name, property) in properties)
            if (property.IsDefined(typeof(RequiredMemberAttribute)) && map[name] is null) Mistake(map, $"{Join(path, name)} is not given");
        if (variant is not null && VariantOptions(variant, map, rest, path) is { } options) values[type.GetProperty(variant.Property)!] = options;
        return Make(type, values);
    }

    private object? VariantOptions(VariantRule rule, ConfigMap map, ConfigMap rest, string path)
    {
        if (map[rule.NameKey] is not ConfigScalar { Value: string name } scalar) return null;
        try { return Record(rule.TypeOf(name), rest, path); }
        catch (SakiException unknown) when (unknown is not ConfigException)
        {
            Mistake(scalar, $"{Join(path, rule.NameKey)}: expected {unknown.Expected}, got {unknown.Got}. {unknown.Next}".TrimEnd());
            return null;
        }
    }

    // Required members are checked above, so that a missing one is a mistake among others and not an exception of the runtime's.
    private static object? Make(Type type, Dictionary<PropertyInfo, object?> values)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var (property, value) in values) property.SetValue(made, value);
        return made;
    }

    private void Bind(PropertyInfo property, ConfigNode node, string path, Dictionary<PropertyInfo, object?> values)
    {
        var type = property.PropertyType;
        if (node is ConfigScalar { IsMissing: true })
        {
            Mistake(node, $"{path} is mandatory and not given: {path}=VALUE");
            return;
        }
        if (node is ConfigScalar { Value: null })
        {
            if (MayBeNull(property)) values[property] = null;
            else Mistake(node, $"{path}: expected {Expected(type, property)}, got null");
            return;
        }
        if (Convert(Nullable.GetUnderlyingType(type) ?? type, property, node, path) is { } value) values[property] = value;
    }

    private object? Convert(Type type, PropertyInfo property, ConfigNode node, string path)
    {
        if (ElementOf(type) is { } element)
        {
            if (node is ConfigList list) return List(element, property, list, path);
            Wrong();
            return null;
        }
        if (IsRecord(type))
        {
            if (node is ConfigMap map) return Record(type, map, path);
            Wrong();
            return null;
        }
        var value = node is ConfigScalar scalar ? Scalar(type, scalar.Value) : null;
        if (value is null || !InRange(property, value)) Wrong();
        else return value;
        return null;

        void Wrong() => Mistake(node, $"{path}: expected {Expected(type, property)}, got {(node is ConfigScalar wrong ? (wrong.Value is string text ? $"\"{text}\"" : PythonText.Of(wrong)) : PythonText.Of(node))}{Near(type, property, node)}");
    }

    private Array? List(Type element, PropertyInfo property, ConfigList list, string path)
    {
        var array = Array.CreateInstance(element, list.Items.Count);
        var good = true;
        for (var i = 0; i < list.Items.Count; i++)
        {
            var value = Convert(element, property, list.Items[i], $"{path}.{i}");
            if (value is null) good = false;
            else array.SetValue(value, i);
        }
        return good ? array : null;
    }

    private static object? Scalar(Type type, object? value)
    {
        if (type == typeof(object)) return value;
        if (type == typeof(string)) return value as string;
        if (type == typeof(bool)) return value as bool?;
        if (type == typeof(double)) return value switch { double number => number, long whole => (double)whole, _ => null };
        if (type == typeof(float)) return value switch { double number => (float)number, long whole => (float)whole, _ => null };
        if (type == typeof(long)) return value as long?;
        if (type == typeof(int)) return value is long and >= int.MinValue and <= int.MaxValue ? (int)(long)value : null;
        if (type == typeof(ulong)) return value is long and >= 0 ? (ulong)(long)value : null;
        if (type.IsEnum && value is string name) return Enum.GetNames(type).FirstOrDefault(x => Snake(x) == name) is { } found ? Enum.Parse(type, found) : null;
        return null;
    }

    private static bool InRange(PropertyInfo property, object value)
    {
        if (property.GetCustomAttribute<OneOfAttribute>() is { } choice && value is string text) return choice.Values.Contains(text);
        return property.GetCustomAttribute<WithinAttribute>() is not { } range || value is not (int or long or float or double or ulong) || range.Holds(System.Convert.ToDouble(value, CultureInfo.InvariantCulture));
    }

    private static string Expected(Type type, PropertyInfo property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementOf(type) is { } element) return $"a list of {(element == typeof(string) ? "texts" : IsRecord(element) ? "maps" : "numbers")}";
        if (property.GetCustomAttribute<OneOfAttribute>() is { } choice) return $"one of {string.Join(", ", choice.Values)}";
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type).Select(Snake))}";
        var word = type == typeof(string) ? "a text" : type == typeof(bool) ? "true or false" : IsRecord(type) ? "a map" : type == typeof(double) || type == typeof(float) ? "a number" : "a whole number";
        return property.GetCustomAttribute<WithinAttribute>() is { } range ? $"{word} {range.Sentence}" : word;
    }

    private static string Near(Type type, PropertyInfo property, ConfigNode node)
    {
        var known = property.GetCustomAttribute<OneOfAttribute>()?.Values ?? (type.IsEnum ? Enum.GetNames(type).Select(Snake).ToArray() : []);
        return node is ConfigScalar { Value: string text } && DidYouMean.Closest(text, known) is { } near ? $". Did you mean \"{near}\"?" : "";
    }

    private static bool MayBeNull(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null
        || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);

    private static Type? ElementOf(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyCollection<>)) ? type.GetGenericArguments()[0] : null;

    private static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && type != typeof(object) && ElementOf(type) is null;

    private static Dictionary<string, PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToDictionary(property => Snake(property.Name), StringComparer.Ordinal);

    private static string Snake(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && !char.IsUpper(name[i - 1])) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private void Mistake(ConfigNode node, string sentence) => _mistakes.Add(node.Origin.Source.Length == 0 ? sentence : $"{node.Origin}: {sentence}");
}
