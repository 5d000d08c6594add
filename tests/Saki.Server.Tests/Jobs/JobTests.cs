using System.Net;

namespace Saki.Server.Tests.Jobs;

/// <summary>Jobs as programs see them, on real processes.</summary>
public sealed class JobTests
{
    [Fact]
    public async Task A_job_runs_in_a_process_of_its_own_and_says_how_far_it_is_and_what_it_made()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("count", "echo one; echo '{\"share\":0.5,\"text\":\"half\"}' >progress.json; while [ ! -e go ]; do sleep 0.05; done; echo two; echo '{\"accuracy\":0.75}' >result.json");
        var id = await server.SubmitAsync("count");
        for (var job = await server.UntilAsync(id, "running"); (double?)job["progress"] != 0.5; job = await server.GetAsync(id)) await Task.Delay(25);
        Assert.Equal("one\n", await server.LogAsync(id));
        await File.WriteAllTextAsync(Path.Combine(server.Home.Jobs, $"{id}", "1", "go"), "");
        var done = await server.UntilAsync(id, "succeeded", "failed");
        Assert.Equal("succeeded", (string)done["state"]!);
        Assert.Equal(0, (int)done["exit_code"]!);
        Assert.Equal(0.75, (double)done["result"]!["accuracy"]!);
        Assert.Equal("one\ntwo\n", await server.LogAsync(id));
        Assert.Equal("wo\n", await server.Client.GetStringAsync($"/api/jobs/{id}/log?from=5"));
    }

    [Fact]
    public async Task Arguments_reach_the_program_as_they_are_and_no_shell_sees_them()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("say", "for word in \"$@\"; do echo \"[$word]\"; done", "arguments:\n  - {name: words, type: list}\n  - {name: loud, type: boolean, as: [--loud]}\n  - {name: n, type: integer, min: 1, max: 9, as: [--n, \"={}\"]}");
        var id = await server.SubmitAsync("say", """{"words":["$(touch /tmp/never)","a b","'; rm -rf / #","*"],"loud":true,"n":7}""");
        await server.UntilAsync(id, "succeeded");
        Assert.Equal("[$(touch /tmp/never)]\n[a b]\n['; rm -rf / #]\n[*]\n[--loud]\n[--n]\n[=7]\n", await server.LogAsync(id));
    }

    [Theory]
    [InlineData("""{"kind":"sya"}""", "Did you mean \"say\"?")]
    [InlineData("""{"kind":"say","arguments":{"wrods":"x"}}""", "Did you mean \"words\"?")]
    [InlineData("""{"kind":"say","arguments":{"words":["--option"]}}""", "does not begin with - or @")]
    [InlineData("""{"kind":"say","arguments":{"words":["@file"]}}""", "does not begin with - or @")]
    [InlineData("""{"kind":"say","arguments":{"n":10}}""", "from 1 to 9")]
    [InlineData("""{"kind":"say","arguments":{"n":"1e1"}}""", "a whole number")]
    [InlineData("""{"kind":"say","arguments":{"words":["a\nb\u0007"]}}""", "control characters")]
    [InlineData("""{"kind":"say","argument":{}}""", "Did you mean \"arguments\"?")]
    [InlineData("""{"kind":"say","priority":1000}""", "-100 to 100")]
    [InlineData("""{"kind":"say","memory":"lots"}""", "4 GB")]
    [InlineData("""{"kind":"say","cpus":64}""", "1 to 2 processors")]
    [InlineData("""{"kind":"say","executor":"moon"}""", "an executor of this server")]
    [InlineData("""{"kind":["say"]}""", "JSON of the form")]
    [InlineData("""[1]""", "a map")]
    public async Task What_cannot_be_is_refused_at_the_door_and_nothing_is_queued(string body, string says)
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("say", "true", "arguments:\n  - {name: words, type: list}\n  - {name: n, type: integer, min: 1, max: 9}");
        using var reply = await server.SendAsync(HttpMethod.Post, "/api/jobs", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
        Assert.Contains(says, (string)(await reply.ErrorAsync())["message"]!, StringComparison.Ordinal);
        Assert.Empty((await server.CallAsync(HttpMethod.Get, "/api/jobs"))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task The_check_of_a_kind_refuses_in_its_own_words_and_what_it_prints_is_frozen()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("composed", "cat ../config/it.yaml; echo \"arguments: $#\"", """
            check: [./check.sh]
            frozen: config/it.yaml
            arguments:
              - {name: overrides, type: list}
            """);
        server.AddKind("check", "[ \"$1\" = good=1 ] || { echo \"saki: unknown key $1. Did you mean good?\" >&2; exit 2; }; echo \"value: $1 $SAKI_TOKEN\"");
        using var reply = await server.SendAsync(HttpMethod.Post, "/api/jobs", """{"kind":"composed","arguments":{"overrides":["goood=1"]}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
        Assert.Equal("unknown key goood=1. Did you mean good?", (string)(await reply.ErrorAsync())["got"]!);

        var id = await server.SubmitAsync("composed", """{"overrides":["good=1"]}""");
        await server.UntilAsync(id, "succeeded");
        Assert.Equal("value: good=1 \narguments: 0\n", await server.LogAsync(id));
    }

    [Fact]
    public async Task Cancelling_ends_every_process_of_the_job_also_those_that_hide_in_another_session_and_refuse_to_end()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("stubborn", "trap '' TERM; setsid sh -c \"trap '' TERM; echo \\$\\$ >hidden; while :; do sleep 0.1; done\" & echo $$ >visible; while :; do sleep 0.1; done");
        var id = await server.SubmitAsync("stubborn");
        var processes = new[] { int.Parse(await server.FileAsync(id, 1, "hidden"), null), int.Parse(await server.FileAsync(id, 1, "visible"), null) };
        await server.CallAsync(HttpMethod.Post, $"/api/jobs/{id}/cancel");
        var job = await server.UntilAsync(id, "cancelled", "failed", "succeeded");
        Assert.Equal("cancelled", (string)job["state"]!);
        Assert.Equal("ended by local", (string)job["reason"]!);
        foreach (var process in processes) Assert.Null(Server.Jobs.Processes.Began(process));
    }

    [Fact]
    public async Task A_program_that_tidies_up_when_asked_to_end_is_given_the_time()
    {
        await using var server = await JobsServer.StartAsync(options => options with { Grace = TimeSpan.FromSeconds(30) });
        server.AddKind("tidy", "trap 'echo saved; exit 3' TERM; echo ready >ready; while :; do sleep 0.05; done");
        var id = await server.SubmitAsync("tidy");
        await server.FileAsync(id, 1, "ready");
        await server.CallAsync(HttpMethod.Post, $"/api/jobs/{id}/cancel");
        Assert.Equal(3, (int)(await server.UntilAsync(id, "cancelled"))["exit_code"]!);
        Assert.Contains("saved", await server.LogAsync(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_is_a_new_attempt_and_the_old_one_stays_readable()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("flaky", "echo \"attempt in $(basename \"$PWD\")\"; [ -e ../second ] || { touch ../second; echo 'saki: no luck' >&2; exit 4; }");
        var id = await server.SubmitAsync("flaky");
        var failed = await server.UntilAsync(id, "failed");
        Assert.Equal("exit code 4: saki: no luck", (string)failed["reason"]!);
        await server.CallAsync(HttpMethod.Post, $"/api/jobs/{id}/retry");
        var done = await server.UntilAsync(id, "succeeded");
        Assert.Equal(["failed", "succeeded"], done["attempts"]!.AsArray().Select(attempt => (string)attempt!["state"]!));
        Assert.Contains("attempt in 1", await server.LogAsync(id, 1), StringComparison.Ordinal);
        Assert.Contains("attempt in 2", await server.LogAsync(id, 2), StringComparison.Ordinal);
        using var late = await server.SendAsync(HttpMethod.Post, $"/api/jobs/{id}/cancel");
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
    }

    [Fact]
    public async Task A_job_over_its_memory_limit_fails_and_says_so()
    {
        await using var server = await JobsServer.StartAsync();
        // tail keeps a line that never ends in memory.
        server.AddKind("greedy", "head -c 400000000 /dev/zero | tail | sleep 30", "memory: 60 MB");
        var job = await server.UntilAsync(await server.SubmitAsync("greedy"), "failed", "succeeded");
        Assert.Equal("failed", (string)job["state"]!);
        Assert.StartsWith("over its memory limit", (string)job["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_over_its_time_limit_fails_and_says_so()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("slow", "sleep 600", "seconds: 1");
        var job = await server.UntilAsync(await server.SubmitAsync("slow"), "failed");
        Assert.Equal("over its time limit of 1 s", (string)job["reason"]!);
    }

    [Fact]
    public async Task Jobs_begin_in_their_turn_and_never_more_than_there_are_places()
    {
        await using var server = await JobsServer.StartAsync(options => options with { Cpus = 1 });
        server.AddKind("turn", "mkdir ../../busy || { echo two at once; exit 9; }; echo \"$1\" >>../../order; sleep 0.2; rmdir ../../busy", "arguments:\n  - {name: name}");
        server.AddKind("hold", "while [ ! -e ../../go ]; do sleep 0.05; done");
        var first = await server.SubmitAsync("hold");
        await server.UntilAsync(first, "running");
        long[] jobs = [await server.SubmitAsync("turn", """{"name":"low"}""", ""","priority":-5"""), await server.SubmitAsync("turn", """{"name":"a"}"""), await server.SubmitAsync("turn", """{"name":"b"}"""), await server.SubmitAsync("turn", """{"name":"high"}""", ""","priority":10""")];
        await File.WriteAllTextAsync(Path.Combine(server.Home.Jobs, "go"), "");
        foreach (var id in jobs) Assert.Equal("succeeded", (string)(await server.UntilAsync(id, "succeeded", "failed"))["state"]!);
        Assert.Equal("high\na\nb\nlow\n", await File.ReadAllTextAsync(Path.Combine(server.Home.Jobs, "order")));
    }

    [Fact]
    public async Task A_process_that_outlives_its_worker_is_found_and_looked_after_by_the_next_one()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("long", "echo $$ >pid; while [ ! -e go ]; do sleep 0.05; done; exit 5");
        var id = await server.SubmitAsync("long");
        var pid = await server.FileAsync(id, 1, "pid");
        await server.UntilAsync(id, "running");
        await server.StartAgainAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Home.Jobs, $"{id}", "1", "go"), "");
        var job = await server.UntilAsync(id, "failed", "succeeded");
        Assert.Equal(5, (int)job["exit_code"]!);
        Assert.Single(job["attempts"]!.AsArray());
        Assert.Equal(pid, await server.FileAsync(id, 1, "pid"));
    }

    [Fact]
    public async Task A_process_that_vanishes_is_tried_again_and_a_job_that_always_vanishes_fails()
    {
        await using var server = await JobsServer.StartAsync(options => options with { MostLosses = 3 });
        // The supervisor is killed first, so that nobody can tell the exit code.
        server.AddKind("once", "[ -e ../again ] && exit 0; touch ../again; kill -9 $PPID; kill -9 $$");
        server.AddKind("always", "kill -9 $PPID; kill -9 $$");
        var done = await server.UntilAsync(await server.SubmitAsync("once"), "succeeded", "failed");
        Assert.Equal(["lost", "succeeded"], done["attempts"]!.AsArray().Select(attempt => (string)attempt!["state"]!));
        var failed = await server.UntilAsync(await server.SubmitAsync("always"), "succeeded", "failed");
        Assert.Equal(3, failed["attempts"]!.AsArray().Count);
        Assert.StartsWith("its process vanished 3 times", (string)failed["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_program_leaves_in_the_background_ends_with_its_job()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("careless", "setsid sh -c 'echo $$ >left; sleep 600' & while [ ! -s left ]; do sleep 0.02; done; exit 0");
        var id = await server.SubmitAsync("careless");
        await server.UntilAsync(id, "succeeded");
        Assert.Null(Server.Jobs.Processes.Began(int.Parse(await server.FileAsync(id, 1, "left"), null)));
    }

    [Fact]
    public async Task Secrets_of_the_server_do_not_reach_a_job()
    {
        Environment.SetEnvironmentVariable("SAKI_TOKEN", "secret");
        try
        {
            await using var server = await JobsServer.StartAsync();
            server.AddKind("look", "env | sort");
            var id = await server.SubmitAsync("look");
            await server.UntilAsync(id, "succeeded");
            var log = await server.LogAsync(id);
            Assert.DoesNotContain("secret", log, StringComparison.Ordinal);
            Assert.Contains($"SAKI_JOB={id}\n", log, StringComparison.Ordinal);
            Assert.Contains($"SAKI_URL={server.Address.ToString().TrimEnd('/')}\n", log, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SAKI_TOKEN", null);
        }
    }

    [Fact]
    public async Task Whatever_becomes_of_a_job_the_model_that_serves_gives_the_same_answer()
    {
        await using var server = await JobsServer.StartAsync(models: TestModel.Serve(TestModel.Emotions));
        server.AddKind("crash", "kill -SEGV $$");
        server.AddKind("greedy", "head -c 400000000 /dev/zero | tail | sleep 30", "memory: 60 MB");
        server.AddKind("fails", "exit 1");
        server.AddKind("missing", "exec /nowhere/program");
        var before = await AnswerAsync();
        foreach (var kind in (string[])["crash", "greedy", "fails", "missing"])
        {
            var job = await server.UntilAsync(await server.SubmitAsync(kind), "failed", "succeeded");
            Assert.Equal("failed", (string)job["state"]!);
            Assert.NotEqual("", (string)job["reason"]!);
            Assert.Equal(before, await AnswerAsync());
        }

        async Task<string> AnswerAsync()
        {
            using var body = new ByteArrayContent(TestModel.Face) { Headers = { ContentType = new("application/octet-stream") } };
            using var reply = await server.Client.PostAsync("/predict_image", body);
            return System.Text.Json.Nodes.JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["top"]!.ToJsonString();
        }
    }
}
