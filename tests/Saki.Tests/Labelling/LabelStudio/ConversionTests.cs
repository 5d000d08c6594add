using System.Text;
using System.Text.Json.Nodes;
using Saki.Labelling.LabelStudio;
using Saki.Testing;

namespace Saki.Tests.Labelling.LabelStudio;

/// <summary>Against ../shared/labelstudio/cases.json, which the original converter made (label-studio-sdk 2.1.1).</summary>
public class ConversionTests
{
    private const string Config = """<View><Image name="image" value="$image"/><Choices name="choice" toName="image"><Choice value="Happy"/><Choice value="Sad"/></Choices></View>""";

    [SharedDataFact]
    public void Every_case_of_the_original_converter_comes_out_the_same()
    {
        var cases = JsonNode.Parse(File.ReadAllText(SharedData.At("../labelstudio/cases.json")))!["cases"]!.AsArray();
        var compared = 0;
        foreach (var one in cases)
        {
            var (config, tasks) = (LabelConfig.Parse((string)one!["label_config"]!), one["tasks"]!.ToJsonString());
            foreach (var (name, expected) in one["exports"]!.AsObject())
            {
                var format = TaskConversion.Parse(name.ToLowerInvariant().Replace('_', '-'));
                var text = Convert(tasks, config, format);
                var agrees = expected!["text"] is { } exact ? text == (string)exact! : JsonNode.DeepEquals(JsonNode.Parse(text), expected["json"]);
                Assert.True(agrees, $"{one["name"]} as {name}: {text}");
                compared++;
            }
        }
        Assert.Equal(80, compared);
    }

    [Theory]
    [InlineData("[{\"id\": 1, \"data\": {}}", "the end of the file")]
    [InlineData("[{\"data\": {}} {\"data\": {}}]", "something else after 1 objects")]
    [InlineData("[1, 2]", "something else after 0 objects")]
    [InlineData("[{]", "something else in object 1")]
    [InlineData("[] []", "something after 0 objects")]
    [InlineData("{\"id\": 1, \"data\": 5, \"annotations\": []}", "none")]
    [InlineData("{\"data\": {}, \"annotations\": {}}", "something else")]
    public void What_is_no_list_of_tasks_is_refused_in_words(string text, string got) =>
        Assert.Contains(got, Assert.Throws<SakiException>(() => Convert(text, LabelConfig.Parse(Config), TaskFormat.JsonMin)).Message, StringComparison.Ordinal);

    [Fact]
    public void Json_lines_and_an_array_with_a_byte_order_mark_are_read_alike()
    {
        const string a = """{"id":1,"data":{"image":"a.png"},"annotations":[]}""", b = """{"id":2,"data":{"image":"b.png"},"annotations":[]}""";
        var lines = Convert($"{a}\n{b}\n", LabelConfig.Parse(Config), TaskFormat.Csv);
        Assert.Equal(lines, Convert($"\uFEFF [ {a} ,\r\n{b} ]\n", LabelConfig.Parse(Config), TaskFormat.Csv));
        Assert.Equal(3, lines.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Objects_larger_than_the_buffer_and_cut_at_every_place_are_read_whole()
    {
        var task = $$"""{"id":1,"data":{"image":"{{new string('x', 400_000)}}","note":"é猫"},"annotations":[]}""";
        var read = Convert($"[{task},{task}]", LabelConfig.Parse(Config), TaskFormat.JsonLines, piece: 1);
        Assert.Equal($"{task}\n{task}\n", read);
    }

    [Theory]
    [InlineData("""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><View>&a;</View>""")]
    [InlineData("""<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><View name="&b;"/>""")]
    [InlineData("<View><Image")]
    [InlineData("")]
    public void A_config_with_a_document_type_or_that_is_no_xml_is_refused(string xml) =>
        Assert.Contains("labelling config", Assert.Throws<SakiException>(() => LabelConfig.Parse(xml)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_config_of_a_thousand_levels_is_refused() =>
        Assert.Throws<SakiException>(() => LabelConfig.Parse(string.Concat(Enumerable.Repeat("<View>", 1000)) + string.Concat(Enumerable.Repeat("</View>", 1000))));

    [Fact]
    public void The_config_written_for_classes_is_read_back_with_signs_that_xml_reserves()
    {
        string[] classes = ["a<b", "\"quoted\"", "Żółć 猫", "d&e"];
        var (choices, key) = LabelConfig.Parse(LabelConfig.ForClasses(classes)).Classification();
        Assert.Equal(classes, choices.Labels);
        Assert.Equal("image", key);
        Assert.False(choices.Multiple);
    }

    private static string Convert(string tasks, LabelConfig config, TaskFormat format, int piece = int.MaxValue)
    {
        using var output = new MemoryStream();
        TaskConversion.Run(() => new PieceStream(Encoding.UTF8.GetBytes(tasks), piece), "tasks.json", config, format, output);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Gives at most so many bytes (a prime number of them when 1) a read.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece == 1 ? 10_007 : piece));
    }
}
