using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Datasets;
using Saki.Labelling;
using Saki.Labelling.LabelStudio;
using Saki.Server.Http;
using Saki.Storage;

namespace Saki.Server.Labelling;

/// <summary>
/// Hears of annotations that are made in a Label Studio: each goes into the queue <c>label-studio-PROJECT</c>, which is made at the first one, under the name
/// <c>ls:ANNOTATOR</c>. Heard twice, it counts once; changed or deleted there, it changes here, and the history keeps both.
/// </summary>
internal sealed class OutsideAnnotations(LabelStore store, LabelReader reader, LabelPictures pictures)
{
    private const string Operation = "Hearing of an annotation";
    private static readonly HashSet<string> Known = ["ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATION_DELETED", "START_TRAINING"];

    /// <summary>Notes what a webhook says: 201 for actions that Label Studio's own backend knows, 200 for others.</summary>
    /// <exception cref="SakiException">(of the task) It lacks project, task or annotation, or the config is not one of image classification.</exception>
    public async Task<IResult> HearAsync(JsonElement body, string caller)
    {
        var action = MlBackendApi.Text(body, "action");
        if (!Known.Contains(action)) return MlBackendApi.Reply(writer => writer.WriteString("status", "Unknown event"));
        if (action != "START_TRAINING") await NoteAsync(body, action, caller);
        return MlBackendApi.Reply(writer =>
        {
            writer.WriteNull("result");
            writer.WriteString("status", "ok");
        }, StatusCodes.Status201Created);
    }

    private async Task NoteAsync(JsonElement body, string action, string caller)
    {
        var (project, annotation) = (Object(body, "project"), Object(body, "annotation"));
        var data = body.TryGetProperty("task", out var task) && task.ValueKind == JsonValueKind.Object && task.TryGetProperty("data", out var found) ? found : default;
        var queue = await QueueAsync(project, data, caller);
        var outside = $"{Number(project)}/{Number(annotation)}";
        var known = reader.Outside(queue.Id, outside);
        if (action == "ANNOTATION_DELETED")
        {
            if (known is not null) await store.TakeBackAsync(queue, known.Task, known.Annotator, outside);
            return;
        }
        if (data.ValueKind != JsonValueKind.Object) throw Missing("data of the task");
        var id = known?.Task ?? await TaskAsync(queue, data, ImageOf(project, data));
        await store.AnswerAsync(queue, known?.Annotator ?? $"ls:{By(annotation)}", Answer(id, project, annotation, queue), outside);
    }

    // The data set is the one that the tasks were exported from, so that the labels can be applied to it.
    private async Task<QueueRow> QueueAsync(JsonElement project, JsonElement data, string caller)
    {
        var name = $"label-studio-{Number(project)}";
        if (reader.Find(name) is { } queue) return queue;
        var (choices, _) = LabelConfig.Parse(MlBackendApi.Text(project, "label_config")).Classification();
        var ask = new LabelQueueAsk { Name = name, Data = data.ValueKind == JsonValueKind.Object && data.TryGetProperty("dataset", out var set) && set.ValueKind == JsonValueKind.String ? DatasetReference.Parse(set.GetString()!).Name : name, Source = QueueSources.LabelStudio, Order = "newest", Control = 0, Blind = 0 };
        try
        {
            await store.AddAsync(ask, caller, "open", choices.Labels);
        }
        catch (RequestException) when (reader.Find(name) is not null)
        {
            // Two annotations came at once; the other one has made it.
        }
        return reader.Get(name);
    }

    private async Task<long> TaskAsync(QueueRow queue, JsonElement data, string image)
    {
        var picture = MlBackendApi.DigestOf(data) is { } digest && pictures.Has(digest)
            ? new TaskPicture(TaskPicture.Data, data.TryGetProperty("path", out var path) && path.ValueKind == JsonValueKind.String ? path.GetString()! : "", digest.ToString())
            : new TaskPicture(TaskPicture.Outside, image, "");
        return reader.TaskOf(queue.Id, picture) ?? await store.AppendAsync(queue.Id, new NewTask { Arm = "strategy", Needed = LabelStore.Everybody, Pictures = [picture] });
    }

    private static LabelAnswerAsk Answer(long task, JsonElement project, JsonElement annotation, QueueRow queue)
    {
        var (choices, _) = LabelConfig.Parse(MlBackendApi.Text(project, "label_config")).Classification();
        var cancelled = annotation.TryGetProperty("was_cancelled", out var skipped) && skipped.ValueKind == JsonValueKind.True;
        var label = cancelled ? null : LabelFile.Choice(annotation, choices.Name);
        if (label is not null && !queue.Labels.Contains(label)) throw new SakiException(Operation, string.Join(", ", queue.Labels.Take(20)), "another label", "Close the queue of this project here, so that a new one is made with the project's new labels.");
        var took = annotation.TryGetProperty("lead_time", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? (long)(seconds.GetDouble() * 1000) : 0;
        return label is null ? new LabelAnswerAsk { Task = task, Kind = "skip" } : new LabelAnswerAsk { Task = task, Label = label, Took = took };
    }

    // What the picture is known by; of a picture that came along whole only its beginning and digest.
    private static string ImageOf(JsonElement project, JsonElement data)
    {
        const int most = 2048;
        var (_, key) = LabelConfig.Parse(MlBackendApi.Text(project, "label_config")).Classification();
        if (!data.TryGetProperty(key, out var image) || image.ValueKind != JsonValueKind.String) throw Missing($"picture under \"{key}\"");
        var text = image.GetString()!;
        return text.Length <= most ? text : $"{text[..40]}… {Digest.Of(Encoding.UTF8.GetBytes(text))}";
    }

    private static string By(JsonElement annotation) => annotation.TryGetProperty("completed_by", out var by) && by.ValueKind is (JsonValueKind.Number or JsonValueKind.String) && by.ToString().Length <= 100 ? by.ToString() : "unknown";

    private static JsonElement Object(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : throw Missing(name);

    private static string Number(JsonElement thing) => thing.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number.ToString(CultureInfo.InvariantCulture) : throw Missing("number under \"id\"");

    private static RequestException Missing(string what) => new(StatusCodes.Status400BadRequest, Operation, $"the {what}", "none");
}
