@{
    RootModule        = 'EmptyModule.dll'
    ModuleVersion     = '1.0'
    GUID              = '0f3c6a51-84f5-4c1e-9d0e-2f6a1b7c5d33'
    CmdletsToExport   = @('Get-Nothing')
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
