using Saki.Engines;

namespace Saki.Tests.Engines;

public class EngineFileTests
{
    [Fact]
    public void A_missing_library_says_what_to_install()
    {
        var failure = Assert.Throws<SakiException>(() => new EngineFile("Imaginary", "libimaginary.so", "SAKI_IMAGINARY", "sudo apt-get install libimaginary").Load());

        Assert.Equal("Loading Imaginary stopped. Expected the library libimaginary.so, got none on this machine. Type: sudo apt-get install libimaginary", failure.Message);
        Assert.Equal(2, failure.ExitCode);
    }

    [Fact]
    public void A_variable_that_names_no_file_is_refused()
    {
        Environment.SetEnvironmentVariable("SAKI_IMAGINARY2", "/nowhere/lib.so");

        var failure = Assert.Throws<SakiException>(() => new EngineFile("Imaginary", "libimaginary.so", "SAKI_IMAGINARY2", "make deps").Find());

        Assert.Contains("/nowhere/lib.so", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused_with_the_way_out()
    {
        var file = Path.GetTempFileName();
        Environment.SetEnvironmentVariable("SAKI_IMAGINARY3", file);

        var failure = Assert.Throws<SakiException>(() => new EngineFile("Imaginary", "libimaginary.so", "SAKI_IMAGINARY3", "make deps").Load());

        File.Delete(file);
        Assert.Contains("Type: make deps", failure.Message, StringComparison.Ordinal);
    }
}
