using System.Net.Security;
using System.Security.Authentication;
using IceCream.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace IceCream.Host.Dashboard;

/// <summary>
/// Controls access to a secure farm's dashboard from other machines: clients need a read token and use the farm's TLS. A program sends the token with each request
/// (<c>Authorization: Bearer</c>); a browser sends it once and keeps it in an HttpOnly, SameSite=Strict cookie. It is never part of a URL, which histories and logs keep.
/// </summary>
/// <param name="authority">The farm's authority, which certifies the server and checks the tokens.</param>
/// <param name="time">The clock.</param>
internal sealed class DashboardAccess(FarmAuthority authority, TimeProvider time)
{
    /// <summary>The path to which a browser posts its token.</summary>
    public const string SessionPath = "/api/session";

    private const string Cookie = "__Host-icelib", Bearer = "Bearer ";
    private const int LongestToken = 128;

    /// <summary>The TLS options: each handshake uses the scheduler's current certificate.</summary>
    public TlsHandshakeCallbackOptions Tls => new()
    {
        OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = ((ICredentials)authority).Show(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        }),
    };

    /// <summary>For how long the client still has access; null for no access.</summary>
    public TimeSpan? Left(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        string? token = header is null ? request.Cookies[Cookie] : header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
        return token is null ? null : authority.MayReadUntil(token) - time.GetUtcNow();
    }

    /// <summary>Answers 401 to a client without a valid read token.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"IceLib\"";
        return Reply.TellAsync(context, StatusCodes.Status401Unauthorized, "This farm shows itself to who has a read token. 'icehost token --role reader' on the scheduler's machine makes one.");
    }

    /// <summary>Takes a token from a browser and sets it as a cookie that expires with the token.</summary>
    public async Task OpenAsync(HttpContext context)
    {
        if (context.Request.Headers["Sec-Fetch-Site"] is [var site] && site != "same-origin")
        {
            await Reply.TellAsync(context, StatusCodes.Status403Forbidden, "A page of another site has no business here.");
            return;
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LongestToken;
        byte[] body = new byte[LongestToken];
        int length = await context.Request.Body.ReadAtLeastAsync(body, LongestToken, throwOnEndOfStream: false, context.RequestAborted);
        string token = System.Text.Encoding.UTF8.GetString(body, 0, length).Trim();
        if (authority.MayReadUntil(token) is not { } until)
        {
            await RefuseAsync(context);
            return;
        }

        context.Response.Cookies.Append(Cookie, token, new CookieOptions { Secure = true, HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = until - time.GetUtcNow() });
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
