using Microsoft.AspNetCore.Http;

namespace IceCream.Host.Dashboard;

/// <summary>How answers are written.</summary>
internal static class Reply
{
    /// <summary>How much of a stream lies with one reader.</summary>
    private const int Piece = 16 << 10;

    /// <summary>A sentence, with a status.</summary>
    public static Task TellAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return WriteAsync(context, System.Text.Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>The whole of an answer.</summary>
    public static async Task WriteAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await WritePiecesAsync(context, bytes);
        }
    }

    /// <summary>Writes bytes. Each piece is copied for a reader when it has taken most of the last ones.</summary>
    public static async Task WritePiecesAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += Piece)
        {
            await context.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(Piece, bytes.Length - at)), context.RequestAborted);
        }
    }
}
