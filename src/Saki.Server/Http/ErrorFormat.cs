using Microsoft.AspNetCore.Http;

namespace Saki.Server.Http;

/// <summary>How a protocol writes its errors; metadata of its endpoints. Without it an error is <see cref="ErrorReply"/>.</summary>
/// <param name="badInput">The status for input that a person can mend, which is 422 elsewhere.</param>
/// <param name="write">Writes the body; the status is set.</param>
internal sealed class ErrorFormat(int badInput, Func<HttpContext, ErrorBody, Task> write)
{
    /// <summary>The status in this protocol.</summary>
    public int Status(int status) => status is StatusCodes.Status422UnprocessableEntity or StatusCodes.Status415UnsupportedMediaType ? badInput : status;

    public Task WriteAsync(HttpContext context, ErrorBody error) => write(context, error);
}
