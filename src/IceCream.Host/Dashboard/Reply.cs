using Microsoft.AspNetCore.Http;

namespace IceCream.Host.Dashboard;

internal static class Reply
{
    /// <summary>The bytes that one connection gets at a time.</summary>
    private const int Piece = 16 << 10;

    /// <summary>Answers with a status code and a sentence.</summary>
    public static Task TellAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return WriteAsync(context, System.Text.Encoding.UTF8.GetBytes(text + "\n"), context.RequestAborted);
    }

    /// <summary>Writes a complete answer.</summary>
    public static async Task WriteAsync(HttpContext context, byte[] bytes, CancellationToken cancellationToken)
    {
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await WritePiecesAsync(context, bytes, cancellationToken);
        }
    }

    /// <summary>Writes pieces: each is copied to the connection only when the client has read most of the ones before.</summary>
    public static async Task WritePiecesAsync(HttpContext context, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (int at = 0; at < bytes.Length; at += Piece)
        {
            await context.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(Piece, bytes.Length - at)), cancellationToken);
        }
    }
}
