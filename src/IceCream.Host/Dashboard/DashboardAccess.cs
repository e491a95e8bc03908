using System.Net.Security;
using System.Security.Authentication;
using IceCream.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace IceCream.Host.Dashboard;

/// <summary>
/// Who sees a secure farm from other machines: who shows a read token, within the farm's TLS. A program sends it with each request (<c>Authorization: Bearer</c>); a browser sends it
/// once, and keeps it in a cookie that no script reads and no other site causes to be sent. It never stands in an address, which histories and logs keep.
/// </summary>
/// <param name="authority">The farm's authority, which certifies the server and knows the tokens.</param>
/// <param name="time">The time.</param>
internal sealed class DashboardAccess(FarmAuthority authority, TimeProvider time)
{
    /// <summary>Where a browser brings its token.</summary>
    public const string SessionPath = "/api/session";

    private const string Cookie = "__Host-icelib", Bearer = "Bearer ";
    private const int LongestToken = 128;

    /// <summary>What the server shows: the scheduler's certificate, anew as it is renewed.</summary>
    public TlsHandshakeCallbackOptions Tls => new()
    {
        OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = ((ICredentials)authority).Show(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        }),
    };

    /// <summary>For how long whoever asks may look; null: not at all.</summary>
    public TimeSpan? Left(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        string? token = header is null ? request.Cookies[Cookie] : header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
        return token is null ? null : authority.MayReadUntil(token) - time.GetUtcNow();
    }

    /// <summary>Says to whoever may not look what is lacking.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"IceLib\"";
        return Reply.TellAsync(context, StatusCodes.Status401Unauthorized, "This farm shows itself to who has a read token. 'icehost token --role reader' on the scheduler's machine makes one.");
    }

    /// <summary>A browser brings a token, and keeps it as a cookie from now on.</summary>
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
