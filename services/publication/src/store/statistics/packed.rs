//! The counts of one value of a dimension on one day, packed: a hundred of them take some 250 bytes, a
//! read takes one row for them, and a change writes one.
//!
//! A byte for the format, and then each count in the order of the codes of what they are of: by how much
//! the code is greater than the one before it, and the number, both as varints of protobuf, the number in
//! zigzag. Counts that differ by channel alone are neighbours: most reads want their sum.

use std::collections::BTreeMap;

use prost::encoding::{decode_varint, encode_varint};

use super::measures::Measure;

/// The format that is written; what is written in another one is refused.
const FORMAT: u8 = 1;
/// How many bits of a code are of the channel, the level and the origin; the others are of the measure.
const CHANNEL: u32 = 5;
const LEVEL: u32 = 3;
const ORIGIN: u32 = 3;
const MEASURE: u32 = 15;

/// What one count is of, beside the value and the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    /// See [`Measure`].
    pub(crate) measure: i16,
    /// A `pingyi.type.v1.Origin`; 0 where the measure has none.
    pub(crate) origin: i16,
    /// A `pingyi.type.v1.Level`; 0 where the measure has none.
    pub(crate) level: i16,
    /// A `pingyi.type.v1.Channel`; 0 where the measure has none.
    pub(crate) channel: i16,
}

/// Counts of one value of a dimension on one day; a missing one is 0.
pub(crate) type Cells = BTreeMap<Cell, i64>;

/// Why counts are not packed or unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PackError {
    /// What it is of has no code.
    #[error("no count can be kept of {0:?}")]
    NoCode(Cell),
    /// The bytes say nothing.
    #[error("these bytes are no packed counts")]
    Garbled,
}

impl From<PackError> for sea_orm::DbErr {
    fn from(error: PackError) -> Self {
        Self::Type(error.to_string())
    }
}

impl Cell {
    /// The same by all channels.
    pub(crate) fn all(self) -> Self {
        Self { channel: 0, ..self }
    }

    fn code(self) -> Result<u64, PackError> {
        let parts = [
            (self.measure, MEASURE),
            (self.origin, ORIGIN),
            (self.level, LEVEL),
            (self.channel, CHANNEL),
        ];
        parts.into_iter().try_fold(0, |code, (part, bits)| match u64::try_from(part) {
            Ok(part) if part >> bits == 0 => Ok(code << bits | part),
            _ => Err(PackError::NoCode(self)),
        })
    }

    fn of(mut code: u64) -> Option<Self> {
        let mut part = |bits: u32| {
            let part = i16::try_from(code & ((1 << bits) - 1)).ok();
            code >>= bits;
            part
        };
        let (channel, level, origin) = (part(CHANNEL)?, part(LEVEL)?, part(ORIGIN)?);
        let cell = Self { measure: part(MEASURE)?, origin, level, channel };
        (code == 0).then_some(cell)
    }
}

/// Counts as bytes, without those that are 0.
pub(crate) fn pack(cells: &Cells) -> Result<Vec<u8>, PackError> {
    let (mut bytes, mut before) = (vec![FORMAT], 0);
    for (cell, n) in cells.iter().filter(|(_, n)| **n != 0) {
        let code = cell.code()?;
        encode_varint(code - before, &mut bytes);
        encode_varint((n << 1 ^ n >> 63).cast_unsigned(), &mut bytes);
        before = code;
    }
    Ok(bytes)
}

/// The counts that such bytes are of, in order; each is of something else, and none is 0.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<(Cell, i64)>, PackError> {
    let Some((&FORMAT, mut rest)) = bytes.split_first() else { return Err(PackError::Garbled) };
    let mut cells = Vec::with_capacity(rest.len() / 2);
    let mut code = 0_u64;
    while !rest.is_empty() {
        let mut next = || decode_varint(&mut rest).map_err(|_| PackError::Garbled);
        let (more, n) = (next()?, next()?);
        let is_next = n != 0 && (more != 0 || cells.is_empty());
        let next = code.checked_add(more).filter(|_| is_next);
        code = next.ok_or(PackError::Garbled)?;
        let cell = Cell::of(code).ok_or(PackError::Garbled)?;
        cells.push((cell, (n >> 1).cast_signed() ^ -(n & 1).cast_signed()));
    }
    Ok(cells)
}

/// Something is counted that is told: anything but what robots rated (S07).
pub(crate) const TOLD: i64 = 1;
/// Acts were offered to be rated.
pub(crate) const OFFERED: i64 = 2;

/// Ratings came by a channel.
pub(crate) fn rated_by(channel: i16) -> i64 {
    4 << channel
}

/// What queries ask of counts, so that they need not unpack them: the sum of [`TOLD`], [`OFFERED`] and
/// [`rated_by`].
pub(crate) fn marks(cells: &Cells) -> i64 {
    let counted = cells.iter().filter(|(_, n)| **n > 0);
    counted.fold(0, |marks, (cell, _)| {
        let is = |measure: Measure| cell.measure == measure as i16;
        marks
            | match cell.channel {
                _ if is(Measure::RatedByRobot) => 0,
                _ if is(Measure::Offered) => TOLD | OFFERED,
                channel @ 1.. if is(Measure::Rated) => TOLD | rated_by(channel),
                _ => TOLD,
            }
    })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Channel, Level, Origin};

    use super::*;
    use crate::{
        app::statistics::testing::Dice,
        entity::column::column,
        store::statistics::measures::{OF_ACTS, OF_TICKETS},
    };

    fn cell(measure: Measure, origin: i16, level: i16, channel: i16) -> Cell {
        Cell { measure: measure as i16, origin, level, channel }
    }

    /// All that can be counted by the contract.
    fn known() -> Vec<Cell> {
        let measures = OF_ACTS.into_iter().chain(OF_TICKETS.map(|one| one.measure));
        let numbers = |known: fn(i32) -> bool| (0..1_000).filter(move |n| known(*n)).map(column);
        let channels = || numbers(|n| Channel::try_from(n).is_ok());
        let levels = || numbers(|n| Level::try_from(n).is_ok());
        let origins = || numbers(|n| Origin::try_from(n).is_ok());
        let mut known = Vec::new();
        for measure in measures {
            for (origin, level) in origins().flat_map(|one| levels().map(move |other| (one, other)))
            {
                known.extend(channels().map(|channel| cell(measure, origin, level, channel)));
            }
        }
        known
    }

    #[test]
    fn p03_counts_are_packed_in_a_few_bytes_each_and_unpacked_as_they_were() {
        let (known, mut dice) = (known(), Dice::new(7));
        for n in 0..500 {
            let mut cells = Cells::new();
            for cell in &known {
                let digits = dice.below(40);
                if dice.one_in(1 + n % 50) {
                    cells.insert(*cell, dice.below(1 << digits).cast_signed() - 5);
                }
            }
            let bytes = pack(&cells).unwrap();
            cells.retain(|_, n| *n != 0);
            assert_eq!(unpack(&bytes), Ok(cells.into_iter().collect()));
        }
        let all: Cells = known.iter().map(|cell| (*cell, 3)).collect();
        assert!(pack(&all).unwrap().len() < known.len() * 5 / 2);
        for n in [i64::MIN, -1, 1, i64::MAX] {
            let one = Cells::from([(known[0], n), (known[1], 0)]);
            assert_eq!(unpack(&pack(&one).unwrap()).unwrap(), [(known[0], n)]);
        }
        assert_eq!(unpack(&pack(&Cells::new()).unwrap()).unwrap(), []);
    }

    #[test]
    fn p03_the_format_stays_what_it_was() {
        let of = |level, channel| cell(Measure::Rated, 1, level, channel);
        let cells = Cells::from([
            (of(1, 1), 3),
            (of(1, 4), 70),
            (of(5, 1), -1),
            (cell(Measure::Offered, 0, 0, 0), 9),
        ]);
        let bytes = [1, 161, 18, 6, 3, 140, 1, 125, 1, 223, 12, 18];
        assert_eq!(pack(&cells), Ok(bytes.to_vec()));
        assert_eq!(unpack(&bytes), Ok(cells.into_iter().collect()));
    }

    #[test]
    fn p03_what_has_no_code_is_refused_and_is_not_counted_as_something_else() {
        for (level, channel) in [(8, 0), (-1, 0), (0, 32), (0, i16::MIN)] {
            let one = cell(Measure::Rated, 1, level, channel);
            assert_eq!(pack(&Cells::from([(one, 1)])), Err(PackError::NoCode(one)));
        }
    }

    #[test]
    fn p03_bytes_that_are_no_counts_are_refused() {
        let garbage: [&[u8]; 8] = [
            &[],
            &[2, 1, 2],
            &[1, 1],
            &[1, 128],
            &[1, 1, 0],
            &[1, 1, 2, 0, 2],
            &[1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2],
            &[1, 128, 128, 128, 128, 1, 2],
        ];
        for bytes in garbage {
            assert_eq!(unpack(bytes), Err(PackError::Garbled), "{bytes:?}");
        }
        let mut dice = Dice::new(11);
        for _ in 0..20_000 {
            let byte = |_| u8::try_from(dice.below(256)).unwrap() >> dice.below(7);
            let mut bytes: Vec<u8> = (0..20).map(byte).collect();
            bytes[0] = FORMAT;
            // Whatever is read is counts that are packed and read again as the same.
            let Ok(cells) = unpack(&bytes) else { continue };
            assert_eq!(unpack(&pack(&cells.iter().copied().collect()).unwrap()), Ok(cells));
        }
    }

    #[test]
    fn s07_marks_tell_offers_and_channels_and_nothing_of_robots() {
        let of = |cells: &[(Cell, i64)]| marks(&cells.iter().copied().collect());
        let (offered, opened) =
            (cell(Measure::Offered, 0, 0, 0), cell(Measure::TicketOpened, 0, 0, 0));
        assert_eq!(of(&[(offered, 1)]), TOLD | OFFERED);
        assert_eq!(of(&[(opened, 2), (offered, 0)]), TOLD);
        assert_eq!(of(&[(cell(Measure::RatedByRobot, 1, 5, 1), 7)]), 0);
        assert_eq!(of(&[]), 0);
        let mut all = TOLD | OFFERED;
        for channel in (1..).map_while(|number| Channel::try_from(number).ok()) {
            let channel = column(channel.into());
            assert_eq!(of(&[(cell(Measure::Rated, 1, 3, channel), 1)]), TOLD | rated_by(channel));
            assert_eq!(of(&[(cell(Measure::RatedByStaff, 1, 3, channel), 1)]), TOLD);
            assert_eq!(all & rated_by(channel), 0);
            all |= rated_by(channel);
        }
        assert_eq!(of(&[(cell(Measure::Rated, 1, 3, 0), 1)]), TOLD, "private ratings");
    }
}
