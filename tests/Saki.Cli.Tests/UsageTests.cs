namespace Saki.Cli.Tests;

public class UsageTests
{
    [Fact]
    public async Task A_mistyped_verb_is_refused_with_a_guess()
    {
        using var cli = new Cli();

        (await cli.Run("trian")).AssertRefused("\"trian\" is not a verb", "Did you mean \"train\"?");
    }

    [Fact]
    public async Task A_mistyped_option_is_refused_with_a_guess()
    {
        using var cli = new Cli();

        (await cli.Run("doctor", "--jsno")).AssertRefused("\"--jsno\" is not an option", "Did you mean \"--json\"?");
    }

    [Fact]
    public async Task The_bare_command_lists_the_verbs_in_order()
    {
        using var cli = new Cli();

        var result = await cli.Run();

        Assert.Equal(0, result.ExitCode);
        var order = new[] { "saki data ", "saki train ", "saki evaluate ", "saki predict ", "saki up ", "saki doctor " }.Select(v => result.Output.IndexOf(v, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, order);
        Assert.Equal(order.Order(), order);
    }

    [Fact]
    public async Task Every_verb_has_a_description_and_examples_that_parse()
    {
        using var cli = new Cli();
        var leaves = Leaves(SakiCommand.Build()).OfType<Verb>().ToList();

        Assert.True(leaves.Count > 10);
        foreach (var verb in leaves)
        {
            Assert.NotEmpty(verb.Description!);
            Assert.NotEmpty(verb.Examples);
            foreach (var example in verb.Examples)
            {
                var command = example[example.IndexOf("saki ", StringComparison.Ordinal)..].Split(['>', '|'])[0];
                Assert.Empty(SakiCommand.Build().Parse(command["saki ".Length..]).Errors);
            }
        }
        Assert.Contains("Examples:", (await cli.Run("predict", "--help")).Output, StringComparison.Ordinal);
    }

    private static IEnumerable<System.CommandLine.Command> Leaves(System.CommandLine.Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
