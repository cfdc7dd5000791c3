<#
.SYNOPSIS
    Makes the videos of a CSV file as an Azure Automation runbook; correct whenever it is stopped and started again.

.DESCRIPTION
    For the runtimes PowerShell 7.4 and 5.1, with the module ZhipuVideo imported into the account. Give it one of two homes:

    -Storage, a blob container, for jobs of a cloud sandbox. Nothing but a copy of the CSV is on the sandbox's own disk, which is lost
    with the job; journal and videos are in the container.
    -Folder, for a hybrid worker: a folder on its own disk. On a network share the journal's lock may be invisible to other machines.

    Automation stops a job of a cloud sandbox after three hours and does not start it again. Link the runbook to a schedule, every hour
    for example: the next job continues where the last one stopped. Each job submits for 2 hours and 45 minutes and uses the rest to
    wait and save. Accepted rows are not resubmitted, finished tasks are not polled, and saved videos are not downloaded again: the
    journal records all of it. A job that finds another one at work ends as Completed (with -Storage after at most 75 seconds, because
    the lease of a dead job looks the same). Add rows to the CSV, and the next job submits only the new ones. Disable the schedule when
    all rows are saved: every job costs minutes.

    The last object counts the jobs of the journal by status; Saved is the number of those that have a video in place. Rows that are not
    valid are errors and are not counted. A row is Unconfirmed when the job was stopped between sending a request and reading its reply,
    and the service cannot tell what became of it; it is not resent automatically, because it may have been charged.

.PARAMETER Storage
    The address of a blob container, or of a folder in it: the CSV is there, and journal (run.jsonl) and videos are kept there. The
    managed identity of the account needs the role Storage Blob Data Contributor on it, unless -SasVariable is given.

.PARAMETER SasVariable
    The name of an encrypted variable that holds a SAS of the container with the rights to read, add, create and write.

.PARAMETER Folder
    Where the CSV is, and where the journal (run.jsonl) and the videos are kept.

.PARAMETER CsvName
    The CSV's name; UTF-8, with the columns that New-CogVideo takes.

.PARAMETER KeyAsset
    The name of the credential asset whose password is the API key. Its user name does not matter.

.PARAMETER Model
    The model of rows that name none. The default is free of charge.

.PARAMETER BilledLimit
    The most billed requests that all jobs of this journal may submit; 0 allows none. The default -1 sets no limit.

.PARAMETER RetryUnconfirmed
    Send unconfirmed rows once more, under the same request_id. The service refuses a request_id that it has accepted before.

.PARAMETER RetryFailed
    Submit rows that ended in FAIL again, as new requests.

.PARAMETER BaseUri
    The service's address, when it is not the default one.

.EXAMPLE
    Start-AzAutomationRunbook -Name MakeVideos -Parameters @{ Storage = 'https://myaccount.blob.core.windows.net/videos' } @account

.EXAMPLE
    Start-AzAutomationRunbook -Name MakeVideos -Parameters @{ Folder = '/data/videos'; RetryUnconfirmed = $true } -RunOn workers @account
#>
[CmdletBinding()]
param(
    [string] $Storage,
    [string] $SasVariable,
    [string] $Folder,
    [string] $CsvName = 'prompts.csv',
    [string] $KeyAsset = 'ZhipuAI',
    [string] $Model = 'cogvideox-flash',
    [ValidateRange(-1, [int]::MaxValue)] [int] $BilledLimit = -1,
    [bool] $RetryUnconfirmed = $false,
    [bool] $RetryFailed = $false,
    [string] $BaseUri
)

# One bad row is an error of its own and must not end the batch; Automation keeps no progress
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'

if ([bool] $Storage -eq [bool] $Folder) { throw 'Give either -Storage or -Folder.' }

$credential = Get-AutomationPSCredential -Name $KeyAsset
if (-not $credential) { throw "There is no credential asset '$KeyAsset' in this Automation account." }
$connection = @{ Credential = $credential; Model = $Model }
if ($BaseUri) { $connection.BaseUri = $BaseUri }
if ($BilledLimit -ge 0) { $connection.BilledLimit = $BilledLimit }
$sas = if ($SasVariable) { "$(Get-AutomationVariable -Name $SasVariable)".TrimStart('?') }
if ($SasVariable -and -not $sas) { throw "The variable '$SasVariable' does not exist in this Automation account, or is empty." }
if ($sas) { $connection.StorageCredential = $sas }
$null = Connect-CogVideo @connection

if ($Storage) {
    $place = $Storage.TrimEnd('/')
    $csv = Join-Path ([IO.Path]::GetTempPath()) "$([guid]::NewGuid()).csv"
    $request = @{ Uri = "$place/$CsvName"; OutFile = $csv; Headers = @{ 'x-ms-version' = '2021-12-02' }; UseBasicParsing = $true; ErrorAction = 'Stop' }
    if ($sas) {
        $request.Uri += "?$sas"
    } else {
        if (-not $env:IDENTITY_ENDPOINT) { throw 'The managed identity of the Automation account is off. Turn it on, or give -SasVariable.' }
        $identity = @{ 'X-IDENTITY-HEADER' = $env:IDENTITY_HEADER; Metadata = 'true' }
        $token = Invoke-RestMethod "$($env:IDENTITY_ENDPOINT)?resource=https://storage.azure.com/" -Headers $identity -UseBasicParsing -ErrorAction Stop
        $request.Headers.Authorization = "Bearer $($token.access_token)"
    }
    Invoke-WebRequest @request
    $journal = "$place/run.jsonl"
    $videos = "$place/videos"
} else {
    $csv = Join-Path $Folder $CsvName
    $journal = Join-Path $Folder 'run.jsonl'
    $videos = Join-Path $Folder 'videos'
}

# A cloud sandbox takes a job away after three hours: what is submitted by then should be waited for and saved by then
$until = (Get-Date).AddMinutes(165)

# Emits an object for every video that is in place, those of earlier runs included: they are counted and not listed
$saved = 0
try {
    Import-Csv -LiteralPath $csv -Encoding UTF8 |
        New-CogVideo -JournalPath $journal -Until $until -RetryUnconfirmed:$RetryUnconfirmed -RetryFailed:$RetryFailed |
        Wait-CogVideo -TimeoutSec 0 |
        Save-CogVideo -DestinationPath $videos |
        ForEach-Object { $saved++ }
} catch {
    if ($_.FullyQualifiedErrorId -notlike 'CogVideo.JournalLocked*') { throw }
    Write-Output 'Another job has the journal, and does the work.'
    return
} finally {
    if ($Storage) { Remove-Item -LiteralPath $csv -ErrorAction Ignore }
}

$count = [ordered] @{ Saved = $saved; Success = 0; Fail = 0; Processing = 0; Unconfirmed = 0; Rejected = 0 }
foreach ($job in Get-CogVideoJob -JournalPath $journal) {
    $count[$job.Status]++
    if ($job.Status -eq 'Unconfirmed') {
        Write-Warning "$($job.Name): unconfirmed, request_id $($job.RequestId)"
    }
}
[pscustomobject] $count
