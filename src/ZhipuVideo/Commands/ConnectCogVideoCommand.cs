using System.Management.Automation;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>Sets key, address and model for this runspace, and checks the key with one free look-up.</summary>
[Cmdlet(VerbsCommunications.Connect, "CogVideo", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(CogVideoConnection))]
public sealed class ConnectCogVideoCommand : ServiceCommand
{
    /// <summary>The model for submissions that name none.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = CogVideoModel.Default;

    /// <summary>Do not ask the service whether it accepts the key.</summary>
    [Parameter]
    public SwitchParameter SkipCheck { get; set; }

    private protected override bool MayLackKey => false;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        CogVideoException? refusal = null;
        if (!SkipCheck)
        {
            Pump.Start(async stop =>
            {
                try
                {
                    await Client.CheckKeyAsync(stop).ConfigureAwait(false);
                }
                catch (CogVideoException e)
                {
                    refusal = e;
                }
            });
            Pump.DrainWhile(() => Pump.Running > 0);
            if (Pump.Token.IsCancellationRequested) return;
            if (refusal is not null) ThrowTerminatingError(refusal, Client.Endpoint.BaseUri);
        }
        State.Endpoint = Client.Endpoint;
        State.Connection = new CogVideoConnection(Client.Endpoint.BaseUri, KeySource, CogVideoModel.Code(Model), !SkipCheck);
        WriteObject(State.Connection);
    }
}
