//! Tails of distributions: how probable so many, or more, are by chance.

use std::f64::consts::PI;

/// How many terms of a tail are added at most; by then they are far too small to matter.
const TERMS: u32 = 1_000_000;

/// A count as a number that is calculated with; counts of ratings are far below where it is inexact.
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// The logarithm of the gamma function of a positive number (Lanczos; ten digits).
pub(super) fn ln_gamma(x: f64) -> f64 {
    const FIRST: f64 = 0.999_999_999_999_809_9;
    const REST: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = FIRST;
    let mut n = 1.0;
    for factor in REST {
        sum += factor / (x + n);
        n += 1.0;
    }
    let t = x + 7.5;
    (2.0 * PI).ln() / 2.0 + (x + 0.5) * t.ln() - t + sum.ln()
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// The probability of `count` or more where counts have a negative binomial distribution: Poisson,
/// whose rate itself varies with the squared coefficient of variation `varies`. 1 up to the mean.
pub(super) fn negative_binomial(count: u64, mean: f64, varies: f64) -> f64 {
    let y = real(count);
    if y <= mean || mean <= 0.0 {
        return if y <= mean { 1.0 } else { 0.0 };
    }
    // Without any variation it is Poisson's distribution, which this size comes close to.
    let size = 1.0 / varies.max(1e-6);
    let q = mean / (size + mean);
    let first = ln_gamma(y + size) - ln_gamma(size) - ln_gamma(y + 1.0)
        + size * (size / (size + mean)).ln()
        + y * q.ln();
    tail(first.exp(), y, |j| (j + size) / (j + 1.0) * q)
}

/// The probability of `seen` or more of `of` where the share has a beta distribution. 1 up to the
/// mean.
pub(super) fn beta_binomial(seen: u64, of: u64, a: f64, b: f64) -> f64 {
    let (k, n) = (real(seen), real(of));
    if k <= n * a / (a + b) {
        return 1.0;
    }
    let first = ln_choose(n, k) + ln_beta(k + a, n - k + b) - ln_beta(a, b);
    tail(first.exp(), k, |j| match j < n {
        true => (n - j) / (j + 1.0) * (a + j) / (b + n - j - 1.0),
        false => 0.0,
    })
}

/// A term and all after it; `next` is the factor from one to the next.
fn tail(first: f64, from: f64, next: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut j) = (first, first, from);
    for _ in 0..TERMS {
        term *= next(j);
        if term <= sum * 1e-12 {
            break;
        }
        sum += term;
        j += 1.0;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-5, "{value:e}, not {expected:e}");
    }

    #[test]
    fn s03_tails_are_those_of_the_textbook() {
        near(ln_gamma(0.3), 1.095_797_994_818_076);
        near(ln_gamma(10.0), 362_880_f64.ln());
        // Poisson with mean 2: 5 or more.
        near(negative_binomial(5, 2.0, 0.0), 0.052_653_017_343_711_2);
        // Varying fully, counts are geometric: 10 or more with mean 1 is 2 to the power of -10.
        near(negative_binomial(10, 1.0, 1.0), 1.0 / 1_024.0);
        // With a uniform share every count from 0 to 9 is equally probable.
        near(beta_binomial(7, 9, 1.0, 1.0), 0.3);
        // With a share that hardly varies it is the binomial: 9 or more of 10 with one half.
        near(beta_binomial(9, 10, 5e8, 5e8), 11.0 / 1_024.0);
        near(beta_binomial(40, 40, 111.0, 5.0), {
            (0..40).map(|i| (111.0 + f64::from(i)) / (116.0 + f64::from(i))).product()
        });
        for (below, p) in [(2, negative_binomial(2, 2.0, 0.1)), (3, beta_binomial(3, 9, 1.0, 1.0))]
        {
            near(p, 1.0);
            assert!(below < 5);
        }
        near(negative_binomial(1, 0.0, 1.0) + 1.0, 1.0);
    }
}
