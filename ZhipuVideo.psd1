@{
    # The engine of each edition gets its own build. $PSEdition in a manifest costs some 10 ms of import; a psm1 that chooses costs more.
    RootModule             = if ($PSEdition -eq 'Core') { 'bin/net8.0/ZhipuVideo.dll' } else { 'bin/net472/ZhipuVideo.dll' }
    ModuleVersion          = '0.1.0'
    GUID                   = '6f1d2a55-0b9e-4b7c-9a53-3f0c2b7a9d41'
    Author                 = 'The ZhipuVideo authors'
    CompanyName            = 'Unknown'
    Copyright              = '(c) The ZhipuVideo authors. MIT licence.'
    Description            = 'Turns prompts and pictures into videos with ZhipuAI''s CogVideoX service: a batch of rows in, whole MP4 files out, nothing paid twice and nothing paid lost.'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Desktop', 'Core')
    FormatsToProcess       = @('bin/ZhipuVideo.format.ps1xml')
    FunctionsToExport      = @()
    CmdletsToExport        = @(
        'Connect-CogVideo', 'Disconnect-CogVideo', 'Get-CogVideoModel', 'New-CogVideo',
        'Get-CogVideoResult', 'Wait-CogVideo', 'Save-CogVideo', 'Get-CogVideoJob', 'Export-CogVideoGallery'
    )
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('CogVideoX', 'CogVideo', 'ZhipuAI', 'BigModel', 'Zai', 'video', 'text-to-video', 'image-to-video', 'AI',
                'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ProjectUri   = 'https://github.com/zhipuvideo/zhipuvideo'
            ReleaseNotes = 'https://github.com/zhipuvideo/zhipuvideo/blob/main/CHANGELOG.md'
        }
    }
}
