// Runs a script of PowerShell and writes what it emits, as the shell would show it, then its errors and warnings, each on a line of its own.
// pwsh.exe itself shows nothing under Wine: it writes to a console that is not there.
//   ZhipuVideo.Windows.Host CULTURE SCRIPT
Console.OutputEncoding = new UTF8Encoding(false);
CultureInfo culture = CultureInfo.GetCultureInfo(args[0]);
(CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture) = (culture, culture);
(CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, culture);
InitialSessionState session = InitialSessionState.CreateDefault2();
session.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.RemoteSigned;
using Runspace runspace = RunspaceFactory.CreateRunspace(session);
runspace.Open();
using PowerShell shell = PowerShell.Create(runspace);
shell.AddScript(await File.ReadAllTextAsync(args[1])).AddCommand("Out-String").AddParameter("Stream").AddParameter("Width", 200);
shell.Streams.Warning.DataAdded += (_, added) => Console.WriteLine($"WARNING {shell.Streams.Warning[added.Index]}");
shell.Streams.Error.DataAdded += (_, added) => Console.WriteLine($"ERROR {shell.Streams.Error[added.Index].FullyQualifiedErrorId} {shell.Streams.Error[added.Index]}");
PSDataCollection<PSObject> lines = [];
lines.DataAdded += (_, added) => Console.WriteLine(lines[added.Index]);
try
{
    await shell.InvokeAsync<PSObject, PSObject>(null, lines);
    return 0;
}
catch (RuntimeException e)
{
    Console.WriteLine($"ENDED {e.ErrorRecord.FullyQualifiedErrorId} {e.Message}");
    return 1;
}
