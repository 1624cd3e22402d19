//! The report at the end: a table for people, the same as JSON for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    check::Findings,
    import::Rows,
    lag::{self, Lag},
    lifecycle::Present,
    pace::Pace,
    tally::Calls,
};

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    /// The scenario.
    pub(super) scenario: &'static str,
    /// The deployment.
    pub(super) endpoint: String,
    /// Callers that begin again when answered; absent in an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) concurrency: Option<usize>,
    /// Calls that are begun a second; absent in a closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<u32>,
    /// True if they come in spikes, of which the highest has that rate.
    pub(super) spikes: bool,
    /// When calls began to be counted (RFC 3339).
    pub(super) began_at: String,
    /// How long calls were begun.
    pub(super) seconds: f64,
    /// Service acts that were rated over and over; 0 where each has its own.
    pub(super) acts: usize,
    /// Who handled tickets; absent where nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) present: Option<Present>,
    /// What was due in an open loop and never begun, for want of a free caller: latencies are
    /// longer than they look.
    pub(super) unsent: u64,
    /// RPC by RPC.
    pub(super) calls: Vec<Calls>,
    /// The cases of an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Rows>,
    /// How far those who follow were behind; empty without the deployment's keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lags: Vec<Lag>,
    /// What the check found; absent if it was broken off.
    pub(super) check: Option<Findings>,
}

impl Report {
    /// Notes how calls began.
    pub(super) fn paced(mut self, pace: Pace) -> Self {
        match pace {
            Pace::Closed(callers) => self.concurrency = Some(callers.get()),
            Pace::Open(rate) => self.rate = Some(rate.get()),
            Pace::Spikes(highest) => {
                self.rate = Some(highest.get());
                self.spikes = true;
            }
        }
        self
    }

    /// Writes what was measured.
    pub(super) fn write_figures(&self, out: &mut dyn Write) -> io::Result<()> {
        let pace = match (self.concurrency, self.rate) {
            (Some(callers), _) => format!("{callers} callers"),
            (_, Some(rate)) if self.spikes => format!("spikes of {rate} a second at most"),
            (_, Some(rate)) => format!("{rate} a second"),
            (None, None) => String::new(),
        };
        let Self { scenario, endpoint, seconds, .. } = self;
        write!(out, "{scenario} on {endpoint}, {pace}, {seconds:.1} s")?;
        if let Some(Present { officers, agencies }) = self.present {
            write!(out, ", {officers} officers of {agencies} agencies")?;
        }
        if self.acts > 0 {
            write!(out, ", {} service acts rated in turn", self.acts)?;
        }
        writeln!(out, "\n")?;
        writeln!(
            out,
            "{:<18}{:>9}{:>13}{:>9}{:>9}{:>10}   ms{:>8}{:>9}{:>9}{:>9}{:>9}",
            "RPC",
            "sent",
            "acknowledged",
            "refused",
            "unknown",
            "/s",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "max"
        )?;
        for calls in &self.calls {
            let refused: u64 = calls.refused.values().sum();
            let unknown: u64 = calls.unknown.values().sum();
            write!(
                out,
                "{:<18}{:>9}{:>13}{refused:>9}{unknown:>9}{:>10.1}     ",
                calls.rpc, calls.sent, calls.acknowledged, calls.per_second
            )?;
            match calls.latency_ms {
                Some(ms) => writeln!(
                    out,
                    "{:>8.2}{:>9.2}{:>9.2}{:>9.2}{:>9.2}",
                    ms.p50, ms.p90, ms.p99, ms.p99_9, ms.max
                )?,
                None => writeln!(out, "{:>8}", "–")?,
            }
        }
        for calls in &self.calls {
            for (what, reasons) in [("refused", &calls.refused), ("unknown", &calls.unknown)] {
                for (reason, count) in reasons {
                    writeln!(out, "{what} {count} × {} {reason}", calls.rpc)?;
                }
            }
        }
        if self.unsent > 0 {
            writeln!(
                out,
                "unsent  {} were due and never begun: latencies are longer than these",
                self.unsent
            )?;
        }
        if let Some(rows) = &self.rows {
            writeln!(
                out,
                "cases   {} received, {} of them new, {} refused; {:.0} a second",
                rows.received, rows.created, rows.refused, rows.per_second
            )?;
            for (reason, count) in &rows.reasons {
                writeln!(out, "refused {count} × {reason} (as far as the server gave one)")?;
            }
        }
        lag::write(&self.lags, out)
    }

    /// Writes what the check found.
    pub(super) fn write_check(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(found) = &self.check else { return writeln!(out, "check   broken off") };
        if self.scenario == "loop" {
            writeln!(
                out,
                "check   {} negative ratings acknowledged: {} with one ticket, {} of these sound step \
                 by step, figures counted again, {} faults",
                found.acknowledged,
                found.listed,
                found.read_back,
                found.fault_count()
            )?;
            return write_faults(found, out);
        }
        let what = if self.rows.is_some() { "cases" } else { "ratings" };
        write!(out, "check   {} {what} acknowledged: ", found.acknowledged)?;
        if self.rows.is_none() {
            write!(out, "{} read back, {} listed once, ", found.read_back, found.listed)?;
        }
        writeln!(out, "{} sent again, {} faults", found.sent_again, found.fault_count())?;
        write_faults(found, out)
    }
}

fn write_faults(found: &Findings, out: &mut dyn Write) -> io::Result<()> {
    if found.perhaps > 0 {
        let Findings { perhaps, found, late, .. } = found;
        writeln!(
            out,
            "check   {perhaps} without an answer: {found} had been taken, {late} were taken now"
        )?;
    }
    for (fault, count) in &found.faults {
        writeln!(out, "fault   {count} × {fault}")?;
    }
    for example in &found.examples {
        writeln!(out, "fault   {example}")?;
    }
    out.flush()
}
