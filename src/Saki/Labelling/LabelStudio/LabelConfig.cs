using System.Text;
using System.Xml;

namespace Saki.Labelling.LabelStudio;

/// <summary>What a labelling config asks about its objects.</summary>
/// <param name="Name">Name of the results: <c>from_name</c>.</param>
/// <param name="Type">The tag as it is written: <c>Choices</c>, <c>TextArea</c>, <c>RectangleLabels</c>, …</param>
/// <param name="ToName">The object that it is about; the first where it names several.</param>
/// <param name="Multiple">True when several labels may be given at once.</param>
/// <param name="Labels">Values of its <c>Choice</c> or <c>Label</c> tags, in order.</param>
public sealed record LabelControl(string Name, string Type, string ToName, bool Multiple, IReadOnlyList<string> Labels)
{
    /// <summary>True for the tag that classifies. Label Studio itself tells tags apart by their exact letters.</summary>
    public bool IsChoices => Type == "Choices";
}

/// <summary>What a labelling config shows.</summary>
/// <param name="Name">What controls refer to.</param>
/// <param name="Type">The tag: <c>Image</c>, <c>Text</c>, …</param>
/// <param name="Key">The key of a task's data that holds it: <c>image</c> for <c>value="$image"</c>.</param>
public sealed record LabelObject(string Name, string Type, string Key);

/// <summary>
/// A labelling config of Label Studio (<see href="https://labelstud.io/tags/"/>): its controls and objects. Read without document types, entities of its own and files
/// elsewhere, at most 1 MB and 64 levels.
/// </summary>
/// <param name="Controls">In the order of the document.</param>
/// <param name="Objects">In the order of the document.</param>
public sealed record LabelConfig(IReadOnlyList<LabelControl> Controls, IReadOnlyList<LabelObject> Objects)
{
    private const int MostCharacters = 1_000_000, MostDepth = 64;

    /// <summary>The control of this name; null when the config lacks it.</summary>
    public LabelControl? Find(string name) => Controls.FirstOrDefault(control => control.Name == name);

    /// <summary>The control that classifies a picture, and the key of the tasks' data with the picture.</summary>
    /// <exception cref="SakiException">There is none.</exception>
    public (LabelControl Choices, string ImageKey) Classification()
    {
        foreach (var control in Controls.Where(control => control.IsChoices))
            if (Objects.FirstOrDefault(shown => shown.Name == control.ToName && shown.Type == "Image") is { } image) return (control, image.Key);
        throw new SakiException("Reading the labelling config", "Choices for an Image: <Image name=\"image\" value=\"$image\"/><Choices name=\"choice\" toName=\"image\">…</Choices>",
            Controls.Count == 0 ? "no control" : string.Join(", ", Controls.Select(control => control.Type)), "Only image classification is read.");
    }

    /// <summary>Reads the XML.</summary>
    /// <exception cref="SakiException">It is not well-formed, has a document type, or is too large.</exception>
    public static LabelConfig Parse(string xml)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MostCharacters,
            ConformanceLevel = ConformanceLevel.Document,
        };
        try
        {
            using var reader = XmlReader.Create(new StringReader(xml), settings);
            return Read(reader);
        }
        catch (XmlException failure)
        {
            throw new SakiException("Reading the labelling config", $"well-formed XML without a document type, at most {MostCharacters:N0} signs", failure.Message.TrimEnd('.'), "Correct the config.", failure);
        }
    }

    /// <summary>The config that asks for one of <paramref name="classes"/> for the picture under the key <c>image</c>, with a key for each of the first ten.</summary>
    public static string ForClasses(IReadOnlyList<string> classes)
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true }))
        {
            writer.WriteStartElement("View");
            writer.WriteStartElement("Image");
            writer.WriteAttributeString("name", "image");
            writer.WriteAttributeString("value", "$image");
            writer.WriteEndElement();
            writer.WriteStartElement("Choices");
            writer.WriteAttributeString("name", "choice");
            writer.WriteAttributeString("toName", "image");
            writer.WriteAttributeString("choice", "single");
            foreach (var (name, index) in classes.Select((name, index) => (name, index)))
            {
                writer.WriteStartElement("Choice");
                writer.WriteAttributeString("value", name);
                if (LabelKeys.Of(index) is { } key) writer.WriteAttributeString("hotkey", key);
                writer.WriteEndElement();
            }
            writer.WriteEndElement();
            writer.WriteEndElement();
        }
        return text.ToString();
    }

    private static LabelConfig Read(XmlReader reader)
    {
        var controls = new List<(string Name, string Type, string ToName, bool Multiple, int Depth, List<string> Labels)>();
        var objects = new List<LabelObject>();
        while (reader.Read())
        {
            if (reader.Depth > MostDepth) throw new XmlException($"more than {MostDepth} levels");
            if (reader.NodeType != XmlNodeType.Element) continue;
            var (name, to, value) = (reader.GetAttribute("name"), reader.GetAttribute("toName"), reader.GetAttribute("value"));
            if (to is not null && name is not null) controls.Add((name, reader.Name, to.Split(',')[0].Trim(), reader.GetAttribute("choice")?.StartsWith("multiple", StringComparison.Ordinal) == true, reader.Depth, []));
            else if (reader.Name is "Choice" or "Label" && controls.Count > 0 && reader.Depth > controls[^1].Depth) controls[^1].Labels.Add(reader.GetAttribute("alias") ?? value ?? "");
            else if (name is not null && value?.StartsWith('$') == true) objects.Add(new LabelObject(name, reader.Name, value[1..]));
        }
        return new LabelConfig([.. controls.Select(control => new LabelControl(control.Name, control.Type, control.ToName, control.Multiple, control.Labels))], objects);
    }
}
