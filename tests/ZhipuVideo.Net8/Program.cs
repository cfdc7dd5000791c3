using ZhipuVideo;

// One job from submission to its end, at the address and with the key given; prints the runtime and the result's state.
await using VideoBatch batch = await VideoBatch.OpenAsync(new ServiceEndpoint(ApiKey.Parse(args[1]), args[0]));
CogVideoJob job = await batch.SubmitAsync(new VideoRequest { Prompt = "一只猫在月光下", Name = "猫" });
CogVideoResult result = await batch.WaitAsync(job, new WaitOptions { TimeoutSeconds = 60 });
Console.WriteLine($"{Environment.Version.Major} {result.Status} {result.Id}");
