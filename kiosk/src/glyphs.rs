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
