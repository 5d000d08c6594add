using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Labelling;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels list</c>: the queues of a server.</summary>
internal static class LabelsListVerb
{
    public static Command Create()
    {
        var server = TrackingOptions.Server();
        var verb = new Verb("list", "List the queues") { Examples = ["saki labels list", "saki labels list --json"] };
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = TrackingOptions.Api(parsed, server, LabelsVerbs.Patience);
            var queues = await client.GetAsync("api/label/queues", LabelJson.Default.IReadOnlyListLabelQueueView, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json))
            {
                terminal.WriteJson(queues, LabelJson.Default.IReadOnlyListLabelQueueView);
                return 0;
            }
            var table = new TextTable("QUEUE", "STATE", "DONE", "TASKS", "ORDER", "DATA").Right("DONE", "TASKS");
            foreach (var queue in queues) table.Add(queue.Name, queue.State, $"{queue.Done:N0}", $"{queue.Tasks:N0}", queue.Settings.Order, queue.Data);
            table.Write(terminal.Output);
            if (queues.Count == 0) terminal.Say("No queue yet: saki labels queue NAME --data DATA");
            return 0;
        });
        return verb;
    }
}
