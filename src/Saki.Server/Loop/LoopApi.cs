using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Loop;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Tracking;

namespace Saki.Server.Loop;

/// <summary><c>/api/loop</c> and the page <c>/loop</c>: where each model's loop stands, what it would do, and a person's yes or no.</summary>
internal sealed class LoopApi(LoopReader reader, LoopRunner runner, RegistryStore registry, PolicyFolder<LoopPolicy> policies)
{
    public void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/loop");
        api.MapGet("", () => Results.Json(new LoopList(reader.All()), LoopJson.Default.LoopList)).Demand(Scope.View);
        api.MapGet("/{model}", (string model) => Results.Json(reader.One(model), LoopJson.Default.LoopView)).Demand(Scope.View);
        api.MapPost("/{model}/look", LookAsync).Demand(Scope.Manage);
        api.MapPost("/{model}/answer", async (HttpContext context, string model) =>
        {
            var asked = await JobBody.ReadAsync(context, LoopJson.Default.LoopAnswerAsk);
            return await AnswerAsync(context, model, asked.Yes, asked.Why);
        }).Demand(Scope.Manage);
        api.MapPost("/{model}/policy", async (HttpContext context, string model) =>
        {
            var asked = await JobBody.ReadAsync(context, LoopJson.Default.LoopPolicyAsk);
            await registry.SetPolicyAsync(policies, model, asked.Text, new AuditEntry { Who = context.Caller()!.Name, Action = LoopStore.Action, Subject = "policy" });
            return Results.Json(reader.One(model), LoopJson.Default.LoopView);
        }).Demand(Scope.Admin);
        app.MapGet("/loop", (HttpContext context) => new Html<LoopPage>(new LoopPageView(reader.All(), context.Caller()!.May(Scope.Manage)))).Demand(Scope.View);
        app.MapPost("/loop/{model}/answer", async (HttpContext context, string model) =>
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            await runner.AnswerAsync(model, form["answer"] == "yes", Cut(form["why"].ToString()), context.Caller()!.Name, context.RequestAborted);
            return new SeeOther("/loop");
        }).Demand(Scope.Manage);
    }

    private async Task<IResult> LookAsync(HttpContext context, string model)
    {
        var asked = await JobBody.ReadAsync(context, LoopJson.Default.LoopLookAsk);
        if (!asked.DryRun) await runner.LookAsync(model, context.RequestAborted);
        return Results.Json(reader.One(model), LoopJson.Default.LoopView);
    }

    private async Task<IResult> AnswerAsync(HttpContext context, string model, bool yes, string why)
    {
        await runner.AnswerAsync(model, yes, Cut(why), context.Caller()!.Name, context.RequestAborted);
        return Results.Json(reader.One(model), LoopJson.Default.LoopView);
    }

    private static string Cut(string text) => text.Length <= 500 ? text : text[..500];
}
