using System.CommandLine;
using System.Globalization;
using Saki.Server;

namespace Saki.Cli;

/// <summary>How a server is watched and ended: options of every verb that starts one.</summary>
internal static class ServerLook
{
    private static readonly Option<string> Log = Choice(new("--log-format") { Description = "Lines on stderr as text or json", HelpName = "FORM", DefaultValueFactory = _ => "text" });
    private static readonly Option<string?> Otlp = new("--otlp") { Description = "Collector for traces and numbers over OTLP/HTTP (OTEL_EXPORTER_OTLP_ENDPOINT)", HelpName = "URL" };
    private static readonly Option<double> Drain = new("--drain") { Description = "Seconds to go on answering, not ready any more, once asked to end", HelpName = "S", DefaultValueFactory = _ => 0 };

    public static void AddTo(Command verb)
    {
        foreach (var option in new Option[] { Log, Otlp, Drain }) verb.Add(option);
    }

    /// <summary>The options with what was said on the command line.</summary>
    /// <exception cref="SakiException">Not an address, or not a number of seconds.</exception>
    public static ServerOptions Read(ParseResult parsed, ServerOptions options)
    {
        var collector = parsed.GetValue(Otlp) ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT");
        var drain = parsed.GetValue(Drain);
        if (!(drain is >= 0 and <= 3600)) throw new SakiException("Reading --drain", "seconds from 0 to 3600", drain.ToString(CultureInfo.InvariantCulture));
        return options with { JsonLog = parsed.GetValue(Log) == "json", Otlp = string.IsNullOrEmpty(collector) ? null : Address(collector), Drain = TimeSpan.FromSeconds(drain) };
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new SakiException("Reading --otlp", "an address that begins with http:// or https://", $"\"{text}\"", "A collector on this machine listens at http://127.0.0.1:4318");

    private static Option<string> Choice(Option<string> option)
    {
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }
}
