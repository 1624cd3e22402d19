//! What a leaf of the public log (透明日志) commits to (I22): everything that a rating says, as a hash under
//! a salt. A rating has so few possible values that a bare hash of it could be guessed; the salt is
//! given to the rater alone, so the log itself shows nothing, not even of a private rating.
//!
//! All hashes are HMAC-SHA-256 with the salt as the key. The hashed text has a line `name length
//! value` for each value, so that no two contents have the same text, and a script of a few lines can
//! compute it again. The leaf in the tree is RFC 6962's SHA-256(0x00 ‖ [`leaf_entry`]).

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use crate::id::RatingId;

/// The length of a salt, in bytes.
pub const SALT_BYTES: usize = 16;
/// The length of a hash, in bytes.
pub const HASH_BYTES: usize = 32;

/// What a receipt code consists of, see [`crate::rating::receipt_code`].
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many bits a receipt code has.
const CODE_BITS: u32 = 40;

/// The service act of a rating, as far as a leaf commits to it; codes and ids, empty if there is none.
#[derive(Clone, Copy, Debug)]
pub struct LoggedAct<'a> {
    /// Identity of the act.
    pub act_id: &'a str,
    /// Its case (办件).
    pub case_id: &'a str,
    /// The stage (环节), by its name in the contract.
    pub stage: &'a str,
    /// Which service at that stage (服务次数).
    pub service_number: u32,
    /// Region, GB/T 2260.
    pub region_code: &'a str,
    /// The handling agency (业务办理单位).
    pub agency_id: &'a str,
    /// The item (事项).
    pub item_code: &'a str,
    /// The window (窗口).
    pub window_id: &'a str,
    /// Who served there (窗口工作人员).
    pub staff_id: &'a str,
    /// The business line (业务条线).
    pub line_id: &'a str,
    /// The hall (政务服务大厅).
    pub hall_id: &'a str,
    /// The terminal (自助服务终端).
    pub terminal_id: &'a str,
    /// When the service was given, by the day of which it counts as offered; none if not told.
    pub served_at: Option<Timestamp>,
    /// All that had a part in a package (综合评价): region and agency, in order.
    pub involved: &'a [(&'a str, &'a str)],
}

/// What figures are counted from; names are those of the contract.
#[derive(Clone, Copy, Debug)]
pub struct LoggedRating<'a> {
    /// Identity of the rating.
    pub rating_id: &'a str,
    /// What was rated.
    pub act: LoggedAct<'a>,
    /// The level (评价等级).
    pub level: &'a str,
    /// The channel (评价渠道).
    pub channel: &'a str,
    /// The origin (来源).
    pub origin: &'a str,
    /// Whether its rater keeps it from the public (不公开).
    pub private: bool,
    /// When it was given: it counts on that day.
    pub given_at: Timestamp,
}

/// What a rating says beside that.
#[derive(Clone, Copy, Debug)]
pub struct Remainder<'a> {
    /// When it was received, by the server's clock.
    pub received_at: Timestamp,
    /// Reason tags (评价标签).
    pub tag_codes: &'a [String],
    /// The tag list's version.
    pub tag_list_version: &'a str,
    /// The batch it was given for; empty if for one case.
    pub batch_id: &'a str,
    /// [`words_hash`] of the rater's words; empty if there are none.
    pub words_hash: &'a [u8],
}

/// A text of values, hashed as it is written.
struct Lines(Hmac<Sha256>);

impl Lines {
    fn under(salt: &[u8; SALT_BYTES], what: &str) -> Self {
        // HMAC fills a key up to its block with zeroes; doing so here cannot fail.
        let mut block = [0; 64];
        block[..SALT_BYTES].copy_from_slice(salt);
        let mut mac = Hmac::new(&block.into());
        mac.update(what.as_bytes());
        mac.update(b"\n");
        Self(mac)
    }

    fn line(mut self, name: &str, value: &str) -> Self {
        for part in [name, " ", &value.len().to_string(), " ", value, "\n"] {
            self.0.update(part.as_bytes());
        }
        self
    }

    fn hash(self) -> [u8; HASH_BYTES] {
        self.0.finalize().into_bytes().into()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Commits to a rater's words: the text, and each answer as question and value, in order.
#[must_use]
pub fn words_hash<'a>(
    salt: &[u8; SALT_BYTES],
    text: &str,
    answers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> [u8; HASH_BYTES] {
    let lines = Lines::under(salt, "pingyi words v1").line("text", text);
    let answered = |lines: Lines, (question, value): (&str, &str)| {
        lines.line("question", question).line("answer", value)
    };
    answers.into_iter().fold(lines, answered).hash()
}

/// Commits to what no figure is counted from.
#[must_use]
pub fn remainder_hash(salt: &[u8; SALT_BYTES], said: &Remainder<'_>) -> [u8; HASH_BYTES] {
    let received_at = said.received_at.as_microsecond().to_string();
    let lines = Lines::under(salt, "pingyi remainder v1").line("received_at", &received_at);
    let lines = said.tag_codes.iter().fold(lines, |lines, code| lines.line("tag", code));
    lines
        .line("tag_list", said.tag_list_version)
        .line("batch", said.batch_id)
        .line("words", &hex(said.words_hash))
        .hash()
}

/// What a leaf holds: the commitment to all of a rating, given [`remainder_hash`].
#[must_use]
pub fn leaf_entry(
    salt: &[u8; SALT_BYTES],
    rating: &LoggedRating<'_>,
    remainder: &[u8; HASH_BYTES],
) -> [u8; HASH_BYTES] {
    let act = &rating.act;
    let served_at = act.served_at.map(|at| at.as_microsecond().to_string());
    let lines = Lines::under(salt, "pingyi rating v1")
        .line("rating", rating.rating_id)
        .line("act", act.act_id)
        .line("case", act.case_id)
        .line("stage", act.stage)
        .line("service", &act.service_number.to_string())
        .line("region", act.region_code)
        .line("agency", act.agency_id)
        .line("item", act.item_code)
        .line("window", act.window_id)
        .line("staff", act.staff_id)
        .line("line", act.line_id)
        .line("hall", act.hall_id)
        .line("terminal", act.terminal_id)
        .line("served_at", served_at.as_deref().unwrap_or_default());
    let involved = |lines: Lines, (region, agency): &(&str, &str)| {
        lines.line("involved", &format!("{region} {agency}"))
    };
    act.involved
        .iter()
        .fold(lines, involved)
        .line("level", rating.level)
        .line("channel", rating.channel)
        .line("origin", rating.origin)
        .line("private", if rating.private { "yes" } else { "no" })
        .line("given_at", &rating.given_at.as_microsecond().to_string())
        .line("remainder", &hex(remainder))
        .hash()
}

/// The part of a rating's id that its receipt code shows: the last forty bits. Few ratings share it.
///
/// ```
/// use domain::{id::RatingId, log::{code_bits, shown_bits}, rating::receipt_code};
/// let id = RatingId(uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
/// assert_eq!(code_bits(&receipt_code(id)), Some(shown_bits(id)));
/// assert_eq!(code_bits("AAAA-AAA1"), None, "1 is in no code");
/// ```
#[must_use]
pub fn shown_bits(id: RatingId) -> i64 {
    i64::try_from(id.0.as_u128() & ((1 << CODE_BITS) - 1)).unwrap_or_default()
}

/// The bits that a receipt code (回执码) stands for, with or without its dash, in large or small
/// letters; none if it is no receipt code.
#[must_use]
pub fn code_bits(code: &str) -> Option<i64> {
    let code: Vec<u8> = code.trim().bytes().filter(|byte| *byte != b'-').collect();
    if code.len() != 8 {
        return None;
    }
    let place = |byte: &u8| ALPHABET.iter().position(|c| c.eq_ignore_ascii_case(byte));
    let places: Option<Vec<usize>> = code.iter().map(place).collect();
    let bits = |bits: i64, place: usize| bits << 5 | i64::try_from(place).unwrap_or_default();
    Some(places?.into_iter().rev().fold(0, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; SALT_BYTES] = [7; SALT_BYTES];
    const INVOLVED: [(&str, &str); 2] = [("652301", "652301-a03"), ("652302", "652302-a01")];

    fn rating<'a>(tags: &'a [String]) -> (LoggedRating<'a>, Remainder<'a>) {
        let at = Timestamp::from_microsecond(1_772_420_400_000_000).unwrap();
        let act = LoggedAct {
            act_id: "a",
            case_id: "c",
            stage: "STAGE_COMPLETION",
            service_number: 1,
            region_code: "652301",
            agency_id: "652301-a03",
            item_code: "i",
            window_id: "w",
            staff_id: "s",
            line_id: "l",
            hall_id: "h",
            terminal_id: "t",
            served_at: Some(at),
            involved: &INVOLVED,
        };
        let said = Remainder {
            received_at: at,
            tag_codes: tags,
            tag_list_version: "",
            batch_id: "",
            words_hash: &[],
        };
        let rating = LoggedRating {
            rating_id: "r",
            act,
            level: "LEVEL_SATISFIED",
            channel: "CHANNEL_KIOSK",
            origin: "ORIGIN_ACTIVE",
            private: false,
            given_at: at,
        };
        (rating, said)
    }

    fn entry((rating, said): (LoggedRating<'_>, Remainder<'_>)) -> [u8; HASH_BYTES] {
        leaf_entry(&SALT, &rating, &remainder_hash(&SALT, &said))
    }

    #[test]
    fn i22_every_value_of_a_rating_changes_its_leaf() {
        let tags = ["t1".to_owned(), "t2".to_owned()];
        let joined = ["t1t2".to_owned()];
        let (one, said) = rating(&tags);
        let act = one.act;
        let swapped = [INVOLVED[1], INVOLVED[0]];
        let changed = [
            (LoggedRating { rating_id: "x", ..one }, said),
            (LoggedRating { level: "LEVEL_VERY_DISSATISFIED", ..one }, said),
            (LoggedRating { channel: "x", ..one }, said),
            (LoggedRating { origin: "x", ..one }, said),
            (LoggedRating { private: true, ..one }, said),
            (LoggedRating { given_at: Timestamp::UNIX_EPOCH, ..one }, said),
            (LoggedRating { act: LoggedAct { act_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { case_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { stage: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { service_number: 2, ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { region_code: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { agency_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { item_code: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { window_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { staff_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { line_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { hall_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { terminal_id: "x", ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { served_at: None, ..act }, ..one }, said),
            (
                LoggedRating {
                    act: LoggedAct { served_at: Some(Timestamp::UNIX_EPOCH), ..act },
                    ..one
                },
                said,
            ),
            (LoggedRating { act: LoggedAct { involved: &[], ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { involved: &INVOLVED[..1], ..act }, ..one }, said),
            (LoggedRating { act: LoggedAct { involved: &swapped, ..act }, ..one }, said),
            (one, Remainder { received_at: Timestamp::UNIX_EPOCH, ..said }),
            (one, Remainder { tag_codes: &tags[..1], ..said }),
            (one, Remainder { tag_codes: &joined, ..said }),
            (one, Remainder { tag_list_version: "x", ..said }),
            (one, Remainder { batch_id: "x", ..said }),
            (one, Remainder { words_hash: &[1; HASH_BYTES], ..said }),
        ];
        let mut entries: Vec<_> = changed.into_iter().map(entry).collect();
        entries.push(entry((one, said)));
        let other = leaf_entry(&[8; SALT_BYTES], &one, &remainder_hash(&[8; SALT_BYTES], &said));
        entries.push(other);
        let all = entries.len();
        entries.sort_unstable();
        entries.dedup();
        assert_eq!(entries.len(), all);
    }

    #[test]
    fn i22_a_value_cannot_pass_for_two() {
        let (one, said) = rating(&[]);
        let act = LoggedAct { window_id: "w\nstaff 1 s", staff_id: "", ..one.act };
        assert_ne!(entry((LoggedRating { act, ..one }, said)), entry((one, said)));
        let words = |text, answers: &[(&'static str, &'static str)]| {
            words_hash(&SALT, text, answers.iter().copied())
        };
        assert_ne!(words("ab", &[]), words("a", &[("b", "")]));
        assert_ne!(words("", &[("q", "yes")]), words("", &[("qyes", "")]));
    }

    #[test]
    fn i22_a_leaf_is_computed_again_by_hand() {
        let told = words_hash(&SALT, "慢", []);
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(&SALT).unwrap();
        mac.update("pingyi words v1\ntext 3 慢\n".as_bytes());
        assert_eq!(told, <[u8; 32]>::from(mac.finalize().into_bytes()));
    }

    #[test]
    fn i22_a_code_is_read_as_it_is_written_down() {
        let bits = code_bits("ABCD-2345");
        assert!(bits.is_some());
        assert_eq!(code_bits(" abcd2345 "), bits);
        for wrong in ["", "ABCD-234", "ABCD-23456", "ABCD-234O", "ABCD-234I", "评价评价评价评价"]
        {
            assert_eq!(code_bits(wrong), None, "{wrong}");
        }
    }
}
