using System;

namespace ZhipuVideo.Polling;

/// <summary>What is believed of the time a job takes: a distribution fitted to what was seen, and the pace of looks that follows.</summary>
// Log-normal, fitted by expectation and maximisation (Dempster, Laird, Rubin 1977) on log T: no end is ever seen, only that the job still
// ran at one look and had ended at the next, and of a running job only that it takes longer than its age. A small slow part,
// S(t) = 1 / (1 + t / 3 e^m), stands for jobs that are stuck: what it explains better does not count for the log-normal. Where ends fall
// otherwise than fitted (two kinds of jobs in one class) the hazard is corrected per cell of log time by (seen + 2) / (expected + 2).
internal sealed class ServiceTime
{
    private const double SlowPart = 0.002, SlowScale = 3;
    private const double PriorJobs = 0.1, PriorSpreadJobs = 1;
    private const double SmallestSigma = 0.05, LargestSigma = 2.5;
    private const double StartSigma = 0.4;
    private const int MostSteps = 12;

    // The table of the pace: nodes in units of sigma around the median, cells of corrected hazard four nodes wide
    private const double LowestZ = -6, NodeStep = 0.125;
    private const int Nodes = 97, NodesPerCell = 4, Cells = (Nodes - 1) / NodesPerCell;
    private static readonly double[] NodeDensity = Array.ConvertAll(NodePositions(), Density);
    private static readonly double[] NodeTail = Array.ConvertAll(NodePositions(), Tail);

    private readonly double _priorMu;
    private readonly double _priorSigma;
    private readonly double[] _age = new double[Nodes];
    private readonly double[] _hazard = new double[Nodes];
    private readonly double[] _pace = new double[Nodes]; // integral of sqrt(hazard / 2)
    private readonly double[] _atRisk = new double[Cells];
    private readonly double[] _seen = new double[Cells];
    private double _mu;
    private double _sigma;
    private double _slowAge; // 3 e^m

    internal ServiceTime(double median, double sigma)
    {
        _mu = _priorMu = Math.Log(median);
        _sigma = _priorSigma = sigma;
        Tabulate(_sigma);
        Integrate();
    }

    /// <summary>Seconds.</summary>
    internal double Median => Math.Exp(_mu);

    /// <summary>Spread of the logarithm.</summary>
    internal double Sigma => _sigma;

    /// <summary>Seconds.</summary>
    internal double Mean => Math.Exp(_mu + _sigma * _sigma / 2);

    /// <summary>The age at which the integral of sqrt(hazard / 2) has grown by <paramref name="growth"/> since <paramref name="age"/>.</summary>
    internal double Advance(double age, double growth)
    {
        double target = PaceAt(age) + growth;
        double last = _pace[Nodes - 1];
        if (target >= last)
        {
            double root = Math.Sqrt(_slowAge + _age[Nodes - 1]) + (target - last) / Math.Sqrt(2);
            return root * root - _slowAge;
        }

        int i = Above(_pace, target);
        return _age[i - 1] + (target - _pace[i - 1]) / (_pace[i] - _pace[i - 1]) * (_age[i] - _age[i - 1]);
    }

    /// <summary>Fits to what was seen of jobs: the logarithms of an age at which each still ran and of one at which it had ended
    /// (positive infinity: still running).</summary>
    internal void Fit(double[] low, double[] high, int count)
    {
        // Where the last fit explains less than a fresh start in the middle of what was seen, times have changed: begin there
        double start = Middle(low, high, count);
        if (Likelihood(start, StartSigma, low, high, count) > Likelihood(_mu, _sigma, low, high, count))
        {
            _mu = start;
            _sigma = StartSigma;
        }

        double weights = 0;
        for (int step = 0; step < MostSteps; step++)
        {
            (double mu, double sigma) = (_mu, _sigma);
            weights = Improve(low, high, count);
            if (Math.Abs(_mu - mu) < 0.01 * sigma && Math.Abs(_sigma - sigma) < 0.01 * sigma)
            {
                break;
            }
        }

        double spread = Math.Min(LargestSigma, _sigma * Math.Sqrt(1 + 1 / (weights + 1)));
        Tabulate(spread);
        Correct(low, high, count, spread);
        Integrate();
    }

    private static double[] NodePositions()
    {
        double[] z = new double[Nodes];
        for (int i = 0; i < Nodes; i++)
        {
            z[i] = LowestZ + i * NodeStep;
        }

        return z;
    }

    private static double Density(double z) => Math.Exp(-z * z / 2) * 0.3989422804014327;

    /// <summary>Upper tail of the normal distribution, Abramowitz and Stegun 26.2.17 (error below 7.5e-8).</summary>
    private static double Tail(double z)
    {
        double t = 1 / (1 + 0.2316419 * Math.Abs(z));
        double tail = Density(z) * t
            * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z < 0 ? 1 - tail : tail;
    }

    /// <summary>Index of the first value above x in a rising table; x lies within.</summary>
    private static int Above(double[] table, double x)
    {
        int i = Array.BinarySearch(table, x);
        return Math.Min(Math.Max(i < 0 ? ~i : i + 1, 1), table.Length - 1);
    }

    private static double Middle(double[] low, double[] high, int count)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = double.IsInfinity(high[i]) ? low[i] : Math.Log((Math.Exp(low[i]) + Math.Exp(high[i])) / 2);
        }

        Array.Sort(values);
        return values[count / 2];
    }

    /// <summary>Mass, mean and variance of the standard normal within (a, b].</summary>
    private static (double Mass, double Mean, double Variance) Truncated(double a, double b)
    {
        if (b - a < 0.25)
        {
            double middle = (a + b) / 2;
            return (Density(middle) * (b - a), middle, (b - a) * (b - a) / 12);
        }

        if (a > 4 || b < -4)
        {
            // Far out the density falls off like an exponential from the end that is nearer to the middle
            double near = a > 4 ? a : b;
            double mean = 1 / Math.Abs(near);
            return (Density(near) * mean, near + (a > 4 ? Math.Min(mean, (b - a) / 2) : -Math.Min(mean, (b - a) / 2)), mean * mean);
        }

        double densityA = double.IsInfinity(a) ? 0 : Density(a), densityB = double.IsInfinity(b) ? 0 : Density(b);
        double mass = (double.IsInfinity(a) ? 1 : Tail(a)) - (double.IsInfinity(b) ? 0 : Tail(b));
        double expected = (densityA - densityB) / mass;
        double edges = (densityA > 0 ? a * densityA : 0) - (densityB > 0 ? b * densityB : 0);
        return (mass, expected, Math.Max(0, 1 + edges / mass - expected * expected));
    }

    private static double SlowMass(double low, double high, double slowAge) =>
        slowAge / (slowAge + Math.Exp(low)) - (double.IsInfinity(high) ? 0 : slowAge / (slowAge + Math.Exp(high)));

    private double Likelihood(double mu, double sigma, double[] low, double[] high, int count)
    {
        double z = (mu - _priorMu) / _priorSigma;
        double sum = -PriorJobs * z * z / 2;
        double slowAge = SlowScale * Math.Exp(mu);
        for (int i = 0; i < count; i++)
        {
            double mass = Truncated((low[i] - mu) / sigma, (high[i] - mu) / sigma).Mass;
            sum += Math.Log(mass + SlowPart * SlowMass(low[i], high[i], slowAge) + 1e-300);
        }

        return sum;
    }

    /// <summary>One step of expectation and maximisation; returns how many jobs the log-normal explains.</summary>
    private double Improve(double[] low, double[] high, int count)
    {
        double slowAge = SlowScale * Math.Exp(_mu);
        double jobs = 0, sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
        {
            (double mass, double mean, double variance) = Truncated((low[i] - _mu) / _sigma, (high[i] - _mu) / _sigma);
            double weight = mass / (mass + SlowPart * SlowMass(low[i], high[i], slowAge) + 1e-300);
            jobs += weight;
            sum += weight * mean;
            squares += weight * (mean * mean + variance);
        }

        // In units of the last fit, around its median
        double prior = (_priorMu - _mu) / _sigma;
        double shift = (sum + PriorJobs * prior) / (jobs + PriorJobs);
        double around = squares - 2 * shift * sum + jobs * shift * shift;
        double ratio = _priorSigma / _sigma;
        double spread = (around + PriorSpreadJobs * ratio * ratio) / (jobs + PriorSpreadJobs);
        _mu += shift * _sigma;
        _sigma = Math.Min(LargestSigma, Math.Max(SmallestSigma, _sigma * Math.Sqrt(spread)));
        return jobs;
    }

    private void Tabulate(double spread)
    {
        _slowAge = SlowScale * Median;
        double age = Math.Exp(_mu + LowestZ * spread), step = Math.Exp(NodeStep * spread);
        for (int i = 0; i < Nodes; i++, age *= step)
        {
            double slow = _slowAge / (_slowAge + age);
            double density = (1 - SlowPart) * NodeDensity[i] / (spread * age) + SlowPart * slow / (_slowAge + age);
            _age[i] = age;
            _hazard[i] = density / ((1 - SlowPart) * NodeTail[i] + SlowPart * slow);
        }
    }

    private void Correct(double[] low, double[] high, int count, double spread)
    {
        Array.Clear(_atRisk, 0, Cells);
        Array.Clear(_seen, 0, Cells);
        for (int i = 0; i < count; i++)
        {
            bool ended = !double.IsInfinity(high[i]);
            double at = ended ? Math.Log((Math.Exp(low[i]) + Math.Exp(high[i])) / 2) : low[i];
            double cell = ((at - _mu) / spread - LowestZ) / (NodeStep * NodesPerCell);
            for (int j = 0; j < Cells && j < cell; j++)
            {
                _atRisk[j] += Math.Min(1, cell - j);
            }

            if (ended && cell >= 0 && cell < Cells)
            {
                _seen[(int)cell]++;
            }
        }

        for (int j = 0; j < Cells; j++)
        {
            double expected = 0;
            for (int k = j * NodesPerCell; k < (j + 1) * NodesPerCell; k++)
            {
                expected += (_hazard[k] + _hazard[k + 1]) / 2 * (_age[k + 1] - _age[k]);
            }

            _seen[j] = (_seen[j] + 2) / (expected * _atRisk[j] + 2);
        }

        for (int k = 0; k < Nodes - 1; k++)
        {
            _hazard[k] *= _seen[k / NodesPerCell];
        }
    }

    private void Integrate()
    {
        _pace[0] = 0;
        for (int i = 1; i < Nodes; i++)
        {
            _pace[i] = _pace[i - 1] + Math.Sqrt((_hazard[i - 1] + _hazard[i]) / 4) * (_age[i] - _age[i - 1]);
        }
    }

    private double PaceAt(double age)
    {
        if (age <= _age[0])
        {
            return 0;
        }

        if (age >= _age[Nodes - 1])
        {
            return _pace[Nodes - 1] + Math.Sqrt(2) * (Math.Sqrt(_slowAge + age) - Math.Sqrt(_slowAge + _age[Nodes - 1]));
        }

        int i = Above(_age, age);
        return _pace[i - 1] + (age - _age[i - 1]) / (_age[i] - _age[i - 1]) * (_pace[i] - _pace[i - 1]);
    }
}
