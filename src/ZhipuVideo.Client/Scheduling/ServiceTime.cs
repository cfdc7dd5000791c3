using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Scheduling;

/// <summary>What was seen of one job, in logarithms of its age in seconds.</summary>
/// <param name="Index">Its place in the order of submission.</param>
/// <param name="Low">When it was last seen running, at least <see cref="ServiceTime.MinSeconds"/>.</param>
/// <param name="High">When it was seen ended; positive infinity while it runs.</param>
internal readonly record struct Observation(int Index, double Low, double High)
{
    internal bool IsRunning => double.IsInfinity(High);

    /// <summary>When it ended, as far as is known, or was last seen running.</summary>
    internal double Imputed => IsRunning ? Low : Math.Log((Math.Exp(Low) + Math.Exp(High)) / 2);
}

/// <summary>What is believed of the time that a job takes: a distribution fitted to what was seen, and the pace of polls that follows.
/// All ages are seconds.</summary>
// Log-normal. No end is ever seen, only that a job still ran at one poll and had ended at the next, and of a running job only that it
// takes longer than its age: the likelihood of such intervals, which is concave in mu / sigma and 1 / sigma (Burridge 1981), is climbed
// by Newton's method from the last fit, mostly in two steps. A small slow part, S(t) = 1 / (1 + t / 3 median), stands for jobs that are
// stuck: what it explains better counts that much less for the log-normal, and it keeps the hazard of a stuck job low.
// Where ends fall otherwise than fitted (two kinds of jobs in one class) the hazard is corrected per cell of log time by
// (seen + r) / (expected + r), where 1 / r is how much more the cells scatter than chance would let them (empirical Bayes: gamma and
// Poisson); where the fit is good, r is large and nothing is corrected.
internal sealed class ServiceTime
{
    /// <summary>Nothing ends sooner: an answer takes that long.</summary>
    internal const double MinSeconds = 0.1;

    private const double SlowPart = 0.002, SlowScale = 3;
    private const double PriorJobs = 0.1, PriorSpreadJobs = 3, PriorFreedom = 3;
    private const double MinSigma = 0.05, MaxSigma = 1.5, Converged = 0.01, Tiny = 1e-300;
    private const int MaxSteps = 12;

    // The pace is tabulated at nodes in units of sigma around the median; beyond the last one only the slow part is left
    private const double LowestZ = -6, NodeStep = 0.125;
    private const int Nodes = 97, NodesPerCell = 3, Cells = (Nodes - 1) / NodesPerCell;
    private const double MinShrinkage = 0.5, MaxShrinkage = 1000;
    private static readonly double[] NodeDensity = AtNodes(Density);
    private static readonly double[] NodeTail = AtNodes(Tail);

    private readonly double _priorMu;
    private readonly double _priorSigma;
    private readonly double[] _age = new double[Nodes];
    private readonly double[] _hazard = new double[Nodes];
    private readonly double[] _pace = new double[Nodes]; // integral of sqrt(hazard / 2)
    private readonly double[] _expected = new double[Cells];
    private readonly double[] _seen = new double[Cells];
    private double _mu;
    private double _sigma;

    /// <param name="median">What is believed before anything was seen, seconds.</param>
    /// <param name="sigma">Spread of the logarithm.</param>
    internal ServiceTime(double median, double sigma)
    {
        _mu = _priorMu = Math.Log(median);
        _sigma = _priorSigma = sigma;
        Tabulate();
        Integrate();
    }

    internal double Median => Math.Exp(_mu);

    internal double Mean => Math.Exp(_mu + _sigma * _sigma / 2);

    private double SlowAge => SlowScale * Median;

    /// <summary>The age at which the integral of sqrt(hazard / 2) has grown by <paramref name="growth"/> since <paramref name="age"/>.</summary>
    internal double Advance(double age, double growth)
    {
        double target = PaceAt(age) + growth;
        double beyond = target - _pace[Nodes - 1];
        if (beyond < 0) return Interpolate(_pace, _age, target);
        double root = Math.Sqrt(SlowAge + _age[Nodes - 1]) + beyond / Math.Sqrt(2);
        return root * root - SlowAge;
    }

    internal void Fit(List<Observation> jobs)
    {
        // Where a fresh start in the middle of what was seen explains more than the last fit, times have changed: begin there
        double fresh = SampleMedian(jobs);
        if (Likelihood(fresh, _priorSigma, jobs) > Likelihood(_mu, _sigma, jobs)) (_mu, _sigma) = (fresh, _priorSigma);
        bool isMoving = true;
        for (int step = 0; isMoving && step < MaxSteps; step++) isMoving = NewtonStep(jobs);
        Tabulate();
        Correct(jobs);
        Integrate();
    }

    private static double[] AtNodes(Func<double, double> function) => [.. Enumerable.Range(0, Nodes).Select(i => function(LowestZ + i * NodeStep))];

    private static double Density(double z) => Math.Exp(-z * z / 2) * 0.3989422804014327;

    /// <summary>Upper tail of the normal distribution, Abramowitz and Stegun 26.2.17 (error below 7.5e-8).</summary>
    private static double Tail(double z)
    {
        double t = 1 / (1 + 0.2316419 * Math.Abs(z));
        double tail = Density(z) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z < 0 ? 1 - tail : tail;
    }

    /// <summary>Mass of the standard normal within (a, b], and for k = 0..3 how much less z^k density(z) is at b than at a, over that
    /// mass: slopes and bends of the likelihood are made of these.</summary>
    private static (double Mass, double D0, double D1, double D2, double D3) Interval(double a, double b)
    {
        if (b - a < 0.25)
        {
            // The limits for a narrow interval around z
            double z = (a + b) / 2, square = z * z;
            return (Density(z) * (b - a), z, square - 1, z * (square - 2), square * (square - 3));
        }
        double far = a > 4 ? a : b < -4 ? b : 0;
        if (far != 0)
        {
            // Far out only the end nearer to the middle counts: Mills' ratio
            double inverse = 1 / far, ratio = far + inverse * (1 - 2 * inverse * inverse);
            return (Density(far) / Math.Abs(ratio), ratio, far * ratio, far * far * ratio, far * far * far * ratio);
        }
        bool isOpen = double.IsInfinity(b);
        double mass = Tail(a) - (isOpen ? 0 : Tail(b)), atA = Density(a) / mass, atB = isOpen ? 0 : Density(b) / mass;
        if (isOpen) b = 0;
        return (mass, atA - atB, a * atA - b * atB, a * a * atA - b * b * atB, a * a * a * atA - b * b * b * atB);
    }

    private static double SlowMass(Observation job, double slowAge) =>
        slowAge / (slowAge + Math.Exp(job.Low)) - (job.IsRunning ? 0 : slowAge / (slowAge + Math.Exp(job.High)));

    private static double SampleMedian(List<Observation> jobs)
    {
        double[] ages = [.. jobs.Select(static job => job.Imputed).Where(static age => age > Math.Log(MinSeconds)).OrderBy(static age => age)];
        return ages.Length == 0 ? double.NaN : ages[ages.Length / 2];
    }

    private static double Interpolate(double[] from, double[] to, double x)
    {
        int i = Array.BinarySearch(from, x);
        i = Math.Max(1, i < 0 ? ~i : i);
        return to[i - 1] + (x - from[i - 1]) / (from[i] - from[i - 1]) * (to[i] - to[i - 1]);
    }

    private double Likelihood(double mu, double sigma, List<Observation> jobs)
    {
        double off = (mu - _priorMu) / _priorSigma;
        double sum = -PriorFreedom / 2 * Math.Log(1 + PriorJobs * off * off / PriorFreedom);
        double slowAge = SlowScale * Math.Exp(mu);
        foreach (Observation job in jobs)
        {
            double mass = Interval((job.Low - mu) / sigma, (job.High - mu) / sigma).Mass;
            sum += Math.Log(mass + SlowPart * SlowMass(job, slowAge) + Tiny);
        }
        return sum;
    }

    /// <summary>One step of Newton's method in mu / sigma and 1 / sigma; false when it hardly moved.</summary>
    private bool NewtonStep(List<Observation> jobs)
    {
        double slowAge = SlowAge;
        // The prior: a tenth of a job around its median, with the far tails of Student's distribution so that it yields when it is wrong by a
        // factor of a hundred, and three jobs that know only the spread
        double ratio = _priorSigma / _sigma, square = ratio * ratio;
        double off = (_priorMu - _mu) / _priorSigma;
        double priorJobs = PriorJobs / (1 + PriorJobs * off * off / PriorFreedom);
        double muSlope = priorJobs * off / ratio, muBend = priorJobs / square;
        double scaleSlope = PriorSpreadJobs * (1 - square), scaleBend = PriorSpreadJobs * (1 + square);
        double crossBend = 0;
        foreach (Observation job in jobs)
        {
            (double mass, double d0, double d1, double d2, double d3) = Interval((job.Low - _mu) / _sigma, (job.High - _mu) / _sigma);
            double weight = mass / (mass + SlowPart * SlowMass(job, slowAge) + Tiny);
            muSlope += weight * d0;
            scaleSlope -= weight * d1;
            muBend += weight * (d0 * d0 - d1);
            crossBend += weight * (d2 - d0 * d1);
            scaleBend += weight * (d1 * d1 - d3);
        }
        double determinant = muBend * scaleBend - crossBend * crossBend;
        double muStep = (scaleBend * muSlope - crossBend * scaleSlope) / determinant;
        double scaleStep = (muBend * scaleSlope - crossBend * muSlope) / determinant;
        // Never leap further than what the last fit can know of
        double scale = 1 + Math.Max(-0.4, Math.Min(0.7, scaleStep));
        _mu += Math.Max(-2, Math.Min(2, muStep)) * _sigma / scale;
        _sigma = Math.Min(MaxSigma, Math.Max(MinSigma, _sigma / scale));
        return Math.Abs(muStep) > Converged || Math.Abs(scaleStep) > Converged;
    }

    private void Tabulate()
    {
        double slowAge = SlowAge, age = Math.Exp(_mu + LowestZ * _sigma), step = Math.Exp(NodeStep * _sigma);
        for (int i = 0; i < Nodes; i++, age *= step)
        {
            double slow = slowAge / (slowAge + age);
            double density = (1 - SlowPart) * NodeDensity[i] / (_sigma * age) + SlowPart * slow / (slowAge + age);
            _age[i] = age;
            _hazard[i] = density / ((1 - SlowPart) * NodeTail[i] + SlowPart * slow);
        }
    }

    private void Correct(List<Observation> jobs)
    {
        Array.Clear(_expected, 0, Cells);
        Array.Clear(_seen, 0, Cells);
        foreach (Observation job in jobs)
        {
            // Cells lived through, in full and in part
            double cell = ((job.Imputed - _mu) / _sigma - LowestZ) / (NodeStep * NodesPerCell);
            for (int j = 0; j < Cells && j < cell; j++) _expected[j] += Math.Min(1, cell - j);
            if (!job.IsRunning && cell >= 0 && cell < Cells) _seen[(int)cell]++;
        }
        double scatter = 0, chance = Tiny;
        for (int j = 0; j < Cells; j++)
        {
            double hazard = 0;
            for (int k = j * NodesPerCell; k < (j + 1) * NodesPerCell; k++)
                hazard += (_hazard[k] + _hazard[k + 1]) / 2 * (_age[k + 1] - _age[k]);
            double expected = _expected[j] *= hazard;
            scatter += (_seen[j] - expected) * (_seen[j] - expected) - expected;
            chance += expected * expected;
        }
        double shrinkage = scatter <= 0 ? MaxShrinkage : Math.Min(MaxShrinkage, Math.Max(MinShrinkage, chance / scatter));
        for (int k = 0; k < Nodes - 1; k++)
        {
            int cell = k / NodesPerCell;
            _hazard[k] *= (_seen[cell] + shrinkage) / (_expected[cell] + shrinkage);
        }
    }

    private void Integrate()
    {
        for (int i = 1; i < Nodes; i++) _pace[i] = _pace[i - 1] + Math.Sqrt((_hazard[i - 1] + _hazard[i]) / 4) * (_age[i] - _age[i - 1]);
    }

    private double PaceAt(double age)
    {
        double last = _age[Nodes - 1];
        return age <= _age[0] ? 0
            : age >= last ? _pace[Nodes - 1] + Math.Sqrt(2) * (Math.Sqrt(SlowAge + age) - Math.Sqrt(SlowAge + last))
            : Interpolate(_age, _pace, age);
    }
}
