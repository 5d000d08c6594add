using Saki.Datasets;
using Saki.Labelling;
using Saki.Labelling.Sampling;
using Saki.Server.Feedback;
using Saki.Vision;

namespace Saki.Server.Labelling;

/// <summary>A picture that may become a task, or a part of one.</summary>
/// <param name="Picture">Where it is.</param>
/// <param name="Given">Its label in the data set; null for none.</param>
/// <param name="Split">Its split; train for what has none.</param>
/// <param name="Time">When it came, milliseconds since 1970; 0 when nobody knows.</param>
internal sealed record QueueItem(TaskPicture Picture, string? Given, Split Split, long Time)
{
    /// <summary>Others that look the same.</summary>
    public List<TaskPicture> Alike { get; } = [];

    /// <summary>Why it is asked; empty when only the order puts it there.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>Finds the pictures of each source.</summary>
internal sealed class QueueItems(FeedbackStore feedback, LabelReader reader)
{
    private const int Most = 200_000, FeedbackPage = 1000;

    /// <summary>The pictures of a version, of one split or all: those without a label, or those with one.</summary>
    public static List<QueueItem> OfVersion(DatasetVersion version, Split? split, bool labelled)
    {
        var items = version.Samples.Where(sample => (split is null || sample.Split == split) && Relabelling.IsUnlabelled(version.Classes[sample.Label]) != labelled)
            .Select(sample => Item(version, sample)).Take(Most + 1).ToList();
        if (items.Count == 0) throw None(labelled ? $"labelled pictures in {version.Summary}" : $"pictures of the class \"{Relabelling.Unlabelled}\" in {version.Summary}");
        return Checked(items);
    }

    /// <summary>Copies of one picture whose labels contradict each other; each becomes one item.</summary>
    public static List<QueueItem> Contradictions(DatasetVersion version, IReadOnlyList<SampleFacts> facts)
    {
        var items = new List<QueueItem>();
        foreach (var group in DatasetCheck.Of(version, facts).Contradictions)
        {
            var said = string.Join(", ", group.Samples.Select(sample => version.Classes[sample.Label]).Distinct(StringComparer.Ordinal));
            var item = Item(version, group.Samples[0]) with { Reason = "contradiction", Given = said };
            item.Alike.AddRange(group.Samples.Skip(1).Select(sample => Item(version, sample).Picture));
            items.Add(item);
        }
        return items.Count > 0 ? items : throw None($"copies with different labels in {version.Summary}");
    }

    /// <summary>The pictures that people agreed to have kept and that no queue has asked about.</summary>
    public List<QueueItem> OfFeedback(string? model)
    {
        var asked = reader.Asked(TaskPicture.Feedback);
        var items = new List<QueueItem>();
        var search = new FeedbackSearch { Model = model, Most = FeedbackPage };
        while (items.Count <= Most)
        {
            var page = feedback.Search(search);
            foreach (var kept in page)
                if (asked.Add(kept.Picture)) items.Add(new QueueItem(new TaskPicture(TaskPicture.Feedback, "", kept.Picture), kept.Label.Length > 0 ? kept.Label : null, Split.Train, kept.Time));
            if (page.Count < FeedbackPage) break;
            search = search with { After = (page[^1].Time, page[^1].Id) };
        }
        return items.Count > 0 ? Checked(items) : throw None("pictures that people agreed to have kept and nobody was asked about");
    }

    /// <summary>Joins what looks the same; the first of each stays.</summary>
    public static List<QueueItem> Join(List<QueueItem> items, IReadOnlyList<byte[]?> thumbnails)
    {
        var first = NearDuplicates.Group(thumbnails);
        var kept = new List<QueueItem>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (first[i] == i) kept.Add(items[i]);
            else items[first[i]].Alike.Add(items[i].Picture);
        }
        return kept;
    }

    /// <summary>Grey values of a picture at <see cref="NearDuplicates.Side"/>² pixels; null when it cannot be decoded.</summary>
    public static byte[]? Thumbnail(byte[] picture)
    {
        try
        {
            using var image = ImageDecoder.Decode(picture, new DecodeOptions { Channels = 1 });
            using var small = new Image(NearDuplicates.Side, NearDuplicates.Side, 1);
            Resize.Run(image, small, Pipelines.Interpolation.Bilinear, antialias: true);
            return small.Pixels.ToArray();
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private static QueueItem Item(DatasetVersion version, Sample sample)
    {
        var name = version.Classes[sample.Label];
        return new QueueItem(new TaskPicture(TaskPicture.Data, sample.Path, sample.Digest.ToString()), Relabelling.IsUnlabelled(name) ? null : name, sample.Split, version.Summary.Created.ToUnixTimeMilliseconds());
    }

    private static List<QueueItem> Checked(List<QueueItem> items) =>
        items.Count <= Most ? items : throw new SakiException("Making a queue", $"at most {Most:N0} pictures to choose from", "more", "Name one split, as NAME:val.");

    private static SakiException None(string expected) => new("Making a queue", expected, "none", "Choose another source.");
}
