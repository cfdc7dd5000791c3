using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>An authority that only handlers of these tests trust, and the certificates of a server that it has signed.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _root;

    internal TestAuthority()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new CertificateRequest("CN=Tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        Good = Sign("127.0.0.1", DateTimeOffset.UtcNow.AddYears(1));
        Expired = Sign("127.0.0.1", DateTimeOffset.UtcNow.AddDays(-1));
        AnotherHost = Sign("127.0.0.2", DateTimeOffset.UtcNow.AddYears(1));
    }

    /// <summary>For 127.0.0.1, valid.</summary>
    internal X509Certificate2 Good { get; }

    /// <summary>For 127.0.0.1, until yesterday.</summary>
    internal X509Certificate2 Expired { get; }

    /// <summary>For an address that no test speaks to.</summary>
    internal X509Certificate2 AnotherHost { get; }

    /// <summary>A transport like the client's own, but for the authority that it trusts.</summary>
    internal SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _root },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    public void Dispose()
    {
        _root.Dispose();
        Good.Dispose();
        Expired.Dispose();
        AnotherHost.Dispose();
    }

    private X509Certificate2 Sign(string address, DateTimeOffset end)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new CertificateRequest($"CN={address}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(_root, DateTimeOffset.UtcNow.AddYears(-1), end, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
