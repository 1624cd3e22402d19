//! Reading a profile: layers of TOML over each other and over the system's defaults. A field that
//! a layer does not name keeps what is below it, with the clause and the layer that set it.

use toml::Spanned;

use super::{Profile, check, slot::Lay, table::Layer};
use crate::{
    codes::RegionCode,
    deadline::iso_date,
    source::{Source, SourceError},
};

impl Profile {
    /// Reads the layers, the nation's first; the last one gives the profile its name.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: a layer must inherit the one before it, and must
    /// never be looser.
    pub fn parse(layers: &[Source<'_>]) -> Result<Self, SourceError> {
        let mut below: Vec<String> = Vec::new();
        let mut profile = Self::system();
        for source in layers {
            let layer: Layer = source.parse()?;
            let id = layer.id.get_ref().clone();
            if below.contains(&id) {
                let why = format!("\"{id}\" is a layer of itself");
                return Err(source.error(layer.id.span().start, why));
            }
            match (&layer.inherits, below.last()) {
                (None, None) => {}
                (Some(name), Some(above)) if name.get_ref() == above => {}
                (Some(name), _) => {
                    let why =
                        format!("inherits \"{}\", which is not the layer above", name.get_ref());
                    return Err(source.error(name.span().start, why));
                }
                (None, Some(_)) => return Err(source.error(0, "must inherit the layer above")),
            }
            profile = layer.over(&profile, *source)?;
            below.push(id);
        }
        if below.is_empty() {
            let reason = "has no layer".to_owned();
            return Err(SourceError { file: "profile".to_owned(), line: 1, reason });
        }
        Ok(profile)
    }
}

impl Layer {
    /// The rules below with this layer's own on top.
    fn over(self, below: &Profile, source: Source<'_>) -> Result<Profile, SourceError> {
        let date = |text: &Option<Spanned<String>>| match text {
            None => Ok(None),
            Some(text) => iso_date(text.get_ref()).map(Some).map_err(|why| {
                source.error(text.span().start, format!("\"{}\" {why}", text.get_ref()))
            }),
        };
        let mut to = Profile {
            id: self.id.get_ref().clone(),
            version: self.version,
            region_code: region(self.region.as_ref(), below, source)?,
            document: self.document.clone(),
            in_force_from: date(&self.in_force_from)?,
            in_force_until: date(&self.in_force_until)?,
            trial: self.trial,
            ..below.clone()
        };
        let until_at = self.in_force_until.as_ref().map_or(0, |text| text.span().start);
        if to.in_force_until.is_some_and(|until| Some(until) < to.in_force_from) {
            return Err(source.error(until_at, "ends before it begins"));
        }
        let mut lay = Lay::new(&to.id, &to.document);
        self.lay(&mut lay, &mut to);
        if let Some(at) = lay.blank {
            return Err(source.error(at, "a value without its clause"));
        }
        let found = check::loosened(below, &to).or_else(|| check::senseless(&to));
        match found {
            Some((field, why)) => {
                let at = lay.offsets.get(field).copied().unwrap_or_default();
                Err(source.error(at, format!("{field}: {why}")))
            }
            None => Ok(to),
        }
    }
}

/// The region of a layer: it must be in the region of the layer that it refines, if that has one.
fn region(
    own: Option<&Spanned<String>>,
    below: &Profile,
    source: Source<'_>,
) -> Result<Option<String>, SourceError> {
    let Some(text) = own else { return Ok(None) };
    let at = text.span().start;
    let code = RegionCode::parse(text.get_ref()).map_err(|why| source.error(at, why))?;
    let above = below.region_code.as_deref();
    let inside = |above: &str| {
        code.as_str() == above || code.ancestors().any(|ancestor| ancestor.as_str() == above)
    };
    match above {
        Some(above) if !inside(above) => {
            Err(source.error(at, format!("{code} does not lie in {above}, whose rules it refines")))
        }
        _ => Ok(Some(code.as_str().to_owned())),
    }
}
