<#
.SYNOPSIS
    Runs the Pester tests of the packed module in this shell; exits with the number of failures.
.DESCRIPTION
    What is missing is built first. Without an installed Pester 5 or newer, the one that the .NET tests bring along is used.
#>
param(
    # The folder of the packages
    [string] $Feed,
    # The manifest of a Pester
    [string] $Pester,
    # Where the results are written, in NUnit's form
    [string] $ResultPath
)
$ErrorActionPreference = 'Stop'
$root = (Resolve-Path "$PSScriptRoot/../..").Path
if (-not $Feed) { $Feed = "$root/artifacts/package" }
if (-not (Test-Path "$Feed/*.nupkg")) { dotnet build -c Release -t:Package "$root/src/ZhipuVideo.Package" }
if (-not (Test-Path "$root/src/ZhipuVideo.Emulator/bin/*/net10.0/ZhipuVideo.Emulator.dll")) { dotnet build "$root/src/ZhipuVideo.Emulator" }
if (-not $Pester -and -not (Get-Module Pester -ListAvailable | Where-Object Version -ge '5.0')) {
    dotnet restore "$root/tests/ZhipuVideo.Testing"
    $Pester = dotnet msbuild "$root/tests/ZhipuVideo.Testing" -getItem:AssemblyMetadata |
        ConvertFrom-Json | ForEach-Object { $_.Items.AssemblyMetadata } | Where-Object Identity -EQ Pester | ForEach-Object Value
}
Import-Module $(if ($Pester) { $Pester } else { 'Pester' }) -MinimumVersion 5.0

# Installs the package as a gallery client does: unpacked into a module path, without what NuGet has added
Add-Type -AssemblyName System.IO.Compression.FileSystem
$package = Get-Item "$Feed/*.nupkg"
$env:ZHIPUVIDEO_TESTS_FEED = (Resolve-Path $Feed).Path
$modulePath = "$env:ZHIPUVIDEO_TESTS_FEED/installed"
if (Test-Path $modulePath) { Remove-Item $modulePath -Recurse -Force }
$module = "$modulePath/ZhipuVideo/$($package.BaseName -replace '^ZhipuVideo\.')"
[IO.Compression.ZipFile]::ExtractToDirectory($package.FullName, $module)
'_rels', 'package', '[Content_Types].xml', 'ZhipuVideo.nuspec' | ForEach-Object { Remove-Item -LiteralPath "$module/$_" -Recurse -Force }

$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
if ($ResultPath) {
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputFormat = 'NUnitXml'
    $configuration.TestResult.OutputPath = $ResultPath
}
$ErrorActionPreference = 'Continue'
$run = Invoke-Pester -Configuration $configuration
exit $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
