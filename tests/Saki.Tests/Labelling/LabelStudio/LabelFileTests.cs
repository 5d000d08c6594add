using System.Text;
using Saki.Labelling.LabelStudio;
using Saki.Testing;
using Saki.Tests.Datasets;

namespace Saki.Tests.Labelling.LabelStudio;

public class LabelFileTests
{
    private static string Task(string image, params string[] labels) =>
        $$"""{"id":1,"data":{"image":"{{image}}"},"annotations":[{{string.Join(',', labels.Select((label, i) => Annotation(label, i)))}}]}""";

    private static string Annotation(string label, int by) =>
        $$"""{"id":{{by}},"completed_by":{{by}},"was_cancelled":false,"result":[{"from_name":"choice","to_name":"image","type":"choices","value":{"choices":["{{label}}"] } }]}""";

    [Fact]
    public void Json_json_min_and_csv_give_the_same_labels()
    {
        var json = $"[{Task("a.png", "cat", "dog", "cat")},{Task("b.png", "dog")}]";
        var config = LabelConfig.Parse(LabelConfig.ForClasses(["cat", "dog"]));
        var whole = Read(json);
        Assert.Equal(["a.png cat", "a.png dog", "a.png cat", "b.png dog"], whole.Select(label => $"{label.Image} {label.Label}"));
        foreach (var format in (TaskFormat[])[TaskFormat.JsonMin, TaskFormat.Csv, TaskFormat.Tsv, TaskFormat.JsonLines])
        {
            using var output = new MemoryStream();
            TaskConversion.Run(() => new MemoryStream(Encoding.UTF8.GetBytes(json)), "json", config, format, output);
            Assert.Equal(whole.Select(label => (label.Image, label.Label, label.Annotator)), Read(Encoding.UTF8.GetString(output.ToArray())).Select(label => (label.Image, label.Label, label.Annotator)));
        }
    }

    [Fact]
    public void The_majority_counts_a_tie_decides_nothing_and_a_ground_truth_outvotes_all()
    {
        var truth = Task("c.png", "cat", "cat", "dog").Replace("\"id\":2,\"completed_by\":2", "\"id\":2,\"ground_truth\":true,\"completed_by\":2", StringComparison.Ordinal);
        var agreed = ImportedLabel.Agree(Read($"[{Task("a.png", "cat", "dog", "cat")},{Task("b.png", "cat", "dog")},{truth}]"));
        Assert.Equal("cat", agreed["a.png"].Consensus.Label);
        Assert.Null(agreed["b.png"].Consensus.Label);
        Assert.Equal("dog", agreed["c.png"].Consensus.Label);
    }

    [Fact]
    public void Line_ends_quotes_and_separators_inside_fields_stay_in_them()
    {
        var labels = Read("image,note,choice\r\n\"a,1.png\",\"two\r\nlines and \"\"quotes\"\"\",cat\r\nb.png,,\"dog\"");
        Assert.Equal([("a,1.png", "cat"), ("b.png", "dog")], labels.Select(label => (label.Image, label.Label)));
    }

    [Theory]
    [InlineData("image,choice\na.png", "1 in row 2")]
    [InlineData("image,choice\n\"a.png,cat", "an open one in row 2")]
    [InlineData("image,label\na.png,cat", "image, label")]
    [InlineData("[{\"data\":{\"picture\":\"a.png\"},\"annotations\":[{\"result\":[]}]}]", "a task without it")]
    public void A_file_that_lacks_what_is_needed_is_refused_with_its_place(string text, string got) =>
        Assert.Contains(got, Assert.Throws<SakiException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Pictures_of_a_folder_are_found_by_the_end_of_their_address_and_never_outside_of_it()
    {
        using var importing = new Importing();
        var folder = importing.Folder;
        Directory.CreateDirectory(folder.At("photos/birds"));
        foreach (var name in (string[])["birds/a 1.png", "b.png", "c.png"]) File.WriteAllBytes(folder.At($"photos/{name}"), [0x89, 0x50, 0x4e, 0x47, (byte)name[0]]);
        File.WriteAllBytes(folder.At("secret.png"), [0x89, 0x50, 0x4e, 0x47, 9]);
        File.WriteAllText(folder.At("export.json"),
            $"[{Task("/data/local-files/?d=birds/a%201.png", "jay")},{Task("http://host/data/upload/b.png?x=1", "owl")},{Task("../secret.png", "owl")},{Task("c.png", "owl", "jay")}]");
        var version = importing.Run(new LabelStudioReader(folder.At("export.json"), folder.At("photos"), null)).Version;
        Assert.Equal(["b.png owl", "birds/a 1.png jay"], version.Samples.Select(sample => $"{sample.Path} {version.Classes[sample.Label]}"));
        Assert.Equal(["c.png", "secret.png"], version.LeftOut.Select(file => file.Path).Order());
    }

    private static List<ImportedLabel> Read(string text) => [.. new LabelFile().Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "labels")];
}
