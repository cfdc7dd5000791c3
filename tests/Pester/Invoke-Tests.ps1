# Runs the Pester tests of the built module in this shell; exits with the number of failures.
param([string] $ResultPath)
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
if ($ResultPath) {
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputFormat = 'NUnitXml'
    $configuration.TestResult.OutputPath = $ResultPath
}
exit (Invoke-Pester -Configuration $configuration).FailedCount
