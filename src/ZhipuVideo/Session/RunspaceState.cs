using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using ZhipuVideo.Batch;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Session;

/// <summary>What the module remembers for one runspace: its connection, its jobs, the batch under way. Never static, never written anywhere.</summary>
internal sealed class RunspaceState
{
    private static readonly ConditionalWeakTable<Runspace, RunspaceState> States = new();

    /// <summary>The state of the runspace whose pipeline thread this is.</summary>
    internal static RunspaceState Current => States.GetValue(Runspace.DefaultRunspace, static _ => new RunspaceState());

    internal ServiceEndpoint? Endpoint { get; set; }

    internal CogVideoConnection? Connection { get; set; }

    internal MemoryJobStore Jobs { get; } = new();

    internal BatchProgress Progress { get; } = new();

    /// <summary>The containers that were named here.</summary>
    internal StorageAccess Storage { get; } = new();

    /// <summary>Forgets the connection, and with it the key.</summary>
    internal void Disconnect()
    {
        if (Endpoint is not null) SchedulerRegistry.Shared.Remove(Endpoint);
        Endpoint = null;
        Connection = null;
        Storage.Clear();
    }

    internal static void ForgetCurrent()
    {
        Current.Disconnect();
        States.Remove(Runspace.DefaultRunspace);
    }
}

/// <summary>Remove-Module forgets the key and the jobs of the runspace.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <summary>Called by the engine when the module is removed.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => RunspaceState.ForgetCurrent();
}
