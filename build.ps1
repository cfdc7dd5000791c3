<#
.SYNOPSIS
    A thin front for dotnet: builds, tests and measures the module. Runs in Windows PowerShell 5.1 and PowerShell 7.
.EXAMPLE
    ./build.ps1            # build
    ./build.ps1 Test       # what CI runs
    ./build.ps1 Pester     # the built module in this shell; needs Pester 5 or 6
    ./build.ps1 Benchmark  # the performance table
#>
param(
    [ValidateSet('Build', 'Test', 'Pester', 'Benchmark')]
    [string] $Task = 'Build'
)
$ErrorActionPreference = 'Stop'
Set-Location -LiteralPath $PSScriptRoot
switch ($Task) {
    'Build' { dotnet build }
    'Test' { dotnet test }
    'Pester' {
        dotnet build
        & "$PSScriptRoot/tests/Pester/Invoke-Tests.ps1"
    }
    'Benchmark' { dotnet run -c Release --project tests/ZhipuVideo.Benchmarks }
}
exit $LASTEXITCODE
