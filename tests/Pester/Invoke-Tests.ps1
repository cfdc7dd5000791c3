# Runs the Pester tests of the packed module in this shell; exits with the number of failures. What is missing is built first.
param([string] $ResultPath)
$root = (Resolve-Path "$PSScriptRoot/../..").Path
if (-not (Test-Path "$root/artifacts/package/*.nupkg")) { dotnet build -c Release -t:Package "$root/src/ZhipuVideo.Package" }
if (-not (Test-Path "$root/src/ZhipuVideo.Emulator/bin/*/net10.0/ZhipuVideo.Emulator.dll")) { dotnet build "$root/src/ZhipuVideo.Emulator" }

# Installs the package as a gallery client does: unpacked into a module path, without what NuGet has added
Add-Type -AssemblyName System.IO.Compression.FileSystem
$package = Get-Item "$root/artifacts/package/*.nupkg"
$modulePath = "$root/artifacts/pester"
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
$run = Invoke-Pester -Configuration $configuration
exit $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
