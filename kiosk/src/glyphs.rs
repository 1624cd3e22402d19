//! Which characters this terminal can draw: with its own fonts, and with those of its system.

use slint::fontique_011::{
    fontique::{
        FallbackKey, GenericFamily, QueryFamily, QueryFont, QueryStatus, Script, SourceCache,
    },
    shared_collection,
};

thread_local! {
    /// What the toolkit looks through for a hanzi, once the window is there.
    static FONTS: Vec<QueryFont> = fonts();
}

/// Whether a character can be drawn. One that cannot would be a gap that nobody notices.
pub(crate) fn drawn(character: char) -> bool {
    let has = |font: &QueryFont| font.charmap()?.map(character).filter(|glyph| *glyph != 0);
    FONTS.with(|fonts| fonts.iter().any(|font| has(font).is_some()))
}

fn fonts() -> Vec<QueryFont> {
    let (mut collection, mut cache) = (shared_collection(), SourceCache::default());
    let mut query = collection.query(&mut cache);
    query.set_families([
        QueryFamily::Named("Noto Sans CJK SC"),
        QueryFamily::Generic(GenericFamily::SansSerif),
        QueryFamily::Generic(GenericFamily::SystemUi),
    ]);
    query.set_fallbacks(FallbackKey::new(Script::from_bytes(*b"Hani"), None));
    let mut fonts = Vec::new();
    query.matches_with(|font| {
        fonts.push(font.clone());
        QueryStatus::Continue
    });
    fonts
}

#[cfg(test)]
mod tests {
    use slint::fontique_011::fontique::{Blob, Collection, CollectionOptions};

    use super::*;

    #[test]
    fn bold_has_every_hanzi_of_the_screens_own_words() {
        let bold = include_bytes!("../ui/fonts/NotoSansCJKsc-Bold-Words.otf");
        let alone = CollectionOptions { shared: false, system_fonts: false };
        let (mut collection, mut cache) = (Collection::new(alone), SourceCache::default());
        collection.register_fonts(Blob::from(bold.to_vec()), None);
        let mut query = collection.query(&mut cache);
        query.set_families([QueryFamily::Named("Noto Sans CJK SC")]);
        let mut found = None;
        query.matches_with(|font| {
            found = Some(font.clone());
            QueryStatus::Stop
        });
        let found = found.unwrap();
        let charmap = found.charmap().unwrap();
        // What is translated are the screens' own words, in Chinese.
        let words = include_str!("../lang/en/LC_MESSAGES/kiosk.po").split("msgid ").skip(1);
        let words = words.filter_map(|entry| entry.split("msgstr ").next());
        let hanzi = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
        let drawn = |c: &char| charmap.map(*c).is_some_and(|glyph| glyph != 0);
        let missing: String =
            words.flat_map(str::chars).filter(hanzi).filter(|c| !drawn(c)).collect();
        assert_eq!(missing, "", "a subset of Noto Sans CJK SC Bold 2.004 with these, too");
        assert!(!drawn(&'龘'), "what is not there is seen");
    }
}
