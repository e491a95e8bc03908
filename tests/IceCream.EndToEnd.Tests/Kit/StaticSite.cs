using System.Net;
using System.Net.Sockets;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>The files of a folder by HTTP, on loopback.</summary>
internal sealed class StaticSite : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _folder;
    private readonly Task _serving;

    public StaticSite(string folder)
    {
        _folder = folder;
        Address = $"http://127.0.0.1:{FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private static int FreePort()
    {
        using var any = new TcpListener(IPAddress.Loopback, 0);
        any.Start();
        return ((IPEndPoint)any.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                string file = Path.Combine(_folder, Path.GetFileName(context.Request.Url!.AbsolutePath) is { Length: > 0 } name ? name : "index.html");
                context.Response.StatusCode = File.Exists(file) ? 200 : 404;
                context.Response.ContentType = Path.GetExtension(file) switch { ".html" => "text/html", ".js" => "text/javascript", ".css" => "text/css", ".json" => "application/json", _ => "application/octet-stream" };
                byte[] bytes = File.Exists(file) ? await File.ReadAllBytesAsync(file) : [];
                await context.Response.OutputStream.WriteAsync(bytes);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
