<#
.SYNOPSIS
    Makes the videos of a CSV file as an Azure Automation runbook; correct whenever it is stopped and started again.

.DESCRIPTION
    For the runtimes PowerShell 7.4 and 5.1, with the module ZhipuVideo imported into the account. Automation may unload a job at any
    moment, after three hours for sure, and starts it again from the top. This runbook then goes on where it was: what the service has
    accepted is not submitted again, what has ended is not asked for again, and what is saved is not downloaded again. All of that
    stands in the journal, which is why the folder must outlive the job: a disk of a hybrid worker or a mounted share, not the
    sandbox's own disk. Two jobs on one folder at once are kept apart: the second ends with CogVideo.JournalLocked.

    Add rows to the CSV and start it again, and only the new ones are submitted.

    The last object counts the rows by state. A row is Unconfirmed when the job was stopped between sending a request and reading the
    reply, and the service does not tell what became of it; it is not sent again by itself, because it may have been paid for.

.PARAMETER Folder
    Where the CSV is, and where the journal (run.jsonl) and the videos are kept.

.PARAMETER CsvName
    The CSV's name in the folder; UTF-8, with the columns that New-CogVideo takes.

.PARAMETER KeyAsset
    The name of the credential asset whose password is the API key. Its user name does not matter.

.PARAMETER Model
    The model of rows that name none. The default is free of charge.

.PARAMETER RetryUnconfirmed
    Send unconfirmed rows once more, under the same request_id. The service refuses a request_id that it has accepted before.

.PARAMETER RetryFailed
    Submit rows that ended in FAIL again, as new requests.

.PARAMETER BaseUri
    The service's address, when it is not the default one.

.EXAMPLE
    Start-AzAutomationRunbook -Name MakeVideos -Parameters @{ Folder = '/mnt/videos'; RetryUnconfirmed = $true } @account
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string] $Folder,
    [string] $CsvName = 'prompts.csv',
    [string] $KeyAsset = 'ZhipuAI',
    [string] $Model = 'cogvideox-flash',
    [bool] $RetryUnconfirmed = $false,
    [bool] $RetryFailed = $false,
    [string] $BaseUri
)

# One bad row is an error of its own and must not end the batch; Automation keeps no progress
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'

$credential = Get-AutomationPSCredential -Name $KeyAsset
if (-not $credential) { throw "There is no credential asset '$KeyAsset' in this Automation account." }
$connection = @{ Credential = $credential; Model = $Model }
if ($BaseUri) { $connection.BaseUri = $BaseUri }
$null = Connect-CogVideo @connection

$csv = Join-Path $Folder $CsvName
$journal = Join-Path $Folder 'run.jsonl'
$videos = Join-Path $Folder 'videos'

# Emits a file for every video that is in place, those of earlier runs included
Import-Csv -LiteralPath $csv -Encoding UTF8 |
    New-CogVideo -JournalPath $journal -RetryUnconfirmed:$RetryUnconfirmed -RetryFailed:$RetryFailed |
    Wait-CogVideo -TimeoutSec 0 |
    Save-CogVideo -DestinationPath $videos |
    Select-Object -ExpandProperty FullName

$count = [ordered] @{ Success = 0; Fail = 0; Processing = 0; Unconfirmed = 0 }
foreach ($job in Get-CogVideoJob -JournalPath $journal) {
    $count[$job.Status]++
    if ($job.Status -eq 'Unconfirmed') {
        Write-Warning "$($job.Name): unconfirmed, request_id $($job.RequestId)"
    }
}
[pscustomobject] $count
