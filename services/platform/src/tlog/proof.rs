//! A proof as one file (C2SP tlog-proof): what is proved, where it stands in the tree, the way to the
//! head, and the head.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Hash, TlogError};

const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// The longest path of any tree.
const MAX_PATH: usize = 64;

/// A proof that can be checked offline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// What the leaf is computed from; only by that it is authenticated.
    pub extra: Vec<u8>,
    /// The leaf's number, from 0.
    pub index: u64,
    /// The audit path, the leaf's neighbour first.
    pub path: Vec<Hash>,
    /// The signed head.
    pub note: String,
}

impl ProofFile {
    /// As text.
    #[must_use]
    pub fn write(&self) -> String {
        let path = self.path.iter().map(|hash| format!("{}\n", STANDARD.encode(hash)));
        let (extra, path) = (STANDARD.encode(&self.extra), path.collect::<String>());
        format!("{FIRST}\nextra {extra}\nindex {}\n{path}\n{}", self.index, self.note)
    }

    /// From text.
    ///
    /// # Errors
    /// [`TlogError::Malformed`] naming the line that is wrong.
    pub fn read(text: &str) -> Result<Self, TlogError> {
        let (proof, note) = text
            .split_once("\n\n")
            .ok_or(TlogError::Malformed("is no proof: nothing is below an empty line"))?;
        let mut lines = proof.lines();
        let first = TlogError::Malformed("is no proof: the first line is another");
        lines.next().filter(|line| *line == FIRST).ok_or(first)?;
        let extra =
            lines.next().and_then(|line| STANDARD.decode(line.strip_prefix("extra ")?).ok());
        let extra = extra.ok_or(TlogError::Malformed("the line \"extra\" holds nothing"))?;
        let index = lines.next().and_then(|line| {
            let text = line.strip_prefix("index ")?;
            text.parse().ok().filter(|index: &u64| index.to_string() == text)
        });
        let index = index.ok_or(TlogError::Malformed("the line \"index\" has no number"))?;
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let path: Option<Vec<Hash>> = lines.map(hash).collect();
        let path = path.filter(|path| path.len() <= MAX_PATH);
        let path = path.ok_or(TlogError::Malformed("the path has a line that is no hash"))?;
        Ok(Self { extra, index, path, note: note.to_owned() })
    }
}
