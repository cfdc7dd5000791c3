# The service's reference page has three examples in Python: a video from a text, a video from a picture, and the look at a result.
# These are the same three. The calls are billed: run them offline first.
#
#   dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/ReferencePage.ps1

$settings = @{
    Model     = 'cogvideox-2'
    Quality   = 'quality'   # or speed
    WithAudio = $true
    Size      = '1920x1080' # up to 3840x2160
    Fps       = 30          # or 60
}

# 文生视频: a video from a text
$fromText = New-CogVideo -Prompt '比得兔开小汽车，游走在马路上，脸上的表情充满开心喜悦。' @settings
$fromText | Format-List

# 图生视频: a video from a picture. A path of a local file does as well as an address.
$fromPicture = New-CogVideo -Image 'https://example.com/path/to/your/image.jpg' -Prompt '让画面动起来' @settings
$fromPicture | Format-List

# 任务结果查询: one look at each result; the tasks may still be running
Get-CogVideoResult -Id $fromText.Id, $fromPicture.Id | Format-Table

# What the page leaves to its readers: wait until both have ended
$fromText, $fromPicture | Wait-CogVideo | Format-List
