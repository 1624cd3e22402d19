//! What stands beside the screen, each device behind a port of its own: the real ones are in
//! `adapter`, the simulated ones here. A terminal may have none of them, and a visit waits for none.

pub mod card;
pub mod printer;
pub mod scanner;
pub mod slip;
pub mod voice;

use card::Reader;
use printer::Printer;
use voice::Voice;

/// The devices of one terminal.
#[derive(Debug, Default)]
pub struct Devices {
    /// What slips are printed by.
    pub printer: Option<Printer>,
    /// What reads identity cards.
    pub reader: Option<Reader>,
    /// What reads the pages out.
    pub voice: Option<Voice>,
    /// Whether a scanner types what it reads.
    pub scanner: bool,
}
