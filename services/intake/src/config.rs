//! An operator's settings for the messages (短信) sent from here, and for how often one can rate.

use std::path::PathBuf;

use domain::quiet::next_allowed;
use jiff::{Timestamp, civil::Time};

/// What a link holds where the invitation's token goes.
pub const TOKEN: &str = "{token}";

/// How messages are sent to raters.
#[derive(Clone, PartialEq, Eq)]
pub struct Messages {
    /// Who carries the messages.
    pub gateway: Gateway,
    /// Where to rate, with [`TOKEN`] for the invitation's.
    pub link: String,
    /// Where to look up cases, ratings and outcomes.
    pub look_up: String,
    /// The sender's name, for example `【政务服务】`.
    pub signature: String,
    /// The quiet hours.
    pub quiet: QuietHours,
}

/// Who carries messages.
#[derive(Clone, PartialEq, Eq)]
pub enum Gateway {
    /// An SMS gateway that takes JSON over HTTP.
    Http {
        /// The URL it accepts them at.
        url: String,
        /// Our secret for the gateway.
        secret: String,
        /// The certificates to verify it by, PEM; the system's if absent.
        ca: Option<Vec<u8>>,
    },
    /// A file with one line for each message: for development.
    File(PathBuf),
}

/// How often one service act can be rated. Each rating supersedes the one before and all stay on
/// record, so without a limit one invitation could fill the store. No document states a number; 0
/// means no limit, for a deployment under measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingLimits {
    /// In all. A rater who changes their mind several times a day while the window is open needs
    /// fewer than the default, 20; and 20 are read, listed and sent quickly.
    pub per_act: u32,
    /// Within one minute. By default 5: more than anybody gives by hand.
    pub per_minute: u32,
}

impl Default for RatingLimits {
    fn default() -> Self {
        Self { per_act: 20, per_minute: 5 }
    }
}

impl RatingLimits {
    /// No limits.
    pub const NONE: Self = Self { per_act: 0, per_minute: 0 };
}

/// The quiet hours in Asia/Shanghai: from one minute of the day to another, over midnight if the
/// second is earlier; no quiet hours if both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
}

impl QuietHours {
    /// Reads `21:00-08:00`.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let time = |time: &str| {
            let (hours, minutes) = time.split_once(':')?;
            let two = |digits: &str| digits.parse::<i8>().ok().filter(|_| digits.len() == 2);
            Time::new(two(hours)?, two(minutes)?, 0, 0).ok()
        };
        let both = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        both.map(|(from, to)| Self { from, to }).ok_or("is not like 21:00-08:00")
    }

    /// Whether `at` is in the quiet hours.
    #[must_use]
    pub fn cover(self, at: Timestamp) -> bool {
        next_allowed(at, (self.from, self.to)) > at
    }
}

/// What is wrong with the rating link, if anything.
#[must_use]
pub fn wrong_link(link: &str) -> Option<&'static str> {
    let address = link.starts_with("https://") || link.starts_with("http://");
    let plain = link.bytes().all(|byte| byte.is_ascii_graphic());
    match link.matches(TOKEN).count() {
        _ if !address || !plain => Some("is no http:// or https:// address"),
        1 => None,
        _ => Some("does not hold {token} once"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i08_quiet_hours_begin_and_end_on_the_minute_in_china_whatever_the_season() {
        let quiet =
            |hours: &str, at: &str| QuietHours::parse(hours).unwrap().cover(at.parse().unwrap());
        for (at, expected) in [
            ("2026-03-02T12:59:59.999999Z", false), // 20:59 in China
            ("2026-03-02T13:00:00Z", true),
            ("2026-03-02T15:59:59.999999Z", true), // before midnight
            ("2026-03-02T16:00:00Z", true),
            ("2026-07-02T23:59:59.999999Z", true), // 07:59
            ("2026-07-03T00:00:00Z", false),
        ] {
            assert_eq!(quiet("21:00-08:00", at), expected, "{at}");
        }
        assert!(quiet("12:00-13:30", "2026-03-02T05:29:59Z"));
        assert!(!quiet("12:00-13:30", "2026-03-02T05:30:00Z"));
        assert!(!quiet("00:00-00:00", "2026-03-02T16:00:00Z"), "none");
        for wrong in ["", "21-8", "21:00", "24:00-08:00", "21:60-08:00", "9:00-10:00", "-1:00-1:00"]
        {
            assert!(QuietHours::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_link_is_an_address_with_one_place_for_the_token() {
        assert_eq!(wrong_link("https://example.gov.cn/r/{token}"), None);
        for wrong in
            ["", "ftp://x/{token}", "https://x/", "https://x/{token}{token}", "https://x/ {token}"]
        {
            assert!(wrong_link(wrong).is_some(), "{wrong}");
        }
    }
}
