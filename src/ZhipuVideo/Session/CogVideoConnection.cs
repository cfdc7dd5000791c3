using System;

namespace ZhipuVideo.Session;

/// <summary>What Connect-CogVideo has set for this runspace. It shows where the key came from and no part of it.</summary>
public sealed class CogVideoConnection
{
    internal CogVideoConnection(Uri baseUri, string keySource, string model, int? billedLimit, bool isChecked)
    {
        BaseUri = baseUri;
        KeySource = keySource;
        Model = model;
        BilledLimit = billedLimit;
        Checked = isChecked;
    }

    /// <summary>The service's address.</summary>
    public Uri BaseUri { get; }

    /// <summary>Where the key came from: a parameter or the name of an environment variable.</summary>
    public string KeySource { get; }

    /// <summary>The model for submissions that name none.</summary>
    public string Model { get; }

    /// <summary>The most billed requests of a New-CogVideo that says nothing of its own; null = any number.</summary>
    public int? BilledLimit { get; }

    /// <summary>Whether the service has accepted the key; false with -SkipCheck.</summary>
    public bool Checked { get; }

    /// <summary>The address.</summary>
    public override string ToString() => BaseUri.AbsoluteUri;
}
