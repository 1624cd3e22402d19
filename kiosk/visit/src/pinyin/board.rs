//! What the screen's keys have typed and what does not stand in its place yet: letters, the hanzi they
//! may stand for, and which of these are shown. Hanzi that nobody can read are found by what they are
//! made of.

use super::{
    Candidate, LETTERS, Purpose, candidates,
    radicals::{having, radicals},
};

/// The most strokes that have a key of their own; it stands for more strokes, too.
pub const STROKES: usize = 10;

/// How much room candidates have, in widths of one hanzi.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// The bar above the keys.
    pub bar: f32,
    /// One row, where candidates stand instead of the keys.
    pub row: f32,
    /// How many such rows there are.
    pub rows: usize,
    /// Between two candidates.
    pub gap: f32,
}

/// A candidate that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its place among all.
    pub place: usize,
    /// Its hanzi.
    pub text: String,
}

/// By what hanzi are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    /// How they are read.
    #[default]
    Letters,
    /// Their radical, which is chosen first.
    Radicals,
    /// The strokes besides the radical, which is chosen.
    Strokes(&'static str),
}

/// What is being typed.
#[derive(Debug)]
pub struct Board {
    /// Whether a character can be drawn: one that cannot is not offered.
    drawn: fn(char) -> bool,
    by: By,
    letters: String,
    candidates: Vec<Candidate>,
    /// The first candidate of each page up to the one that is shown instead of the keys; none: the
    /// keys are shown.
    pages: Vec<usize>,
}

impl Board {
    /// A board that offers what can be drawn.
    #[must_use]
    pub fn new(drawn: fn(char) -> bool) -> Self {
        let (by, letters) = (By::default(), String::new());
        Self { drawn, by, letters, candidates: Vec::new(), pages: Vec::new() }
    }

    /// The letters that stand for nothing yet.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// The last of the letters, no more than so many.
    #[must_use]
    pub fn tail(&self, most: usize) -> &str {
        // All of them are ASCII.
        &self.letters[self.letters.len().saturating_sub(most)..]
    }

    /// Takes a key: a letter waits, and anything else is written, behind what the letters before it
    /// most likely stand for. A space after letters is the touch that says so, and is not written. What
    /// is to be written now.
    pub fn press(&mut self, key: &str, purpose: Purpose) -> String {
        let letter = key.len() == 1 && key.bytes().all(|key| key.is_ascii_alphabetic());
        if letter || key == "'" && !self.letters.is_empty() {
            if self.letters.len() < LETTERS {
                self.letters.push_str(&key.to_ascii_lowercase());
                self.look(purpose);
            }
            return String::new();
        }
        match (self.letters.is_empty(), key) {
            (false, " ") => self.choose(0),
            (false, _) => self.settle() + key,
            (true, _) => key.to_owned(),
        }
    }

    /// Takes back a letter; whether there was one.
    pub fn erase(&mut self, purpose: Purpose) -> bool {
        let was = self.letters.pop().is_some();
        self.look(purpose);
        was
    }

    /// Takes a candidate by its place: what is to be written. The letters behind it wait on.
    pub fn choose(&mut self, place: usize) -> String {
        let Some(candidate) = self.candidates.get(place) else { return String::new() };
        let Candidate { text, letters } = candidate.clone();
        if self.by == By::Radicals {
            self.by = radicals()
                .find(|one| one.form == text)
                .map_or(By::Radicals, |one| By::Strokes(one.form));
            self.strokes(0);
            return String::new();
        }
        if self.by != By::Letters {
            self.by = By::Letters;
            self.look(Purpose::Text);
            return text;
        }
        self.letters.drain(..letters);
        let rest = self.letters.trim_start_matches('\'').to_owned();
        self.letters = rest;
        // A name's surname is behind it.
        self.look(Purpose::Text);
        text
    }

    /// What the letters most likely stand for, all of them: they wait no longer.
    pub fn settle(&mut self) -> String {
        let mut text = String::new();
        if self.by != By::Letters {
            self.by = By::Letters;
            self.look(Purpose::Text);
        }
        while !self.candidates.is_empty() {
            text += &self.choose(0);
        }
        text + &std::mem::take(&mut self.letters)
    }

    /// Looks for hanzi by their radical, from all radicals on.
    pub fn by_radical(&mut self) {
        self.by = By::Radicals;
        self.strokes(0);
    }

    /// Offers radicals with so many strokes, or hanzi with so many besides the radical; all with 0.
    pub fn strokes(&mut self, strokes: usize) {
        let fits = |has: usize| match strokes {
            0 => true,
            STROKES => has >= STROKES,
            strokes => has == strokes,
        };
        let candidate = |text: String| Candidate { text, letters: 0 };
        self.candidates = match self.by {
            By::Letters => return,
            By::Radicals => radicals()
                .filter(|radical| fits(radical.strokes) && radical.form.chars().all(self.drawn))
                .map(|radical| candidate(radical.form.to_owned()))
                .collect(),
            By::Strokes(radical) => having(radical)
                .into_iter()
                .filter(|(has, hanzi)| fits(*has) && (self.drawn)(*hanzi))
                .map(|(_, hanzi)| candidate(hanzi.to_string()))
                .collect(),
        };
        self.pages = vec![0];
    }

    /// Whether hanzi are looked for by what they are made of, and the radical, once it is chosen.
    #[must_use]
    pub fn radical(&self) -> Option<&'static str> {
        match self.by {
            By::Letters => None,
            By::Radicals => Some(""),
            By::Strokes(radical) => Some(radical),
        }
    }

    /// Shows candidates instead of the keys.
    pub fn open(&mut self) {
        self.pages = vec![0];
    }

    /// Shows the keys again.
    pub fn close(&mut self) {
        if self.by != By::Letters {
            self.by = By::Letters;
            self.look(Purpose::Text);
        }
        self.pages.clear();
    }

    /// Shows the next candidates, if there are more.
    pub fn forward(&mut self, room: Room) {
        self.pages.extend(self.next(room));
    }

    /// Shows the candidates before, if there are any.
    pub fn backward(&mut self) {
        if self.earlier() {
            self.pages.pop();
        }
    }

    /// Whether candidates are shown instead of the keys.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.pages.is_empty()
    }

    /// Whether there are candidates before those that are shown.
    #[must_use]
    pub fn earlier(&self) -> bool {
        self.pages.len() > 1
    }

    /// Whether there are more candidates than are shown.
    #[must_use]
    pub fn more(&self, room: Room) -> bool {
        self.next(room).is_some()
    }

    /// The candidates that are shown, row by row: the first few above the keys, or a page of them.
    #[must_use]
    pub fn rows(&self, room: Room) -> Vec<Vec<Offer>> {
        let (mut place, rows, width) = match self.pages.last() {
            // One row is for the strokes.
            Some(first) if self.by != By::Letters => (*first, room.rows - 1, room.row),
            Some(first) => (*first, room.rows, room.row),
            None => (0, 1, room.bar),
        };
        let mut shown = Vec::new();
        for _ in 0..rows {
            let row = self.row(place, width, room.gap);
            if row.is_empty() {
                break;
            }
            place += row.len();
            shown.push(row);
        }
        shown
    }

    fn look(&mut self, purpose: Purpose) {
        self.candidates = candidates(&self.letters, purpose);
        self.candidates.retain(|candidate| candidate.text.chars().all(self.drawn));
        self.pages.clear();
    }

    /// The first candidate after those that are shown.
    fn next(&self, room: Room) -> Option<usize> {
        let last = self.rows(room).last()?.last()?.place;
        (last + 1 < self.candidates.len()).then_some(last + 1)
    }

    /// As many candidates as fit side by side; one at least, and be it narrower than it should be.
    fn row(&self, first: usize, width: f32, gap: f32) -> Vec<Offer> {
        let mut used = 0.0;
        let mut row = Vec::new();
        for (place, candidate) in self.candidates.iter().enumerate().skip(first) {
            // Half a hanzi on either side.
            let characters = u16::try_from(candidate.text.chars().count()).unwrap_or(u16::MAX);
            used += f32::from(characters) + 1.0;
            if used > width && !row.is_empty() {
                break;
            }
            used += gap;
            row.push(Offer { place, text: candidate.text.clone() });
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { bar: 12.0, row: 21.0, rows: 4, gap: 0.3 };

    fn typed(letters: &str, purpose: Purpose) -> Board {
        let mut board = Board::new(|_| true);
        for letter in letters.chars() {
            assert_eq!(board.press(&letter.to_string(), purpose), "", "{letter} waits");
        }
        board
    }

    fn all(board: &mut Board) -> Vec<String> {
        let mut seen = Vec::new();
        if board.radical().is_none() {
            board.open();
        }
        loop {
            let rows = board.rows(ROOM);
            assert!(rows.len() <= ROOM.rows);
            seen.extend(rows.into_iter().flatten().map(|offer| offer.text));
            if !board.more(ROOM) {
                return seen;
            }
            board.forward(ROOM);
        }
    }

    #[test]
    fn letters_become_what_is_chosen_and_the_rest_waits() {
        let mut board = typed("banlisudukuai", Purpose::Text);
        assert_eq!(board.rows(ROOM)[0][0].text, "办理速度快");
        let rows = board.rows(ROOM);
        let first = rows.iter().flatten().find(|offer| offer.text == "办理");
        let all = all(&mut board);
        let place =
            first.map_or_else(|| all.iter().position(|text| text == "办理"), |f| Some(f.place));
        assert_eq!(board.choose(place.unwrap()), "办理");
        assert_eq!(board.letters(), "sudukuai");
        assert!(!board.is_open(), "the keys are back");
        assert_eq!(board.choose(0), "速度快");
        assert_eq!((board.letters(), board.rows(ROOM).len()), ("", 0));
        assert_eq!(board.choose(7), "", "nothing is there");
    }

    #[test]
    fn a_space_takes_the_first_and_is_one_itself_where_nothing_waits() {
        let mut board = typed("nihao", Purpose::Text);
        assert_eq!(board.press(" ", Purpose::Text), "你好");
        assert_eq!(board.press(" ", Purpose::Text), " ");
    }

    #[test]
    fn signs_and_digits_are_written_behind_what_the_letters_stand_for() {
        let mut board = typed("xiexie", Purpose::Text);
        assert_eq!(board.press("。", Purpose::Text), "谢谢。");
        assert_eq!(board.press("7", Purpose::Text), "7");
        assert_eq!(board.press("'", Purpose::Text), "'", "parts no syllables");
        // What stands for nothing is not lost either.
        assert_eq!(typed("vvv", Purpose::Text).settle(), "vvv");
        assert_eq!(typed("xi'an", Purpose::Text).settle(), "西安");
    }

    #[test]
    fn a_letter_is_taken_back_before_what_is_written() {
        let mut board = typed("hao", Purpose::Text);
        assert!(board.erase(Purpose::Text));
        assert_eq!(board.letters(), "ha");
        assert!(board.erase(Purpose::Text) && board.erase(Purpose::Text));
        assert!(!board.erase(Purpose::Text), "now it is the field's turn");
    }

    #[test]
    fn surnames_come_first_until_there_is_one() {
        let mut board = typed("zhangwei", Purpose::Name);
        let all = all(&mut board);
        let zhang = all.iter().position(|text| text == "张").unwrap();
        assert!(all.iter().position(|text| text == "章").unwrap() > zhang);
        assert_eq!(board.choose(zhang), "张");
        let given = typed("wei", Purpose::Text);
        assert_eq!(board.rows(ROOM), given.rows(ROOM), "no second surname");
    }

    #[test]
    fn every_candidate_is_reached_page_by_page_and_fits_its_row() {
        let mut board = typed("yi", Purpose::Text);
        let first = board.rows(ROOM);
        assert_eq!(first.len(), 1);
        assert!(first[0].len() >= 4 && board.more(ROOM));
        let seen = all(&mut board);
        let candidates: Vec<String> =
            candidates("yi", Purpose::Text).into_iter().map(|one| one.text).collect();
        assert_eq!(seen, candidates, "each once, in their order");
        assert!(candidates.len() > 100);
        let last = board.rows(ROOM);
        while board.earlier() {
            board.backward();
        }
        assert_ne!(board.rows(ROOM), last);
        board.backward();
        assert!(board.is_open(), "before the first page there is none");
        for row in board.rows(ROOM) {
            let width: usize = row.iter().map(|offer| offer.text.chars().count() + 1).sum();
            assert!(width <= 21, "{row:?}");
        }
        // One that is wider than all stands alone.
        let long = typed("meiyouyicixinggaozhixuyaodecailiao", Purpose::Text);
        assert_eq!(long.rows(Room { bar: 3.0, ..ROOM })[0].len(), 1);
    }

    #[test]
    fn a_hanzi_that_nobody_can_read_is_found_by_its_radical_and_strokes() {
        let mut board = typed("zhang", Purpose::Name);
        assert_eq!(board.choose(0), "张");
        board.by_radical();
        assert_eq!(board.radical(), Some(""));
        board.strokes(3);
        let radicals = all(&mut board);
        assert_eq!(board.choose(radicals.iter().position(|one| one == "氵").unwrap()), "");
        assert_eq!(board.radical(), Some("氵"));
        board.strokes(8);
        let hanzi = all(&mut board);
        assert!(hanzi.len() > 100 && !hanzi.contains(&"江".to_owned()));
        assert_eq!(board.choose(hanzi.iter().position(|one| one == "淼").unwrap()), "淼");
        assert_eq!((board.radical(), board.is_open()), (None, false), "the keys are back");
        // The last key stands for all that have more.
        board.by_radical();
        board.strokes(STROKES);
        assert!(all(&mut board).contains(&"龠".to_owned()));
        board.close();
        assert_eq!(board.rows(ROOM), Vec::<Vec<Offer>>::new());
    }

    #[test]
    fn letters_wait_while_hanzi_are_looked_for_by_radical() {
        let mut board = typed("li", Purpose::Text);
        let before = board.rows(ROOM);
        board.by_radical();
        board.close();
        assert_eq!((board.letters(), board.rows(ROOM)), ("li", before));
        board.by_radical();
        assert_ne!(board.settle(), "一", "what was typed is written, and no radical");
    }

    #[test]
    fn what_cannot_be_drawn_is_not_offered() {
        let mut board = Board::new(|c| c < '伊');
        for letter in ["y", "i"] {
            board.press(letter, Purpose::Text);
        }
        let offered = all(&mut board);
        assert!(!offered.is_empty());
        board.by_radical();
        for radical in all(&mut board) {
            assert!(radical.chars().all(|c| c < '伊'), "{radical}");
        }
        assert!(offered.iter().flat_map(|text| text.chars()).all(|c| c < '伊'), "{offered:?}");
    }

    #[test]
    fn no_more_letters_wait_than_are_read() {
        let board = typed(&"shi".repeat(40), Purpose::Text);
        assert_eq!(board.letters().len(), LETTERS);
        assert_eq!(board.tail(5), &board.letters()[LETTERS - 5..]);
        assert_eq!(typed("ni", Purpose::Text).tail(5), "ni");
    }
}
