using Microsoft.AspNetCore.Routing;
using Saki.Server.Layout;

namespace Saki.Server.OpenApi;

/// <summary>What <c>/openapi.json</c> says of a route beyond what the route table knows.</summary>
/// <param name="Tag">The protocol that it belongs to.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Body">Schema of the request's JSON; null: none, or the protocol's own description has it.</param>
/// <param name="Answer">Schema of the answer's JSON; null: as the protocol describes.</param>
/// <param name="Query">Names of its query parameters.</param>
internal sealed record RouteNote(string Tag, string Summary, string? Body = null, string? Answer = null, params string[] Query)
{
    private const string Saki = "Saki", Oip = "Open Inference Protocol v2", Kserve = "KServe v1", Scoring = "MLflow scoring", TorchServe = "TorchServe", Probes = "Probes and numbers";

    private static readonly Dictionary<string, RouteNote> Known = new(StringComparer.Ordinal)
    {
        ["POST /predict_image"] = new(Saki, "Classify pictures: multipart, a raw body, or base64 in JSON", "Pictures", "Predictions", "top"),
        ["POST /v1/predict/{model}"] = new(Saki, "Classify pictures with a model named", "Pictures", "Predictions", "top", "version"),
        ["POST /feedback"] = new(Saki, "Say whether an answer was right"),
        ["POST /feedback/undo"] = new(Saki, "Take feedback back"),
        ["POST /model/train"] = new(Saki, "Train, as the first seed project's clients ask for it"),
        ["POST /model/calibrate"] = new(Saki, "Calibrate, as the first seed project's clients ask for it", Query: ["user_id", "model"]),
        ["GET /runs.csv"] = new(Saki, "The run list as CSV"),
        ["GET /openapi.json"] = new(Saki, "This description"),

        ["GET /health"] = new(Probes, "200 as long as requests are answered"),
        ["GET /health/live"] = new(Probes, "Liveness: 200 as long as the process answers"),
        ["GET /health/ready"] = new(Probes, "Readiness: 503 before the start, without a model, and while the server drains"),
        ["GET /health/startup"] = new(Probes, "Start: 503 until the models are loaded"),
        ["GET /metrics"] = new(Probes, "Prometheus text under Saki's, Triton's, TorchServe's and KServe's names"),
        ["GET /version"] = new(Probes, "The version of MLflow that this server stands in for"),
        ["GET /ping"] = new(TorchServe, "Whether it can be asked; MLflow's scoring server answers here, too"),

        ["GET /v2"] = new(Oip, "Server metadata", Answer: "ServerMetadata"),
        ["GET /v2/health/live"] = new(Oip, "Liveness"),
        ["GET /v2/health/ready"] = new(Oip, "Readiness"),
        ["GET /v2/models/stats"] = new(Oip, "Statistics of every model"),
        ["GET /v2/models/{model}"] = new(Oip, "Model metadata", Answer: "ModelMetadata"),
        ["GET /v2/models/{model}/ready"] = new(Oip, "Whether a model can be asked"),
        ["GET /v2/models/{model}/stats"] = new(Oip, "Statistics of a model"),
        ["POST /v2/models/{model}/infer"] = new(Oip, "Ask a model; tensors in JSON, or raw behind it (Inference-Header-Content-Length)", "InferRequest", "InferResponse"),
        ["POST /v2/repository/index"] = new(Oip, "What is loaded and what could be"),
        ["POST /v2/repository/models/{model}/load"] = new(Oip, "Load a model from where it came from"),
        ["POST /v2/repository/models/{model}/unload"] = new(Oip, "Take a model out"),

        ["GET /v1/models"] = new(Kserve, "Names of the models"),
        ["GET /v1/models/{model}"] = new(Kserve, "Whether a model can be asked"),
        ["POST /v1/models/{model}:predict"] = new(Kserve, "Ask a model; numbers, or {\"b64\": …} for pictures", "Instances", "PredictionsV1"),
        ["POST /v1/models/{model}:explain"] = new(Kserve, "501: heat maps do not exist yet"),
        ["POST /invocations"] = new(Scoring, "Ask a model with inputs, instances, dataframe_split or dataframe_records", "Invocation", "PredictionsV1", "id", "stage"),

        ["POST /predictions/{model}"] = new(TorchServe, "Ask a model"),
        ["PUT /predictions/{model}"] = new(TorchServe, "Ask a model"),
        ["POST /explanations/{model}"] = new(TorchServe, "501: heat maps do not exist yet"),
        ["GET /models"] = new(TorchServe, "Registered models", Query: ["limit", "next_page_token"]),
        ["POST /models"] = new(TorchServe, "Register an archive of the model store", Query: ["url", "model_name", "batch_size", "max_batch_delay"]),
        ["GET /models/{model}"] = new(TorchServe, "Describe a model"),
        ["PUT /models/{model}"] = new(TorchServe, "Accepted; cores are shared by all models"),
        ["DELETE /models/{model}"] = new(TorchServe, "Unregister a model"),
        ["PUT /models/{model}/{version}/set-default"] = new(TorchServe, "Choose the version that answers"),
    };

    // Others' protocols as a whole: their own descriptions are the reference.
    private static readonly (string Prefix, string Tag, string Summary)[] Families =
    [
        ("/api/2.0/mlflow-artifacts/", "MLflow artifacts", "MLflow artifact proxy"),
        ("/api/2.0/mlflow/", "MLflow tracking and registry", "MLflow REST 2.0"),
        ("/api/3.0/mlflow/", "MLflow tracking and registry", "MLflow REST 3.0"),
        ("/ajax-api/", "MLflow tracking and registry", "As under /api"),
        ("/get-artifact", "MLflow artifacts", "A run's file"),
        ("/model-versions/get-artifact", "MLflow artifacts", "A model version's file"),
        ("/api/2.0/saki/", "Saki: registry, lineage and housekeeping", "Saki"),
        ("/api/serving", "Saki: serving", "The models that answer, their arms and settings"),
        ("/api/jobs", "Saki: jobs", "Jobs"),
        ("/api/schedules", "Saki: jobs", "Jobs that come again"),
        ("/api/data", "Saki: data sets", "Data sets with their versions; an archive becomes a version"),
        ("/api/label/", "Saki: labelling", "Queues of pictures to label"),
        ("/api/ask", "Saki: ask", "A question in words, answered from what the server knows"),
        ("/api/calibrations", "Saki: calibration", "Versions of single people"),
        ("/api/loop", "Saki: loop", "What the loop saw and asks"),
        ("/label-studio", "Label Studio", "Label Studio's ML backend"),
    ];

    private static readonly string[] Pages = ["/signin", "/signout", "/theme", "/assets", "/try", "/runs", "/experiments", "/serving", "/jobs", "/models", "/me", "/account", "/accounts", "/data", "/label", "/loop", "/lineage", "/calibrate", "/ask", "/find", "/settings", "/keys"];

    /// <summary>The note for a method and a route's text; null when nobody wrote one.</summary>
    public static RouteNote? Find(string method, string route)
    {
        if (Known.TryGetValue($"{method} {route}", out var note)) return note;
        // A version in the address changes nothing else.
        var plain = route.Replace("/versions/{version}", "", StringComparison.Ordinal).Replace("/{model}/{version}", "/{model}", StringComparison.Ordinal);
        if (plain != route && Known.TryGetValue($"{method} {plain}", out note)) return note with { Summary = $"{note.Summary}, by version" };
        foreach (var (prefix, tag, summary) in Families)
            if (route.StartsWith(prefix, StringComparison.Ordinal)) return new RouteNote(tag, $"{summary}: {Last(route)}");
        return null;
    }

    /// <summary>True for what is not called by programs over plain HTTP: pages with their forms and files, and gRPC's methods.</summary>
    public static bool IsElsewhere(RouteEndpoint route)
    {
        var text = Text(route);
        if (text.StartsWith("/inference.GRPCInferenceService/", StringComparison.Ordinal) || route.Metadata.GetMetadata<PageMark>() is not null) return true;
        if (Find(Methods(route).FirstOrDefault() ?? "", text) is not null) return false;
        return text == "/" || Pages.Any(page => text == page || text.StartsWith(page + "/", StringComparison.Ordinal));
    }

    /// <summary>The route's address with its parameters, always from the root.</summary>
    public static string Text(RouteEndpoint route) => "/" + (route.RoutePattern.RawText ?? "").Trim('/');

    /// <summary>The methods that it answers; HEAD goes without saying.</summary>
    public static IEnumerable<string> Methods(RouteEndpoint route) => (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Where(method => method != "HEAD");

    private static string Last(string route) => string.Join('/', route.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part is not ("api" or "2.0" or "3.0" or "mlflow" or "ajax-api")));
}
