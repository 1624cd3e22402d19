//! Hanzi by what they are made of (部首): for those that nobody at the terminal can read.

static RADICALS: &str = include_str!("../../radicals/radicals.txt");

/// A radical in one of the forms in which it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Radical {
    /// The form.
    pub(super) form: &'static str,
    /// How many strokes it has.
    pub(super) strokes: usize,
    hanzi: &'static str,
}

/// All of them, those of fewer strokes first.
pub(super) fn radicals() -> impl Iterator<Item = Radical> {
    RADICALS.lines().filter_map(|line| {
        let (form, rest) = line.split_once(' ')?;
        let (strokes, hanzi) = rest.split_once(' ')?;
        Some(Radical { form, strokes: strokes.parse().ok()?, hanzi })
    })
}

/// The hanzi that have a radical, those of fewer strokes first: how many they have besides it, and
/// the hanzi.
pub(super) fn having(form: &str) -> Vec<(usize, char)> {
    let find = |form: &str| radicals().find(|radical| radical.form == form);
    let Some(mut radical) = find(form) else { return Vec::new() };
    // A form of another one.
    if let Some(main) = radical.hanzi.strip_prefix('=') {
        let Some(main) = find(main) else { return Vec::new() };
        radical = main;
    }
    let mut all = Vec::new();
    for part in radical.hanzi.split(' ') {
        let hanzi = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let strokes = part[..part.len() - hanzi.len()].parse().unwrap_or_default();
        all.extend(hanzi.chars().map(|hanzi| (strokes, hanzi)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_hanzi_of_names_are_found_by_their_radical() {
        // Each is one that names have.
        for (hanzi, radical, strokes) in [
            ('翀', "羽", 4),
            ('淼', "氵", 8),
            ('垚', "土", 6),
            ('𬭎', "钅", 7),
            ('昇', "日", 4),
            ('媞', "女", 9),
        ] {
            assert!(having(radical).contains(&(strokes, hanzi)), "{hanzi}");
        }
        assert_eq!(having("氵"), having("水"), "whichever form is seen");
        assert!(having("nothing").is_empty());
    }

    #[test]
    fn every_radical_has_hanzi_and_they_are_in_the_order_of_their_strokes() {
        let all: Vec<Radical> = radicals().collect();
        assert!(all.len() > 240 && all.is_sorted_by_key(|radical| radical.strokes));
        let mut hanzi = 0;
        for Radical { form, .. } in all {
            let having = having(form);
            assert!(!having.is_empty(), "{form}");
            assert!(having.is_sorted_by_key(|(strokes, _)| *strokes), "{form}");
            hanzi += having.len();
        }
        assert!(hanzi > 65_000, "what mainland sources have: {hanzi}");
    }
}
