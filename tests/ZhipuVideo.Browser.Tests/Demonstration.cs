namespace ZhipuVideo.Browser.Tests;

/// <summary>A night's work that a person might have: mostly good, a few not.</summary>
internal static class Demonstration
{
    private static readonly (string Name, string Prompt)[] English =
    [
        ("harbour-dawn", "Dawn over a small fishing harbour, mist on the water, boats rocking slowly, gulls crossing the frame, " +
            "the camera gliding forward at the height of the masts"),
        ("tea-terraces", "Tea terraces after rain, a farmer in a straw hat walks along the ridge, drone shot rising over the valley"),
        ("paper-lanterns", "Paper lanterns drift up into a violet evening sky, one after another, close-up to wide"),
        ("desert-night", "A clear night in the desert, stars turning slowly above the dunes, time-lapse, no people"),
        ("bamboo-wind", "Wind moves through a bamboo grove, light flickers on the path, gentle hand-held camera"),
        ("snow-train", "A red train crosses a snowy plain towards the mountains, seen from far away, soft morning light"),
        ("koi-pond", "Koi turn beneath lotus leaves, ripples break the reflection of a wooden bridge"),
        ("lighthouse-storm", "A lighthouse stands against a winter storm, waves break over the rocks, its beam sweeps across the clouds"),
        ("kite-hill", "Children run up a green hill with a swallow kite, low sun behind them"),
        ("market-steam", "Steam rises from baskets of dumplings in a morning market, shallow focus, warm light"),
        ("glacier-melt", "Melting ice at the tongue of a glacier, drops fall in slow motion, blue light from within"),
        ("city-rain", "Rain on a city street at night, umbrellas from above, neon in the puddles"),
    ];

    private static readonly (string Name, string Prompt)[] Chinese =
    [
        ("渔港清晨", "清晨的小渔港，水面薄雾缭绕，渔船轻轻摇晃，海鸥掠过画面，镜头以桅杆的高度缓缓向前推进"),
        ("雨后茶山", "雨后的茶山梯田，戴草帽的茶农沿着田埂行走，航拍镜头升起，展现整个山谷"),
        ("孔明灯", "一盏盏孔明灯飘向紫色的夜空，镜头由近及远"),
        ("大漠星夜", "晴朗的沙漠之夜，星空在沙丘之上缓缓旋转，延时摄影，画面中没有人物"),
        ("风过竹林", "风穿过竹林，光斑在小径上闪烁，手持镜头，节奏轻柔"),
        ("雪原列车", "红色列车穿过雪原驶向远山，远景，柔和的晨光"),
        ("荷塘锦鲤", "锦鲤在荷叶下转身，涟漪打碎木桥的倒影"),
        ("风暴灯塔", "冬季风暴中的灯塔，巨浪拍打礁石，光束扫过云层"),
        ("山坡纸鸢", "孩子们牵着沙燕风筝跑上绿色山坡，夕阳在身后"),
        ("早市蒸汽", "早市里一笼笼包子冒着热气，浅景深，暖色光线"),
        ("冰川消融", "冰川末端的融冰，水滴以慢动作落下，冰层透出蓝光"),
        ("雨夜街头", "雨夜的城市街道，俯拍雨伞，霓虹映在水洼里"),
    ];

    /// <summary>With its page.</summary>
    internal static Batch Create(string culture)
    {
        Batch batch = new();
        double[] seconds = [41.8, 38.2, 44.6, 40.1, 97.4, 36.9, 42.3, 12.1, 39.5, 43.7, 0, 126.4];
        int place = 0;
        foreach ((string name, string prompt) in culture == "zh-CN" ? Chinese : English)
        {
            int number = place++;
            CogVideoResult result = number switch
            {
                7 => batch.Add(name, CogVideoStatus.Fail, seconds[number]),
                10 => batch.Add(name, CogVideoStatus.Unconfirmed),
                _ => batch.AddSaved(name, seconds[number]),
            };
            result.Prompt = prompt;
            if (number % 3 != 0)
            {
                result.Model = "cogvideox-2";
                result.Size = number % 2 == 0 ? "1920x1080" : "1280x960";
                result.Fps = number % 2 == 0 ? 60 : 30;
                result.Quality = "quality";
            }
            result.Duration = number % 5 == 4 ? 10 : 5;
            result.WithAudio = number % 4 == 0 ? true : null;
            if (result.SavedPath is not null)
            {
                // As it was asked for, but for one that came in half its length and one in silence
                string[] size = (result.Size ?? "1280x720").Split('x');
                result.Width = int.Parse(size[0], CultureInfo.InvariantCulture);
                result.Height = int.Parse(size[1], CultureInfo.InvariantCulture);
                result.DurationSec = number == 4 ? 5.04 : result.Duration;
                result.ActualFps = result.Fps ?? 30;
                result.HasAudio = result.WithAudio == true && number != 0;
            }
            if (number == 7)
            {
                result.ErrorCode = "1301";
                result.ErrorMessage = "系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。";
            }
        }
        batch.Write();
        return batch;
    }
}
