namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>How long jobs take in a simulation: a mixture of log-normal kinds of jobs.</summary>
internal sealed class ServiceTimes(params (double Share, double Median, double Sigma)[] kinds)
{
    internal ServiceTimes(double median, double sigma)
        : this((1, median, sigma))
    {
    }

    internal double Mean => kinds.Sum(kind => kind.Share * kind.Median * Math.Exp(kind.Sigma * kind.Sigma / 2));

    /// <summary>B = (integral of sqrt(f S))^2 / 2: what polls x lag can be at best when polls are many.</summary>
    internal double Bound
    {
        get
        {
            const int Steps = 20_000;
            double from = Math.Log(1e-4), step = (Math.Log(1e6) - from) / Steps, sum = 0;
            for (int i = 0; i < Steps; i++)
            {
                double log = from + (i + 0.5) * step, density = 0, survival = 0;
                foreach ((double share, double median, double sigma) in kinds)
                {
                    double z = (log - Math.Log(median)) / sigma;
                    density += share * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / sigma;
                    survival += share * UpperTail(z);
                }
                // f dt = density dlog, dt = t dlog
                sum += Math.Sqrt(density * survival * Math.Exp(log)) * step;
            }

            return sum * sum / 2;
        }
    }

    internal double Next(Random random)
    {
        double pick = random.NextDouble();
        int kind = 0;
        while (kind < kinds.Length - 1 && (pick -= kinds[kind].Share) >= 0) kind++;
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return kinds[kind].Median * Math.Exp(kinds[kind].Sigma * normal);
    }

    internal double[] Next(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Next(random))];

    /// <summary>By its series (Marsaglia 2004), exact enough for any z that matters here.</summary>
    private static double UpperTail(double z)
    {
        if (Math.Abs(z) > 7) return z > 0 ? 0 : 1;
        double term = z, sum = z;
        for (int i = 3; Math.Abs(term) > 1e-17; i += 2)
        {
            term *= z * z / i;
            sum += term;
        }

        return 0.5 - sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
    }
}
