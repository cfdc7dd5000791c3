using Azure.Storage.Sas;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>What opens a container, what does when it no longer opens, and where it never goes.</summary>
[Trait("Phase", "input")]
public sealed class BlobAccessTests : BlobTest
{
    private const string Cloud = "https://account.blob.core.windows.net/videos/run.jsonl";
    private static readonly string Key = Convert.ToBase64String(new byte[64]);

    public enum Form
    {
        Sas,
        CredentialSas,
        CredentialKey,
        CredentialConnection,
        EnvironmentConnection,
    }

    [AzuriteTheory]
    [Each(Form.Sas, Form.CredentialSas, Form.CredentialKey, Form.CredentialConnection, Form.EnvironmentConnection)]
    public async Task Every_credential_opens_the_container(object form)
    {
        string sas = Azurite.Sign(Container, BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Add | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write);
        string connection = $"DefaultEndpointsProtocol=http;AccountName=zhipuvideotest;AccountKey={Azurite.Key};BlobEndpoint={Relay.Endpoint};";
        StorageAccess access = form is Form.EnvironmentConnection ? CreateAccess(("AZURE_STORAGE_CONNECTION_STRING", connection)) : CreateAccess();
        string address = access.Add(form is Form.Sas ? $"{Address}?{sas}" : Address, form switch
        {
            Form.CredentialSas => "?" + sas,
            Form.CredentialKey => Azurite.Key,
            Form.CredentialConnection => connection,
            _ => null,
        });
        Assert.Equal(Address, address);
        using (IAppendLog log = new BlobLogStore(access).Open(address, mayCreate: true))
        {
            log.Cut(0);
            Append(log, "one\n");
        }

        using Stream read = new BlobLogStore(access).OpenRead(address);
        Assert.Equal(4, read.Length);
        Assert.Equal("one\n", await ReadAsync());
    }

    [AzuriteTheory]
    [InlineData("expired")]
    [InlineData("rights")]
    [InlineData("key")]
    public async Task F229_What_no_longer_opens_it_is_denied_and_named(string what)
    {
        StorageAccess access = CreateAccess();
        string credential = what switch
        {
            "expired" => Azurite.Sign(Container, BlobContainerSasPermissions.All, DateTimeOffset.UtcNow.AddMinutes(-1)),
            "rights" => Azurite.Sign(Container, BlobContainerSasPermissions.Add | BlobContainerSasPermissions.Create),
            _ => Convert.ToBase64String(new byte[64]),
        };
        access.Add(Address, credential);

        LogException error = Assert.Throws<LogException>(() => new BlobLogStore(access).Open(Address, mayCreate: true));

        Assert.Equal(LogFault.Denied, error.Fault);
        Assert.StartsWith("403", error.Detail, StringComparison.Ordinal);
        Assert.False(await Blob.ExistsAsync());
    }

    [AzuriteFact]
    public async Task F229_A_key_that_is_rotated_in_the_midst_of_a_run_stops_it()
    {
        using IAppendLog log = Open();
        Append(log, "one\n");
        Relay.Plan = request => BlobRelay.IsLease(request, "release") ? Strike.None : Strike.Denied;

        Assert.Equal(LogFault.Denied, FaultOf(() => Append(log, "two\n")));
        Assert.Equal(LogFault.Denied, (await Assert.ThrowsAsync<LogException>(() => log.AdmitAsync(default))).Fault);
        Assert.Equal("one\n", await ReadAsync());
    }

    /// <summary>The endpoint of a managed identity: refuses, fails and comes right, says nothing, gives a token that is near its end.</summary>
    [Theory]
    [InlineData(403, false)]
    [InlineData(500, true)]
    [InlineData(200, true)]
    public async Task F230_The_identitys_endpoint_decides(int first, bool comesRight)
    {
        int calls = 0;
        using RawServer endpoint = new((request, connection) => ++calls == 1 && first != 200
            ? connection.AnswerAsync(first, """{"error":"no"}""")
            : connection.AnswerAsync(200, $$"""{"access_token":"token{{calls}}","expires_on":"{{DateTimeOffset.UtcNow.AddSeconds(60).ToUnixTimeSeconds()}}"}"""));
        IdentityCredential credential = new(new Uri(endpoint.Origin + "/oauth2/token"), "secret-header", "client", new Clock(TimeProvider.System));
        string? authorization = null;
        using BlobClient client = new(new Answering(request => authorization = request.Headers.Authorization?.ToString()), new Clock(TimeProvider.System), () => 0, credential);

        Task call = client.FindAsync(BlobAddress.Parse(Cloud), BlobClient.ShortPatience, default);
        if (!comesRight)
        {
            Assert.True((await Assert.ThrowsAsync<BlobException>(() => call)).IsDenied);
            return;
        }
        await call;
        string before = authorization!;
        await client.FindAsync(BlobAddress.Parse(Cloud), 0, default);

        Assert.StartsWith("Bearer token", before, StringComparison.Ordinal);
        Assert.NotEqual(before, authorization); // minutes before its end it is renewed
        Assert.All(endpoint.Requests, request =>
        {
            Assert.Equal(("secret-header", "true"), (request["X-IDENTITY-HEADER"], request["Metadata"]));
            Assert.Contains("resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=client", request.Target, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void F239_A_credential_of_the_environment_goes_to_its_own_account_only()
    {
        StorageAccess access = CreateAccess(("AZURE_STORAGE_ACCOUNT", "account"), ("AZURE_STORAGE_KEY", Key));
        access.Add(Cloud);

        Assert.Equal(ErrorReason.StorageDenied, Assert.Throws<CogVideoException>(() => access.Add(Cloud.Replace("account", "other", StringComparison.Ordinal))).Reason);
        Assert.Equal(ErrorReason.StorageDenied, Assert.Throws<CogVideoException>(() => access.Add("https://account.evil.example/videos")).Reason);
    }

    [Theory]
    [InlineData("https://account.blob.core.windows.net.evil.example/videos")]
    [InlineData("https://account.evil.example/videos")]
    [InlineData("http://127.0.0.1:1/account/videos")]
    public void F239_An_identitys_token_goes_to_Azures_hosts_only(string address)
    {
        StorageAccess access = CreateAccess(("IDENTITY_ENDPOINT", "http://127.0.0.1:2/token"), ("IDENTITY_HEADER", "h"));
        access.Add(Cloud);

        Assert.Equal(ErrorReason.StorageDenied, Assert.Throws<CogVideoException>(() => access.Add(address)).Reason);
    }

    [Theory]
    [InlineData("http://account.blob.core.windows.net/videos")]
    [InlineData("https://user:pass@account.blob.core.windows.net/videos")]
    [InlineData("https://account.blob.core.windows.net/")]
    public void F239_What_is_not_a_container_is_refused_and_shown_without_a_secret(string address)
    {
        CogVideoException error = Assert.Throws<CogVideoException>(() => CreateAccess().Add(address + "?sig=SECRET", Key));

        Assert.Equal(ErrorReason.DestinationUnusable, error.Reason);
        Assert.DoesNotContain("SECRET", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", error.Message, StringComparison.Ordinal);
    }

    [AzuriteFact]
    public void F239_Nothing_is_sent_to_a_container_that_nobody_has_named()
    {
        string other = $"{Relay.Endpoint}/other/run.jsonl";

        Assert.Equal(LogFault.Denied, FaultOf(() => Store.Open(other, mayCreate: true)));

        Assert.Empty(Relay.Requests);
    }

    [AzuriteFact]
    public void F239_No_redirect_is_followed()
    {
        Relay.Plan = _ => Strike.Redirect;

        Assert.Equal(LogFault.Denied, FaultOf(() => Open()));

        Assert.DoesNotContain(Relay.Requests, request => request.Target.Contains("elsewhere", StringComparison.Ordinal));
    }

    private sealed class Answering(Action<HttpRequestMessage> see) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            see(request);
            return Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent([]) });
        }
    }
}
