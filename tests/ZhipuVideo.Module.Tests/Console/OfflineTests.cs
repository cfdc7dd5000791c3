using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>The console with the service inside, and with the module.</summary>
public class OfflineTests
{
    [Fact]
    public async Task The_emulator_answers_at_the_address_in_the_environment()
    {
        const string Ask = """
            $client = [System.Net.Http.HttpClient]::new()
            $client.DefaultRequestHeaders.Add('Authorization', "Bearer $env:ZHIPUAI_API_KEY")
            $reply = $client.GetAsync("$env:ZHIPUAI_BASE_URL/async-result/nothing").Result
            "$($reply.Content.Headers.ContentType.MediaType) $([int]$reply.StatusCode -ne 401)"
            """;
        var setup = new ConsoleSetup
        {
            Environment = new() { ["ZHIPUAI_API_KEY"] = "a.person's", ["ZHIPUAI_BASE_URL"] = "https://service.invalid" },
        };

        ConsoleResult result = await ConsoleProcess.RunAsync(setup, "--offline", "-Command", Ask);

        Assert.Equal((0, "application/json True\n"), (result.ExitCode, result.Output));
        Assert.StartsWith("Offline: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_module_is_imported_through_the_manifest_above_the_program()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync(
            new ConsoleSetup { Import = true }, "-Command", "Get-Module | ForEach-Object { \"$($_.Name) $($_.Version)\" }");

        Assert.Equal(new ConsoleResult(0, "ZhipuVideo 0.1.0\n", ""), result);
    }
}
