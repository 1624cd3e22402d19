//! Every metric there is. Names are those of OpenTelemetry's semantic conventions where these have one, units
//! by UCUM. What Prometheus calls them is in the table of `deploy/README.md`, which a test compares with what a
//! process shows. Labels have few values, and never a person, an act or an address.

use opentelemetry::{KeyValue, StringValue, metrics::AsyncInstrument};

/// How a metric is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// What is so now.
    Gauge,
    /// What only grows.
    Counter,
    /// What happened, by size; the bounds of the sizes.
    Histogram(&'static [f64]),
}

/// A metric.
#[derive(Debug, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Its unit; what is counted in braces.
    pub unit: &'static str,
    /// How it is read.
    pub kind: Kind,
    /// What it says.
    pub about: &'static str,
}

impl Measure {
    /// It is so much.
    #[must_use]
    pub fn is(&'static self, value: f64) -> Reading {
        Reading { of: self, value, labels: Vec::new() }
    }
}

/// A metric's value now.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    of: &'static Measure,
    value: f64,
    labels: Vec<KeyValue>,
}

impl Reading {
    /// So many.
    #[must_use]
    pub fn count(of: &'static Measure, n: u64) -> Self {
        // Counts beyond 2^32 are of no use to anybody.
        of.is(u32::try_from(n).map_or(f64::INFINITY, f64::from))
    }

    /// With a label; the values of one label are few.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<StringValue>) -> Self {
        self.labels.push(KeyValue::new(label, value.into()));
        self
    }

    /// What it is of, and how much.
    #[must_use]
    pub fn value(&self) -> (&'static str, f64) {
        (self.of.name, self.value)
    }

    /// Shows it, if it is of this metric.
    pub(super) fn show(&self, measure: &'static Measure, observer: &dyn AsyncInstrument<f64>) {
        if std::ptr::eq(self.of, measure) {
            observer.observe(self.value, &self.labels);
        }
    }
}

/// Labels of our own metrics. Not `service`: Prometheus itself writes that.
pub const SERVICE: &str = "pingyi.service";
/// The service whose facts they are.
pub const PRODUCER: &str = "pingyi.producer";
/// Why facts are set aside.
pub const REASON: &str = "pingyi.reason";
/// The state of a ticket or terminal.
pub const STATE: &str = "pingyi.state";
/// The level of a rating; `none` of what is no rating.
pub const LEVEL: &str = "pingyi.level";
/// The channel of a rating.
pub const CHANNEL: &str = "pingyi.channel";
/// To whom is reported: `upper` or `national`.
pub const PLATFORM: &str = "pingyi.platform";
/// What is wrong.
pub const TROUBLE: &str = "pingyi.trouble";
/// Whose facts, or which job, it is about.
pub const ABOUT: &str = "pingyi.about";

/// A value of an enum of the contracts as a label has it: `TICKET_STATE_OPENED` is `opened`.
#[must_use]
pub fn name_of(value: &str, prefix: &str) -> String {
    value.strip_prefix(prefix).unwrap_or(value).to_ascii_lowercase()
}

/// The bounds that the conventions name for durations.
const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const BATCHES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Declares metrics, each as a constant of its own, and all of them as [`ALL`].
macro_rules! measures {
    ($($id:ident = $name:literal, $unit:literal, $kind:expr, $about:literal;)*) => {
        $(#[doc = $about] pub static $id: Measure =
            Measure { name: $name, unit: $unit, kind: $kind, about: $about };)*
        /// Every metric.
        pub static ALL: &[&Measure] = &[$(&$id),*];
    };
}

measures! {
    RPC_DURATION = "rpc.server.call.duration", "s", Kind::Histogram(SECONDS),
        "How long calls took, of a stream until it was open, by method and status.";
    CONNECTIONS = "db.client.connection.count", "{connection}", Kind::Gauge,
        "Connections to the store, used and idle.";
    CONNECTIONS_MOST = "db.client.connection.max", "{connection}", Kind::Gauge,
        "How many connections to the store there can be.";
    CPU = "process.cpu.time", "s", Kind::Counter,
        "Processor time, in the program and in the kernel.";
    MEMORY = "process.memory.usage", "By", Kind::Gauge,
        "Physical memory in use.";
    THREADS = "process.thread.count", "{thread}", Kind::Gauge,
        "Threads.";
    DESCRIPTORS = "process.unix.file_descriptor.count", "{file_descriptor}", Kind::Gauge,
        "Open file descriptors.";
    DESCRIPTORS_MOST = "pingyi.process.file_descriptor.limit", "{file_descriptor}", Kind::Gauge,
        "How many file descriptors the process may have.";
    UPTIME = "process.uptime", "s", Kind::Gauge,
        "How long the process has run.";
    LOOK_DONE = "pingyi.look.success", "1", Kind::Gauge,
        "Whether what follows of a service could be read from its store: 1, else 0 and it is missing.";
    TROUBLES = "pingyi.trouble.count", "{trouble}", Kind::Gauge,
        "What is wrong with a service now: how many things.";
    TROUBLE_AGE = "pingyi.trouble.age", "s", Kind::Gauge,
        "Since when something is wrong, by what.";
    FACTS_WRITTEN = "pingyi.fact.written.position", "{fact}", Kind::Gauge,
        "The position of the last fact that a service wrote.";
    FACTS_APPLIED = "pingyi.fact.applied.position", "{fact}", Kind::Gauge,
        "The position of the last fact of a producer that a service applied.";
    FACTS_ASIDE = "pingyi.fact.parked", "{fact}", Kind::Gauge,
        "Facts of a producer that a service set aside, by why: broken or unknown, or waiting for another.";
    QUEUE = "pingyi.commit.queue.length", "{rating}", Kind::Gauge,
        "Ratings that wait for their transaction.";
    QUEUE_MOST = "pingyi.commit.queue.limit", "{rating}", Kind::Gauge,
        "How many ratings may wait; more are refused.";
    QUEUE_AGE = "pingyi.commit.queue.age", "s", Kind::Gauge,
        "How long the transaction under way has kept its first rating waiting.";
    BATCH = "pingyi.commit.batch.size", "{rating}", Kind::Histogram(BATCHES),
        "Ratings that one transaction took.";
    COMMIT_DURATION = "pingyi.commit.duration", "s", Kind::Histogram(SECONDS),
        "How long a transaction of ratings took.";
    MESSAGES_WAITING = "pingyi.message.waiting", "{message}", Kind::Gauge,
        "Messages to raters that are due and not sent.";
    MESSAGES_AGE = "pingyi.message.waiting.age", "s", Kind::Gauge,
        "How long the first of them has been due.";
    MESSAGES_DEAD = "pingyi.message.dead", "{message}", Kind::Gauge,
        "Messages to raters that are not tried any more.";
    TERMINALS = "pingyi.terminal.count", "{terminal}", Kind::Gauge,
        "Registered terminals, and those among them that are silent.";
    TICKETS = "pingyi.ticket.open", "{ticket}", Kind::Gauge,
        "Tickets that are not closed, by state.";
    OVERDUE = "pingyi.deadline.overdue", "{deadline}", Kind::Gauge,
        "Deadlines of tickets that have passed and still run.";
    OVERDUE_AGE = "pingyi.deadline.overdue.age", "s", Kind::Gauge,
        "How long ago the first of them passed.";
    EXCHANGE_WAITING = "pingyi.exchange.waiting", "{fact}", Kind::Gauge,
        "Facts that a platform above has no receipt for.";
    EXCHANGE_AGE = "pingyi.exchange.lag", "s", Kind::Gauge,
        "How long the first rating of a level has waited for a receipt from above.";
    RECORDS_HELD = "pingyi.record.held", "{record}", Kind::Gauge,
        "Records for the national interface that are held back or were refused.";
    PROOF_AGE = "pingyi.proof.age", "s", Kind::Gauge,
        "How long ago the robot's last rating of a level by a channel was given that was counted.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own_and_says_what_it_is() {
        let names: BTreeSet<&str> = ALL.iter().map(|measure| measure.name).collect();
        assert_eq!(names.len(), ALL.len());
        for measure in ALL {
            assert!(measure.about.ends_with('.') && !measure.unit.is_empty(), "{measure:?}");
        }
    }
}
