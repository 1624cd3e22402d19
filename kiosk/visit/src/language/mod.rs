//! The languages a visitor can choose, and what every word is in them. The words lie in
//! `lang/<language>/LC_MESSAGES/kiosk.po`, one catalogue for the screens and for what this crate and
//! the services say; the Chinese is the key, and what a catalogue does not have stays Chinese.

mod spoken;

pub use spoken::spoken;

include!(concat!(env!("OUT_DIR"), "/catalogues.rs"));

/// A language of the screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Standard Chinese (规范汉字), in which every visit begins; its words alone are binding.
    #[default]
    Chinese,
    /// Uyghur (维吾尔文), written from right to left.
    Uyghur,
    /// Zhuang (壮文) in the letters of 1982.
    Zhuang,
    /// English.
    English,
}

impl Language {
    /// All of them, in the order they are offered in.
    pub const ALL: [Self; 4] = [Self::Chinese, Self::Uyghur, Self::Zhuang, Self::English];

    /// Its name for machines (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-Hans",
            Self::Uyghur => "ug",
            Self::Zhuang => "za",
            Self::English => "en",
        }
    }

    /// Its own name, by which its readers find it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::Uyghur => "ئۇيغۇرچە",
            Self::Zhuang => "Vahcuengh",
            Self::English => "English",
        }
    }

    /// Whether it is read from right to left.
    #[must_use]
    pub fn mirrored(self) -> bool {
        self == Self::Uyghur
    }

    /// What Chinese words are in this language; the words themselves where nobody has said. A
    /// sentence with a number or a name in it is known by what is around them, and sentences that
    /// stand together by each.
    ///
    /// ```
    /// use visit::language::Language;
    /// assert_eq!(Language::English.say("请填写"), "Please fill this in");
    /// assert_eq!(Language::English.say("示例事项"), "示例事项");
    /// ```
    #[must_use]
    pub fn say(self, words: &str) -> String {
        self.sentence(words).or_else(|| self.sentences(words)).unwrap_or_else(|| words.to_owned())
    }

    fn catalogue(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Chinese => &[],
            Self::Uyghur => UG,
            Self::Zhuang => ZA,
            Self::English => EN,
        }
    }

    fn sentence(self, words: &str) -> Option<String> {
        let catalogue = self.catalogue();
        if let Ok(at) = catalogue.binary_search_by_key(&words, |(chinese, _)| *chinese) {
            return Some(catalogue[at].1.to_owned());
        }
        // In a word or two the gaps say more than the rest: “{} 天” is no sentence.
        let whole = |chinese: &&str| chinese.contains("{}") && chinese.ends_with('。');
        let mut forms = catalogue.iter().filter(|(chinese, _)| whole(chinese));
        forms.find_map(|(chinese, said)| Some(fill(said, &gaps(chinese, words)?)))
    }

    /// Sentences that stand together, if all of them are known.
    fn sentences(self, words: &str) -> Option<String> {
        let all: Vec<&str> = words.split_inclusive('。').collect();
        if all.len() < 2 {
            return None;
        }
        let said: Option<Vec<String>> = all.iter().map(|one| self.sentence(one)).collect();
        Some(said?.join(" "))
    }
}

/// What stands in `words` where the form has its gaps, if it has that form.
fn gaps<'a>(form: &str, words: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = form.split("{}");
    let mut rest = words.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = match parts.peek() {
            None => rest.len().checked_sub(part.len()).filter(|_| rest.ends_with(part))?,
            Some(_) => rest.find(part)?,
        };
        found.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    Some(found)
}

/// The form with its gaps filled: `{}` in their order, or `{0}`, `{1}`, … by their place.
fn fill(form: &str, with: &[&str]) -> String {
    let mut filled = String::new();
    let (mut rest, mut next) = (form, 0);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(with.get(place.parse().unwrap_or(next)).copied().unwrap_or_default());
        next += 1;
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod gate;
#[cfg(test)]
mod tests;
