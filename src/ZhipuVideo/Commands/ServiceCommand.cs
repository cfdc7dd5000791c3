using System;
using System.Management.Automation;
using System.Security;
using ZhipuVideo.Http;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What all cmdlets share that speak to the service: key and address. None of these ever binds from the pipeline.</summary>
public abstract class ServiceCommand : CogVideoCommand
{
    private CogVideoClient? _client;
    private bool _isInBatch;

    private protected ServiceCommand()
    {
    }

    /// <summary>The API key, as a SecureString or as text (which then stands in history and transcripts).</summary>
    [Parameter]
    [ApiKeyTransformation]
    public SecureString? ApiKey { get; set; }

    /// <summary>A credential whose password is the API key.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The service's address; http only to this machine.</summary>
    [Parameter]
    [Alias("base_url")]
    public string? BaseUri { get; set; }

    private protected CogVideoClient Client => _client ?? throw new InvalidOperationException();

    private protected string KeySource { get; private set; } = "";

    /// <summary>Finds the key before anything flows: an error here costs nothing.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            (ServiceEndpoint endpoint, KeySource) = Endpoints.Resolve(ApiKey, Credential, BaseUri, State.Endpoint, State.Connection?.KeySource);
            if (!endpoint.Key.IsWellFormed) WriteWarning(Messages.Format(MessageKey.ApiKeyShape));
            _client = new CogVideoClient(endpoint);
            WriteVerbose(Messages.Format(MessageKey.VerboseEndpoint, endpoint.BaseUri, KeySource));
            State.Batch.Enter(this, Stage);
            _isInBatch = true;
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, null); // not the base URI: what is wrong with it may be a password in it
        }
    }

    /// <summary>Where it stands among those that the one progress record counts.</summary>
    private protected virtual BatchStage Stage => BatchStage.None;

    /// <summary>Says what would else look like a program that does nothing.</summary>
    private protected override void OnTick()
    {
        double silence = Client.Account.SecondsWithoutAnswer;
        if (State.Batch.TellsSilence(silence)) WriteWarning(Messages.Format(MessageKey.WarnNoAnswer, Client.Endpoint.BaseUri.Authority, silence));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => LeaveBatch(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        LeaveBatch(null);
        base.Dispose(disposing);
        _client?.Dispose();
    }

    private void LeaveBatch(Cmdlet? cmdlet)
    {
        if (!_isInBatch) return;
        _isInBatch = false;
        State.Batch.Leave(cmdlet);
    }
}
