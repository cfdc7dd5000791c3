using System.Reflection;
using System.Xml.Linq;

namespace ZhipuVideo.Tests.Packaging;

/// <summary>The cmdlet development guidelines, and the design's rules for parameters, on the commands as they are imported.</summary>
public sealed class GuidelineTests : IDisposable
{
    private readonly Shell _shell = Shell.Unconnected();
    private readonly CmdletInfo[] _cmdlets;

    public GuidelineTests() => _cmdlets = [.. _shell.Run("Get-Command -Module ZhipuVideo").Succeeded().Output.Select(o => (CmdletInfo)o.BaseObject)];

    [Fact]
    public void Every_cmdlet_of_the_assembly_is_exported()
    {
        IEnumerable<string> all = _cmdlets[0].ImplementingType.Assembly.GetExportedTypes()
            .Select(t => t.GetCustomAttribute<CmdletAttribute>()).OfType<CmdletAttribute>().Select(c => $"{c.VerbName}-{c.NounName}");

        Assert.Equal(all.Order(), _cmdlets.Select(c => c.Name).Order());
    }

    [Fact]
    public void Verbs_are_approved_and_nouns_are_Pascal_case_and_singular()
    {
        Type[] classes =
        [
            typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsLifecycle), typeof(VerbsOther),
            typeof(VerbsSecurity),
        ];
        HashSet<string> approved = [.. classes.SelectMany(c => c.GetFields()).Select(f => (string)f.GetValue(null)!)];

        Assert.All(_cmdlets, c => Assert.Contains(c.Verb, approved));
        Assert.All(_cmdlets, c => Assert.Matches("^CogVideo([A-Z][a-z]+)*$", c.Noun));
        Assert.All(_cmdlets, c => Assert.False(c.Noun.EndsWith('s')));
        Assert.All(_cmdlets, c => Assert.Equal($"{c.Verb}{c.Noun}Command", c.ImplementingType.Name));
    }

    [Fact]
    public void Every_cmdlet_that_emits_says_what()
    {
        Assert.All(_cmdlets.Where(c => c.Verb != "Disconnect"), c => Assert.NotEmpty(c.OutputType));
        Assert.All(_cmdlets.SelectMany(c => c.OutputType), t => Assert.NotNull(t.Type));
    }

    [Fact]
    public void What_costs_or_writes_supports_WhatIf_and_Confirm_and_nothing_else_does()
    {
        Assert.All(_cmdlets, c => Assert.Equal(
            c.Verb is "New" or "Save" or "Export", c.ImplementingType.GetCustomAttribute<CmdletAttribute>()!.SupportsShouldProcess));
    }

    [Fact]
    public void Parameters_are_Pascal_case_public_properties_with_a_documentation()
    {
        string[] documented = [.. XDocument.Load(Path.Combine(Repository.Module("net8.0"), "ZhipuVideo.xml")).Descendants("member").Select(m => m.Attribute("name")!.Value)];

        foreach (ParameterMetadata parameter in _cmdlets.SelectMany(OwnParameters))
        {
            Assert.Matches("^[A-Z][A-Za-z]+$", parameter.Name);
            Assert.Contains(documented, d => d.StartsWith("P:ZhipuVideo.Commands.", StringComparison.Ordinal) && d.EndsWith("." + parameter.Name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Classes_are_public_sealed_cmdlets_that_take_input_and_can_be_stopped_and_disposed()
    {
        string[] processing = ["BeginProcessing", "ProcessRecord", "EndProcessing"];
        foreach (Type type in _cmdlets.Select(c => c.ImplementingType))
        {
            Assert.True(type is { IsPublic: true, IsSealed: true, Namespace: "ZhipuVideo.Commands" }, type.Name);
            Assert.True(type.IsSubclassOf(typeof(PSCmdlet)), type.Name);
            Assert.NotNull(type.GetConstructor(Type.EmptyTypes));
            Assert.Contains(processing, name => IsOverridden(type, name));
            // The catalogue's cmdlet does nothing that takes time
            Assert.Equal(
                type.Name != "GetCogVideoModelCommand",
                typeof(IDisposable).IsAssignableFrom(type) && IsOverridden(type, "StopProcessing"));
        }

        static bool IsOverridden(Type type, string method) =>
            type.GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!.DeclaringType!.Assembly
                != typeof(Cmdlet).Assembly;
    }

    [Fact]
    public void Parameters_and_aliases_are_none_of_the_engines_and_none_is_plural()
    {
        string[] engines =
        [
            .. Cmdlet.CommonParameters, .. Cmdlet.OptionalCommonParameters, "SelectProperty", "SelectObject",
            "vb", "db", "ea", "wa", "infa", "proga", "ev", "wv", "iv", "ov", "ob", "pv", "wi", "cf", "usetx",
        ];

        foreach (CmdletInfo cmdlet in _cmdlets)
        {
            string[] names = [.. OwnParameters(cmdlet).SelectMany(p => p.Aliases.Append(p.Name))];
            Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
            Assert.Empty(names.Intersect(engines, StringComparer.OrdinalIgnoreCase));
            Assert.DoesNotContain(OwnParameters(cmdlet), p => p.Name.EndsWith('s') && p.Name is not ("Fps" or "Status"));
        }
    }

    [Fact]
    public void A_name_has_one_type_everywhere_and_the_type_that_the_guidelines_give_it()
    {
        ParameterMetadata[] all = [.. _cmdlets.SelectMany(OwnParameters)];

        // Save and Connect take one where the others take several
        Assert.All(all.GroupBy(p => p.Name), same => Assert.True(same.Select(ElementType).Distinct().Count() == 1, same.Key));
        // What is on or off is a switch, or a text where a cell fills it
        Assert.DoesNotContain(all, p => p.ParameterType == typeof(bool) || p.ParameterType == typeof(bool?));
        Assert.All(all.Where(p => p.Name is "Force" or "PassThru"), p => Assert.Equal(typeof(SwitchParameter), p.ParameterType));
        Assert.All(
            all.Where(p => p.ParameterType == typeof(PSCredential)),
            p => Assert.Contains(p.Attributes, a => a is CredentialAttribute));
        Assert.All(
            all.Where(p => p.ParameterType == typeof(int) || p.ParameterType == typeof(double)),
            p => Assert.Contains(p.Attributes, a => a is ValidateRangeAttribute));

        static Type ElementType(ParameterMetadata parameter) => parameter.ParameterType.GetElementType() ?? parameter.ParameterType;
    }

    [Fact]
    public void Sets_for_key_and_credential_alone_few_positions_and_one_parameter_for_the_whole_object()
    {
        foreach ((CmdletInfo cmdlet, CommandParameterSetInfo set) in _cmdlets.SelectMany(c => c.ParameterSets.Select(set => (c, set))))
        {
            Assert.Equal(cmdlet.Parameters.ContainsKey("ApiKey") ? 2 : 1, cmdlet.ParameterSets.Count);
            int[] positions = [.. set.Parameters.Where(p => p.Position >= 0).Select(p => p.Position).Order()];
            Assert.Equal(Enumerable.Range(0, positions.Length), positions);
            Assert.InRange(positions.Length, 0, 4);
            Assert.InRange(set.Parameters.Count(p => p.ValueFromPipeline), 0, 1);
            Assert.DoesNotContain(set.Parameters, p => p.ValueFromRemainingArguments);
        }
    }

    [Fact]
    public void What_is_named_by_a_pattern_says_so() => Assert.Equal(
        ["Get-CogVideoModel -Model"],
        from cmdlet in _cmdlets
        from p in OwnParameters(cmdlet)
        where p.Attributes.Any(a => a is SupportsWildcardsAttribute)
        select $"{cmdlet.Name} -{p.Name}");

    [Theory]
    [InlineData("New-CogVideo", "InputObject", "Prompt:0,Image,Model,Quality,WithAudio,Size,Fps,Duration,RequestId,UserId,Name", "ThrottleLimit,TimeoutSec,RetryUnconfirmed,RetryFailed,AdditionalBody,JournalPath,BilledLimit,Until")]
    [InlineData("Get-CogVideoResult", "InputObject", "Id:0", "")]
    [InlineData("Wait-CogVideo", "InputObject", "Id:0", "TimeoutSec,PollIntervalSec")]
    [InlineData("Save-CogVideo", "InputObject:1", "FileName,Id,Url,Name", "DestinationPath:0,IncludeCover,Force,PassThru,ThrottleLimit,MaxSizeMB")]
    [InlineData("Connect-CogVideo", "", "", "Model,SkipCheck,BilledLimit")]
    [InlineData("Get-CogVideoJob", "", "", "JournalPath:0,Id,Name,Status")]
    public void Parameters_bind_as_the_design_says(string cmdlet, string byValue, string byName, string never)
    {
        CmdletInfo info = _cmdlets.Single(c => c.Name == cmdlet);
        string[] service = cmdlet == "Get-CogVideoJob" ? [] : ["ApiKey", "Credential", "BaseUri"];
        never += ",StorageCredential";

        Assert.Equal(Split(byValue).Order(), Described(info, p => p.ValueFromPipeline));
        Assert.Equal(Split(byName).Order(), Described(info, p => p.ValueFromPipelineByPropertyName && !p.ValueFromPipeline));
        Assert.Equal(Split(never).Concat(service).Order(), Described(info, p => !p.ValueFromPipelineByPropertyName && !p.ValueFromPipeline));
        Assert.DoesNotContain(OwnParameters(info), p => p.ParameterSets.Values.Any(s => s.IsMandatory)); // never a prompt
    }

    [Fact]
    public void The_services_names_and_the_files_path_are_aliases()
    {
        CmdletInfo info = _cmdlets.Single(c => c.Name == "New-CogVideo");

        Assert.Equal(["FullName", "ImagePath", "ImageUrl", "image_url"], info.Parameters["Image"].Aliases.Order(StringComparer.Ordinal));
        Assert.Equal(["with_audio", "request_id", "user_id"], new[] { "WithAudio", "RequestId", "UserId" }.Select(p => Assert.Single(info.Parameters[p].Aliases)));
        Assert.Equal(["Path"], _cmdlets.Single(c => c.Name == "Save-CogVideo").Parameters["DestinationPath"].Aliases);
    }

    [Fact]
    public void No_type_drops_or_turns_a_cell_that_is_bound_by_name()
    {
        IEnumerable<ParameterMetadata> byName = _cmdlets.SelectMany(OwnParameters).Where(p => p.ParameterSets.Values.Any(s => s.ValueFromPipelineByPropertyName));

        Assert.All(byName, p => Assert.Contains(p.ParameterType, new[] { typeof(string), typeof(string[]) }));
    }

    [Fact]
    public void Every_set_of_values_is_open_and_offered()
    {
        foreach (ParameterMetadata parameter in _cmdlets.SelectMany(OwnParameters))
            Assert.DoesNotContain(parameter.Attributes, a => a is ValidateSetAttribute or ValidatePatternAttribute);
        Assert.Equal(["cogvideox-2", "cogvideox-3", "cogvideox-flash"], Offered("New-CogVideo -Model cog").Order(StringComparer.Ordinal));
        Assert.Equal(["1920x1080"], Offered("New-CogVideo -Model viduq1-text -Size "));
        Assert.Equal(["speed", "quality"], Offered("New-CogVideo -Model cogvideox-2 -Quality "));
        Assert.Equal(["30", "60"], Offered("New-CogVideo -Fps "));
        Assert.Equal(["4"], Offered("New-CogVideo -Model vidu2-image -Duration "));
        Assert.Equal(["True", "False"], Offered("New-CogVideo -Model cogvideox-3 -WithAudio "));
        Assert.Equal(["False"], Offered("New-CogVideo -Model viduq1-text -WithAudio "));
        Assert.Empty(Offered("New-CogVideo -Model cogvideox-flash -Size "));
        Assert.Equal(["Processing", "Success", "Fail", "Unconfirmed", "Rejected", "Unknown"], Offered("Get-CogVideoJob -Status "));
    }

    [Fact]
    public void What_is_offered_says_which_model_takes_it()
    {
        Assert.Equal(
            ["1920x1080 (cogvideox-2, cogvideox-3, viduq1-text, viduq1-image, viduq1-start-end)"],
            Matches("New-CogVideo -Size 1920x").Texts("ToolTip"));
    }

    [Fact]
    public void Public_objects_are_sealed_and_their_properties_named_like_the_parameters_they_feed()
    {
        Type[] types = [.. _cmdlets.SelectMany(c => c.OutputType).Select(t => t.Type).Distinct().Where(t => t != typeof(FileInfo))];
        HashSet<string> job = [.. types.Single(t => t.Name == "CogVideoJob").GetProperties().Select(p => p.Name)];
        HashSet<string> result = [.. types.Single(t => t.Name == "CogVideoResult").GetProperties().Select(p => p.Name)];

        Assert.All(types, t => Assert.True(t is { IsSealed: true, IsPublic: true }, t.Name));
        Assert.All(types.SelectMany(t => t.GetProperties()), p => Assert.Matches("^[A-Z][A-Za-z]+$", p.Name));
        Assert.All(types, t => Assert.NotEqual(typeof(object), t.GetMethod("ToString", Type.EmptyTypes)!.DeclaringType));
        Assert.Subset(job, new HashSet<string> { "Id", "RequestId", "Model", "Status", "Name", "Prompt", "Image", "Quality", "WithAudio", "Size", "Fps", "Duration", "UserId", "SubmittedAt", "JournalPath" });
        Assert.Subset(result, job);
        Assert.Subset(result, new HashSet<string> { "Url", "CoverUrl", "VideoUrls", "CoverUrls", "EndedAt", "ElapsedSec", "ErrorCode", "ErrorMessage", "SavedPath", "CoverPath" });
        Assert.Equal(typeof(string), types.Single(t => t.Name == "CogVideoJob").GetProperty("Status")!.PropertyType);
    }

    [Fact]
    public void The_catalogue_is_the_services_table()
    {
        Outcome models = _shell.Run("Get-CogVideoModel").Succeeded();

        Assert.Equal(
            ["cogvideox-2", "cogvideox-3", "cogvideox-flash", "vidu2-image", "vidu2-reference", "vidu2-start-end", "viduq1-image", "viduq1-start-end", "viduq1-text"],
            models.Texts("Model").Order(StringComparer.Ordinal));
        Assert.Equal(["Free"], models.Output.Where(m => m.Text("Model") == "cogvideox-flash").Select(m => m.Text("Billing")));
        PSObject two = _shell.Run("Get-CogVideoModel CogVideoX-2").Single;
        Assert.Equal(
            ["720x480", "1024x1024", "1280x960", "960x1280", "1920x1080", "1080x1920", "2048x1080", "3840x2160"], (string[])two.Get("Sizes")!);
        Assert.Equal([30, 60], (int[])two.Get("Fps")!);
        Assert.Equal([5, 10], (int[])two.Get("Durations")!);
        Assert.Equal(("1", "5242880", "True"), (two.Text("MaxImages"), two.Text("MaxImageBytes"), two.Text("Audio")));
        Assert.Equal(3, _shell.Run("Get-CogVideoModel vidu2-*").Output.Count);
        _shell.Run("Get-CogVideoModel nope").Fails("NotFound");
    }

    public void Dispose() => _shell.Dispose();

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<ParameterMetadata> OwnParameters(CmdletInfo info) =>
        info.Parameters.Values.Where(p => !Cmdlet.CommonParameters.Contains(p.Name) && !Cmdlet.OptionalCommonParameters.Contains(p.Name));

    private static IEnumerable<string> Described(CmdletInfo info, Func<ParameterSetMetadata, bool> condition) =>
        from parameter in OwnParameters(info)
        let set = parameter.ParameterSets.Values.First()
        where condition(set)
        select (set.Position < 0 ? parameter.Name : $"{parameter.Name}:{set.Position}") into text
        orderby text
        select text;

    private IEnumerable<string> Offered(string line) => Matches(line).Texts("CompletionText").OfType<string>();

    private Outcome Matches(string line)
    {
        _shell["line"] = line;
        return _shell.Run("[System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches");
    }
}
