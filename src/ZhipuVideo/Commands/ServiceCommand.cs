using System;
using System.Management.Automation;
using System.Security;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What all cmdlets share that speak to the service: key and address. None of these ever binds from the pipeline.</summary>
public abstract class ServiceCommand : StorageCommand
{
    /// <summary>The parameter set of -ApiKey, and of calls that name no key; a key and a credential exclude one another.</summary>
    private protected const string ApiKeySet = "ApiKey";

    private const string CredentialSet = "Credential";

    private readonly object _sync = new();
    private CogVideoClient? _client;
    private VideoBatch? _batch;
    private CogVideoException? _noKey;
    private bool _isInBatch;

    private protected ServiceCommand()
    {
    }

    /// <summary>The API key, as a SecureString or as text (which then stands in history and transcripts).</summary>
    [Parameter(ParameterSetName = ApiKeySet)]
    [ApiKeyTransformation]
    public SecureString? ApiKey { get; set; }

    /// <summary>A credential whose password is the API key.</summary>
    [Parameter(ParameterSetName = CredentialSet)]
    [NoCredentialIsNone]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The service's address; http only to this machine.</summary>
    [Parameter]
    [Alias("base_url")]
    public string? BaseUri { get; set; }

    /// <summary>Whether a key was found; without one nothing can be asked of the service.</summary>
    private protected bool HasClient => _client is not null;

    private protected CogVideoClient Client => _client ?? throw new InvalidOperationException();

    private protected VideoBatch Batch => _batch ?? throw new InvalidOperationException();

    private protected string KeySource { get; private set; } = "";

    /// <summary>Whether what WriteVerbose is given is seen; asked once.</summary>
    private protected bool TellsMore { get; private set; }

    /// <summary>
    /// Whether it may begin without a key: what only says what it would do needs none, and neither does a cmdlet that such a one pipes nothing into.
    /// </summary>
    private protected virtual bool MayLackKey => IsWhatIf || MyInvocation.ExpectingInput;

    /// <summary>What the batches of all cmdlets have in common.</summary>
    private protected VideoBatchOptions Options => new()
    {
        Jobs = State.Jobs,
        Storage = State.Storage,
        Warn = why => Pump.Post(() => WriteWarning(why.Message)),
        Report = (error, job) => Pump.Post(() => WriteError(error, job)),
    };

    /// <summary>Where it stands among those that the one progress record counts.</summary>
    private protected virtual BatchStage Stage => BatchStage.None;

    /// <summary>Seconds that the newest of its jobs is expected to take; 0 = nothing is expected.</summary>
    private protected virtual double ExpectedSeconds => 0;

    /// <summary>Finds the key before anything flows: an error here costs nothing.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        TellsMore = IsVerbose;
        try
        {
            if (IsGiven(nameof(BaseUri)) && string.IsNullOrWhiteSpace(BaseUri))
                throw new CogVideoException(ErrorReason.InvalidBaseUri, MessageKey.BaseUriRefused, "", ServiceEndpoint.DefaultBaseUri);
            RefuseNull(nameof(ApiKey), ApiKey);
            RefuseNull(nameof(Credential), Credential == PSCredential.Empty ? null : Credential);
            (ServiceEndpoint endpoint, KeySource) = Endpoints.Resolve(ApiKey, Credential, BaseUri, State.Endpoint, State.Connection?.KeySource);
            if (!endpoint.Key.IsWellFormed) WriteWarning(Messages.Format(MessageKey.ApiKeyShape));
            _client = new CogVideoClient(endpoint);
            WriteVerbose(Messages.Format(MessageKey.VerboseEndpoint, endpoint.BaseUri, KeySource));
            bool isFirst = State.Progress.Enter(this, Stage);
            _isInBatch = true;
            if (isFirst && !endpoint.IsPlainHttp && ProxyVariables.FindIgnored(Environment.GetEnvironmentVariable) is { } variable)
                WriteWarning(Messages.Format(MessageKey.WarnProxyVariable, variable));
        }
        catch (CogVideoException e) when (e.Reason == ErrorReason.NoApiKey && MayLackKey)
        {
            _noKey = e;
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, null); // not the base URI: what is wrong with it may be a password in it
        }
    }

    /// <summary>Ends the pipeline where there is something to do and no key to do it with.</summary>
    private protected void RequireKey()
    {
        if (_noKey is not null) ThrowTerminatingError(_noKey, null);
    }

    /// <summary>Opens the batch that does this cmdlet's work, and takes the client over; throws what keeps its journal from being opened.</summary>
    private protected void OpenBatch(VideoBatchOptions options) => Wait(async stop =>
    {
        VideoBatch opened = await VideoBatch.OpenAsync(Client, options, stop).ConfigureAwait(false);
        lock (_sync)
        {
            if (!stop.IsCancellationRequested) _batch = opened;
            else opened.Dispose(); // Ctrl+C came first
        }
    });

    /// <summary>Waits for work in the background; throws its failure, and where the pipeline is stopped meanwhile.</summary>
    private protected void Wait(Func<CancellationToken, Task> work)
    {
        CogVideoException? failure = null;
        Pump.Start(async stop =>
        {
            try
            {
                await work(stop).ConfigureAwait(false);
            }
            catch (CogVideoException e)
            {
                failure = e;
            }
        });
        Pump.DrainWhile(() => Pump.Running > 0);
        if (failure is not null) throw failure;
        if (Pump.Token.IsCancellationRequested) throw new PipelineStoppedException();
    }

    /// <summary>Says what would else look like a program that does nothing.</summary>
    private protected override void OnTick()
    {
        if (_client is null) return;
        double silence = Client.Scheduler.SecondsWithoutAnswer;
        if (State.Progress.TellsSilence(silence)) WriteWarning(Messages.Format(MessageKey.WarnNoAnswer, Client.Endpoint.BaseUri.Authority, silence));
        WriteNews();
        if (Stage != BatchStage.None) State.Progress.Show(this, ExpectedSeconds);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        WriteNews();
        LeaveBatch(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        LeaveBatch(null);
        base.Dispose(disposing);
        lock (_sync) _batch?.Dispose();
        _client?.Dispose();
    }

    /// <summary>A variable or secret that is not there must not be a reason to take another account's key, nor another address.</summary>
    private void RefuseNull(string parameter, object? value)
    {
        if (value is null && IsGiven(parameter))
            throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyNull, "-" + parameter);
    }

    /// <summary>What changed is told by whichever cmdlet comes by first and has been asked to.</summary>
    private void WriteNews()
    {
        if (!_isInBatch || !TellsMore) return;
        foreach (string news in State.Progress.TakeNews(Client.Scheduler)) WriteVerbose(news);
    }

    private void LeaveBatch(Cmdlet? cmdlet)
    {
        if (!_isInBatch) return;
        _isInBatch = false;
        if (State.Progress.Leave(cmdlet) is { } sum && TellsMore && cmdlet is not null) WriteVerbose(sum);
    }
}
