<#
.SYNOPSIS
    A thin front for dotnet: builds, tests, measures and packs the module. Runs in Windows PowerShell 5.1 and PowerShell 7;
    without one: dotnet tool restore, and dotnet pwsh build.ps1.
.EXAMPLE
    ./build.ps1            # build
    ./build.ps1 Test       # what CI runs
    ./build.ps1 Pester     # the packed module in this shell
    ./build.ps1 Benchmark  # the performance table
    ./build.ps1 Package    # artifacts/package: the module's folder, a .nupkg for galleries, a .zip for Azure Automation
#>
param(
    [ValidateSet('Build', 'Test', 'Pester', 'Benchmark', 'Package')]
    [string] $Task = 'Build'
)
$ErrorActionPreference = 'Stop'
Set-Location -LiteralPath $PSScriptRoot
switch ($Task) {
    'Build' { dotnet build }
    'Test' { dotnet test }
    'Pester' {
        dotnet build -c Release -t:Package src/ZhipuVideo.Package
        & "$PSScriptRoot/tests/Pester/Invoke-Tests.ps1"
    }
    'Package' { dotnet build -c Release -t:Package src/ZhipuVideo.Package }
    'Benchmark' { dotnet run -c Release --project tests/ZhipuVideo.Benchmarks }
}
exit $LASTEXITCODE
