using System.Management.Automation;
using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>What the console supplies gives way to any command of the same name that the machine or the script brings.</summary>
public class ShadowingTests
{
    private const string StandIn = "function Import-Csv { 'real' } function Format-Table { 'real table' }";

    [Fact]
    public async Task An_installed_utility_module_is_used_instead()
    {
        using var folder = new TemporaryFolder();
        folder.Write("Microsoft.PowerShell.Utility/Microsoft.PowerShell.Utility.psd1", """
            @{ ModuleVersion = '7.0.0.0'; RootModule = 'StandIn.psm1'; FunctionsToExport = 'Import-Csv', 'Format-Table' }
            """);
        folder.Write("Microsoft.PowerShell.Utility/StandIn.psm1", StandIn);

        ConsoleResult result = await ConsoleProcess.RunAsync(
            new ConsoleSetup { ModuleFolder = folder.FullName }, "-Command", "Import-Csv; Format-Table; (Get-Command Import-Csv).Source");

        Assert.Equal(new ConsoleResult(0, "real\nreal table\nMicrosoft.PowerShell.Utility\n", ""), result);
    }

    [Fact]
    public async Task A_script_module_that_is_imported_later_comes_first()
    {
        using var folder = new TemporaryFolder();
        string module = folder.Write("Later.psm1", StandIn);

        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command", $"(Get-Command Import-Csv).CommandType; Import-Module '{module}'; Import-Csv; Format-Table");

        Assert.Equal("\nCmdlet\nreal\nreal table\n", "\n" + result.Output);
    }

    [Fact]
    public async Task A_binary_module_that_is_imported_later_comes_first()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command", $"Import-Module '{typeof(StandInImportCsvCommand).Assembly.Location}'; Import-Csv");

        Assert.Equal(new ConsoleResult(0, "real cmdlet\n", ""), result);
    }

    /// <summary>Another module's Import-Csv.</summary>
    [Cmdlet(VerbsData.Import, "Csv")]
    public sealed class StandInImportCsvCommand : PSCmdlet
    {
        protected override void EndProcessing() => WriteObject("real cmdlet");
    }
}
