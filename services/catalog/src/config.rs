//! What can be configured of this service.

use jiff::SignedDuration;
use platform::tls::TerminalAuthority;

/// How terminals are looked after.
#[derive(Clone, Debug)]
pub struct Terminals {
    /// Who signs their certificates; none: no terminal can register.
    pub authority: Option<TerminalAuthority>,
    /// For how long a certificate is good.
    pub certificate_for: SignedDuration,
    /// After how long without a word a terminal is silent (失联).
    pub silent_after: SignedDuration,
}

impl Default for Terminals {
    fn default() -> Self {
        Self {
            authority: None,
            certificate_for: SignedDuration::from_hours(90 * 24),
            silent_after: SignedDuration::from_mins(15),
        }
    }
}
