namespace Saki.Tracking;

/// <summary>
/// A refusal as MLflow tells it: an error code that decides the HTTP status, and a text that clients show. The server throws it and writes it as
/// <c>{"error_code", "message"}</c>; the clients of this folder read that and throw it again.
/// </summary>
public sealed class MlflowException(string code, string message, Exception? inner = null) : SakiException("Tracking", "a request that can be done", message, inner: inner)
{
    /// <summary>MLflow's text as it stands: its clients look for parts of it.</summary>
    public override string Message { get; } = message;

    /// <summary>What is asked for is not there (404).</summary>
    public const string NotThere = "RESOURCE_DOES_NOT_EXIST";

    /// <summary>What is to be made is there (400).</summary>
    public const string Exists = "RESOURCE_ALREADY_EXISTS";

    /// <summary>The request is wrong (400).</summary>
    public const string Invalid = "INVALID_PARAMETER_VALUE";

    /// <summary>The request is right but not at this moment (500 in MLflow's table).</summary>
    public const string WrongState = "INVALID_STATE";

    /// <summary>MLflow's name of the error, in capitals.</summary>
    public string Code { get; } = code;

    /// <summary>The HTTP status that MLflow answers this code with.</summary>
    public int Status => Code switch
    {
        "NOT_IMPLEMENTED" => 501,
        "TEMPORARILY_UNAVAILABLE" => 503,
        "DEADLINE_EXCEEDED" => 504,
        "REQUEST_LIMIT_EXCEEDED" or "RESOURCE_EXHAUSTED" => 429,
        "CANCELLED" => 499,
        "ABORTED" or "RESOURCE_CONFLICT" or "ALREADY_EXISTS" => 409,
        "NOT_FOUND" or "ENDPOINT_NOT_FOUND" or NotThere => 404,
        "PERMISSION_DENIED" => 403,
        "CUSTOMER_UNAUTHORIZED" or "UNAUTHENTICATED" => 401,
        "BAD_REQUEST" or Exists or Invalid => 400,
        _ => 500,
    };

    /// <summary>A 400.</summary>
    public static MlflowException BadValue(string message) => new(Invalid, message);

    /// <summary>A 404.</summary>
    public static MlflowException Missing(string message) => new(NotThere, message);
}
