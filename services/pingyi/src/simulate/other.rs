//! The other profile: one that ships, or a file with the layers it inherits.

use std::path::Path;

use domain::{
    profile::Profile,
    source::{Source, SourceError},
};

/// The most layers a profile can have; there are five levels of government.
const MAX_LAYERS: usize = 16;

/// Why the other profile cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OtherError {
    /// None of this name ships.
    #[error("\"{id}\" is neither a file nor a profile that ships: {shipped}")]
    Unknown {
        /// The name.
        id: String,
        /// Those that ship.
        shipped: String,
    },
    /// A layer is neither beside the file nor shipped.
    #[error("{file} inherits \"{id}\", which is neither beside it nor shipped: {shipped}")]
    LayerUnknown {
        /// The file.
        file: String,
        /// The layer.
        id: String,
        /// Those that ship.
        shipped: String,
    },
    /// The layers do not end.
    #[error("{file} inherits more than {MAX_LAYERS} layers, or itself")]
    Endless {
        /// The file.
        file: String,
    },
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A document is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Reads a profile: a file if `name` ends in `.toml`, else one of those in `shipped`. What a file
/// inherits is looked for beside it first.
///
/// # Errors
/// [`OtherError`].
pub fn find(name: &str, shipped: &[Source<'static>]) -> Result<Profile, OtherError> {
    let ids = || {
        let ids: Vec<&str> = shipped.iter().map(|source| stem(source.file)).collect();
        ids.join(", ")
    };
    let ships = |id: &str| {
        let source = shipped.iter().find(|source| stem(source.file) == id);
        source.map(|source| (source.file.to_owned(), source.text.to_owned()))
    };
    let path = Path::new(name);
    let of_file = path.extension().is_some_and(|extension| extension == "toml");
    let mut layers = vec![if of_file {
        read(path)?
    } else {
        let unknown = || OtherError::Unknown { id: name.to_owned(), shipped: ids() };
        ships(name).ok_or_else(unknown)?
    }];
    while let Some((file, text)) = layers.last() {
        let document: toml::Table = Source { file, text }.parse()?;
        let Some(above) = document.get("inherits").and_then(toml::Value::as_str) else { break };
        if layers.len() == MAX_LAYERS {
            return Err(OtherError::Endless { file: name.to_owned() });
        }
        // An identity, never a path.
        let beside = path.with_file_name(format!("{above}.toml"));
        let is_name = Path::new(above).file_name().is_some_and(|name| name == above);
        let layer = match of_file && is_name && beside.is_file() {
            true => read(&beside)?,
            false => ships(above).ok_or_else(|| OtherError::LayerUnknown {
                file: file.clone(),
                id: above.to_owned(),
                shipped: ids(),
            })?,
        };
        layers.push(layer);
    }
    let layers: Vec<Source<'_>> =
        layers.iter().rev().map(|(file, text)| Source { file, text }).collect();
    Ok(Profile::parse(&layers)?)
}

fn read(path: &Path) -> Result<(String, String), OtherError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(source) => Err(OtherError::Unreadable { file, source }),
    }
}

fn stem(file: &str) -> &str {
    file.strip_suffix(".toml").unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: [Source<'static>; 2] = [
        Source {
            file: "above.toml",
            text: "id = \"above\"\nversion = 1\ndocument = \"上\"\ntrial = false\n",
        },
        Source {
            file: "own.toml",
            text: "id = \"own\"\nversion = 2\ninherits = \"above\"\ndocument = \"下\"\n\
                   trial = true\n",
        },
    ];

    #[test]
    fn c13_simulate_a_profile_comes_with_the_layers_it_inherits() {
        assert_eq!(find("own", &SHIPPED).unwrap().policy(), "own@2");
        let told = find("nowhere", &SHIPPED).unwrap_err().to_string();
        assert_eq!(told, "\"nowhere\" is neither a file nor a profile that ships: above, own");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let draft =
            "id = \"draft\"\nversion = 1\ninherits = \"own\"\ndocument = \"稿\"\ntrial = true\n";
        let path = file("draft.toml", draft);
        assert_eq!(find(&path, &SHIPPED).unwrap().policy(), "draft@1");
        file("own.toml", &SHIPPED[1].text.replace("document", "unheard = 1\ndocument"));
        let told = find(&path, &SHIPPED).unwrap_err().to_string();
        assert!(told.contains("own.toml:4: unknown field `unheard`"), "beside it first: {told}");
        file("own.toml", draft);
        let told = find(&path, &SHIPPED).unwrap_err().to_string();
        assert!(told.ends_with("inherits more than 16 layers, or itself"), "{told}");
        let lost = file("lost.toml", &draft.replace("\"own\"", "\"../own\""));
        let told = find(&lost, &SHIPPED).unwrap_err().to_string();
        assert!(told.contains("inherits \"../own\", which is neither beside it"), "{told}");
        let gone = folder.path().join("gone.toml").display().to_string();
        assert!(find(&gone, &SHIPPED).unwrap_err().to_string().starts_with(&gone));
    }
}
