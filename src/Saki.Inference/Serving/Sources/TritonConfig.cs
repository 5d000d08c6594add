using System.Globalization;

namespace Saki.Inference.Serving;

/// <summary>What is read of a <c>config.pbtxt</c> (protobuf text form): sizes, queue, instances, threads, versions, labels. Everything else in it is passed over.</summary>
internal sealed record TritonConfig
{
    private const int MostText = 1 << 20, Deepest = 32, MostInstances = 1024;

    private string? _parameter; // whose value comes next

    public string? Name { get; private set; }

    public string? Engine { get; private set; }

    public int MaxBatchSize { get; private set; }

    public int? MaxQueueSize { get; private set; }

    public int? DelayMicroseconds { get; private set; }

    public int? Newest { get; private set; }

    public bool DynamicBatching { get; private set; }

    /// <summary>Runs at once, all groups together; null where no group says.</summary>
    public int? Instances { get; private set; }

    /// <summary>True when a group asks for a GPU.</summary>
    public bool OnGpu { get; private set; }

    /// <summary>The parameter <c>intra_op_thread_count</c> of Triton's ONNX Runtime backend.</summary>
    public int? Threads { get; private set; }

    public List<long>? Versions { get; private set; }

    public string? LabelFile { get; private set; }

    /// <exception cref="SakiException">Not protobuf text, or a number out of range.</exception>
    public static TritonConfig Read(string file)
    {
        if (new FileInfo(file).Length > MostText) throw Broken("at most 1 MB", "more");
        return Parse(File.ReadAllText(file));
    }

    /// <inheritdoc cref="Read"/>
    public static TritonConfig Parse(string text)
    {
        var config = new TritonConfig();
        var at = 0;
        config.Fields(text, ref at, "", 0);
        return config;
    }

    private void Fields(string text, ref int at, string path, int depth)
    {
        if (depth > Deepest) throw Broken("at most 32 levels", "more");
        while (Token(text, ref at) is { } key)
        {
            if (key is "}" or "]") return;
            if (key is "," or ";") continue;
            if (!char.IsAsciiLetter(key[0])) throw Broken("a field name", $"\"{Shown(key)}\"");
            Value(text, ref at, path + "/" + key, depth);
        }
        if (depth > 0) throw Broken("a closing brace", "the end of the file");
    }

    private void Value(string text, ref int at, string path, int depth)
    {
        var token = Token(text, ref at);
        if (token == ":") token = Token(text, ref at);
        switch (token)
        {
            case "{":
                if (path is "/version_policy/all") Newest = int.MaxValue;
                if (path is "/dynamic_batching") DynamicBatching = true;
                Fields(text, ref at, path, depth + 1);
                break;
            case "[":
                while (true)
                {
                    var item = Token(text, ref at) ?? throw Broken("a closing bracket", "the end of the file");
                    if (item == "]") break;
                    if (item == "{") Fields(text, ref at, path, depth + 1);
                    else if (item != ",") Take(path, item);
                }
                break;
            case null: throw Broken("a value", "the end of the file");
            default: Take(path, token); break;
        }
    }

    private void Take(string path, string value)
    {
        switch (path)
        {
            case "/name": Name = Text(value); break;
            case "/platform" or "/backend" when Text(value).Length > 0: Engine = Text(value); break;
            case "/max_batch_size": MaxBatchSize = Number(value, 65536); break;
            case "/dynamic_batching/max_queue_delay_microseconds": DelayMicroseconds = Number(value, 10_000_000); break;
            case "/dynamic_batching/default_queue_policy/max_queue_size": MaxQueueSize = Number(value, 1_000_000) is > 0 and var size ? size : null; break;
            case "/instance_group/count": Instances = Math.Min(MostInstances, (Instances ?? 0) + Number(value, MostInstances)); break;
            case "/instance_group/kind": OnGpu |= Text(value) == "KIND_GPU"; break;
            case "/instance_group/gpus": OnGpu = true; break;
            case "/parameters/key": _parameter = Text(value); break;
            case "/parameters/value/string_value" when _parameter == "intra_op_thread_count": Threads = Number(Text(value), MostInstances) is > 0 and var threads ? threads : null; break;
            case "/version_policy/latest/num_versions": Newest = Number(value, 1000); break;
            case "/version_policy/specific/versions": (Versions ??= []).Add(Number(value, int.MaxValue)); break;
            case "/output/label_filename" when Text(value).Length > 0: LabelFile = Text(value); break;
        }
    }

    private static string Text(string token) => token.Length >= 2 && token[0] is '"' or '\'' ? token[1..^1] : token;

    private static int Number(string token, int most) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : throw Broken($"a whole number up to {most}", $"\"{Shown(token)}\"");

    private static string? Token(string text, ref int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '#'))
        {
            if (text[at] == '#') while (at < text.Length && text[at] != '\n') at++;
            else at++;
        }
        if (at >= text.Length) return null;
        var start = at;
        var sign = text[at++];
        if (sign is '"' or '\'')
        {
            while (at < text.Length && text[at] != sign) at += text[at] == '\\' ? 2 : 1;
            return at < text.Length ? text[start..++at] : throw Broken("a closing quote", "the end of the file");
        }
        if (sign is '{' or '}' or '[' or ']' or ':' or ',' or ';') return text[start..at];
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('{' or '}' or '[' or ']' or ':' or ',' or ';' or '#' or '"' or '\'')) at++;
        return text[start..at];
    }

    private static string Shown(string token) => PlainText.Of(token, 40);

    private static SakiException Broken(string expected, string got) => new("Reading config.pbtxt", expected, got, "Correct the file, or leave it out.");
}
