//! Honest days, of which next to none is flagged, and planted fraud, which is found with its evidence.

mod forged;
mod halls;
mod honest;
mod planted;

use jiff::{Timestamp, civil::Date};

use super::*;

/// Random numbers that are the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    fn uniform(&mut self) -> f64 {
        tail::real(self.next() >> 11) / tail::real(1 << 53)
    }

    fn happens(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
    }

    /// Marsaglia and Tsang's method.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let u = 1.0 - self.uniform();
            return self.gamma(shape + 1.0) * u.powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < x * x / 2.0 + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// Wednesday.
pub(super) const DAY: Date = jiff::civil::date(2026, 3, 4);

/// An instant of that day, by a clock in China.
pub(super) fn at(hour: u32, micros: u64) -> Timestamp {
    let midnight: Timestamp = "2026-03-03T16:00:00Z".parse().unwrap();
    let micros = u64::from(hour) * 3_600_000_000 + micros;
    midnight + jiff::SignedDuration::from_micros(i64::try_from(micros).unwrap())
}

/// An evaluator's rating at that instant, otherwise without anything unusual.
pub(super) fn rated(n: u64, level: Level, given_at: Timestamp) -> Seen {
    Seen {
        rating: n.into(),
        rater: n,
        agency: 0,
        level,
        origin: Origin::Active,
        channel: Some(Channel::Evaluator),
        received_at: given_at + jiff::SignedDuration::from_millis(40),
        device_at: Some(given_at),
        served_at: given_at - jiff::SignedDuration::from_secs(60),
        shown_ms: None,
        closed: None,
        contact_changed: false,
        earlier: false,
        phrase: None,
    }
}

pub(super) fn all(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().collect()
}
