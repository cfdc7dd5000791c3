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

    /// <summary>The most billed requests of each New-CogVideo that says nothing of its own; 0 = nothing billed. Not given = any number.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int BilledLimit { get; set; }

    /// <summary>Do not ask the service whether it accepts the key.</summary>
    [Parameter]
    public SwitchParameter SkipCheck { get; set; }

    private protected override bool MayLackKey => false;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnboundDefault(nameof(BilledLimit));
        try
        {
            State.Storage.SetDefault(StorageSecret);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, null);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if (!SkipCheck) Wait(Client.CheckKeyAsync);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, Client.Endpoint.BaseUri);
        }
        State.Endpoint = Client.Endpoint;
        State.Connection = new CogVideoConnection(
            Client.Endpoint.BaseUri, KeySource, CogVideoModel.Code(Model), IsGiven(nameof(BilledLimit)) ? BilledLimit : null, !SkipCheck);
        WriteObject(State.Connection);
    }
}
