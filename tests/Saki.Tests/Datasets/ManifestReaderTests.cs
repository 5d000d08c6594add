using Saki.Datasets;

namespace Saki.Tests.Datasets;

public sealed class ManifestReaderTests : IDisposable
{
    private readonly Importing _import = new();

    public void Dispose() => _import.Dispose();

    private string Table(string content, string name = "table.csv")
    {
        for (byte i = 0; i < 40; i++) _import.Folder.Write($"set/images/{i}.pgm", Pnm.Grey([i], 1, 1));
        _import.Folder.Write("set/images/a, \"b\".pgm", Pnm.Grey([99], 1, 1));
        return _import.Folder.Write($"set/{name}", content);
    }

    private string Refused(string content) => Assert.Throws<SakiException>(() => _import.Run(Table(content))).Message;

    [Theory]
    [InlineData("path,label,split\nimages/0.pgm,cat,train\r\nimages/1.pgm,dog,\nimages/2.pgm,cat,Test\n")]
    [InlineData("\uFEFFsplit,label,more,path\ntrain,cat,x,images/0.pgm\n\ntrain,dog,x,images/1.pgm\ntesting,cat,,images/2.pgm")]
    [InlineData("{\"path\":\"images/0.pgm\",\"label\":\"cat\"}\n{\"label\":\"dog\",\"path\":\"images/1.pgm\",\"box\":[1,2]}\n{\"path\":\"images/2.pgm\",\"label\":\"cat\",\"split\":\"test\"}\n")]
    public void Csv_and_json_lines_are_recognised_and_read(string content)
    {
        var version = _import.Run(Table(content)).Version;

        Assert.Equal(["cat", "dog"], version.Classes);
        Assert.Equal([("images/0.pgm", 0, Split.Train), ("images/1.pgm", 1, Split.Train), ("images/2.pgm", 0, Split.Test)], version.Samples.Select(sample => (sample.Path, sample.Label, sample.Split)));
    }

    [Fact]
    public void Quoted_fields_may_hold_commas_and_quotes()
    {
        var version = _import.Run(Table("path,label\n\"images/a, \"\"b\"\".pgm\",\"c,at\"\nimages/1.pgm,dog\n")).Version;
        Assert.Equal(["c,at", "dog"], version.Classes);
        Assert.Equal("images/1.pgm", version.Samples[0].Path);
    }

    [Theory]
    [InlineData("path,label\n../secret.pgm,a\nimages/1.pgm,b\n", "below the table's folder, with /, got \"../secret.pgm\" in line 2")]
    [InlineData("path,label\n/etc/passwd,a\nimages/1.pgm,b\n", "\"/etc/passwd\" in line 2")]
    [InlineData("path,label\nimages/0.pgm,a\nimages/1.pgm\n", "2 fields, got 1 in line 3")]
    [InlineData("path,label\nimages/0.pgm,a\n\"images/1.pgm,b\n", "closed quotes, got an open one in line 3")]
    [InlineData("path,label,split\nimages/0.pgm,a,trian\n", "train, val or test, got \"trian\" in line 2")]
    [InlineData("path,label\nimages/0.pgm,\nimages/1.pgm,b\n", "a label, got none in line 2")]
    [InlineData("path,label\nimages/0.pgm,Cat\nimages/1.pgm,cat\n", "class names that differ by more than case, got Cat and cat")]
    [InlineData("path,label\nimages/0.pgm,cat\n", "two or more classes, got one (cat)")]
    [InlineData("path,label\nimages/0.pgm,a\nimages/0.pgm,b\n", "each path once")]
    [InlineData("path,label,split\nimages/0.pgm,a,train\nimages/1.pgm,b,test\n", "training images of every class, got none of b")]
    [InlineData("{\"path\":\"images/0.pgm\",\"label\":\"a\"}\n{\"path\":\"images/1.pgm\",\"label\"\n", "a JSON object with each key once, got something else in line 2")]
    public void A_wrong_row_is_named_by_its_line(string content, string said) => Assert.Contains(said, Refused(content));

    [Fact]
    public void Files_that_are_not_there_are_left_out_with_that_reason()
    {
        var version = _import.Run(Table("path,label\nimages/0.pgm,a\nimages/none.pgm,a\nimages/1.pgm,b\n")).Version;
        Assert.Equal(new LeftOut("images/none.pgm", "no such file"), Assert.Single(version.LeftOut));
    }

    [Fact]
    public void A_grouped_split_tears_no_group_apart_and_keeps_the_classes_near_the_share()
    {
        var rows = Enumerable.Range(0, 40).Select(i => $"images/{i}.pgm,{(i % 2 == 0 ? "a" : "b")},person{i / 4}");
        var reader = DatasetFormat.Open(Table("path,label,person\n" + string.Join('\n', rows)), "auto", "person");

        var version = _import.Run(reader, "set", new StratifiedSplit(Split.Val, 0.2, 3)).Version;

        Assert.Equal([4, 4], version.Summary.Counts[(int)Split.Val]);
        var split = version.Samples.ToDictionary(sample => int.Parse(Path.GetFileNameWithoutExtension(sample.Path), System.Globalization.CultureInfo.InvariantCulture), sample => sample.Split);
        Assert.All(split.GroupBy(pair => pair.Key / 4), person => Assert.Single(person.Select(pair => pair.Value).Distinct()));
    }

    [Fact]
    public void A_group_column_that_is_not_there_is_told() =>
        Assert.Contains("a column person, got path,label", Assert.Throws<SakiException>(() => DatasetFormat.Open(Table("path,label\nimages/0.pgm,a\n"), "auto", "person")).Message);

    [Theory]
    [InlineData("x: 0\ny: [1]\n", "nothing for 2")]
    [InlineData("x: [0, 1]\ny: [2, 3]\n", "got \"3\"")]
    [InlineData("x: [0, 1]\ny: [1, 2]\n", "\"1\" in x and y")]
    [InlineData("x: [0, 1]\nX: [2]\n", "got X and x")]
    [InlineData("x: {a: 0}\ny: [1, 2]\n", "line 1")]
    [InlineData("- 0\n", "line 1")]
    public void A_mapping_that_disagrees_with_the_source_is_refused(string mapping, string said)
    {
        var reader = DatasetFormat.Open(Table("path,label\nimages/0.pgm,0\nimages/1.pgm,1\nimages/2.pgm,2\n"));
        Assert.Contains(said, Assert.Throws<SakiException>(() => new MappedReader(reader, _import.Folder.Write("map.yaml", mapping))).Message);
    }

    [Fact]
    public void A_mapping_renames_and_joins_classes_in_its_own_order()
    {
        var reader = DatasetFormat.Open(Table("path,label\nimages/0.pgm,0\nimages/1.pgm,1\nimages/2.pgm,2\n"));

        var version = _import.Run(new MappedReader(reader, _import.Folder.Write("map.yaml", "two: 2\nless: [0, 1]\n"))).Version;

        Assert.Equal(["two", "less"], version.Classes);
        Assert.Equal([1, 1, 0], version.Samples.Select(sample => sample.Label));
    }
}
