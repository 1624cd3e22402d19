//! Facts in a file: `pingyi.fact.v1.Fact` messages one after the other, each after its length. Read
//! one by one, so that a file may be larger than memory.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
};

use prost::Message as _;
use proto::fact::v1::Fact;

/// The longest fact, in bytes: what a page of facts may have.
const MAX_FACT: u64 = 64 << 20;
/// The longest length, in bytes: seven bits each.
const MAX_VARINT: u32 = 10;
/// Who tells facts.
const PRODUCERS: [&str; 4] = ["catalog", "intake", "ticketing", "publication"];

/// Why a file of facts cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened, read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// It ends within a fact.
    #[error("{file}: byte {offset}: the file ends within the fact that begins here: it is cut off")]
    CutOff {
        /// The file.
        file: String,
        /// Where that fact begins.
        offset: u64,
    },
    /// It holds something else.
    #[error("{file}: byte {offset}: no fact begins here: {why}")]
    Foreign {
        /// The file.
        file: String,
        /// Where.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads every fact of a file, in order.
///
/// # Errors
/// [`FileError`] naming the file and, if it is cut off or foreign, the byte.
pub fn read(path: &Path, mut each: impl FnMut(Fact)) -> Result<(), FileError> {
    let file = path.display().to_string();
    let failed = |source| FileError::Io { file: file.clone(), source };
    let mut from = BufReader::new(File::open(path).map_err(failed)?);
    let (mut offset, mut bytes) = (0, Vec::new());
    loop {
        let foreign = |why: String| FileError::Foreign { file: file.clone(), offset, why };
        let cut_off = || FileError::CutOff { file: file.clone(), offset };
        if from.fill_buf().map_err(failed)?.is_empty() {
            return Ok(());
        }
        let (mut length, mut read, mut byte) = (0_u64, 0_u32, [0_u8]);
        loop {
            if from.read(&mut byte).map_err(failed)? == 0 {
                return Err(cut_off());
            }
            length |= u64::from(byte[0] & 0x7f) << (7 * read);
            read += 1;
            if byte[0] & 0x80 == 0 {
                break;
            }
            if read == MAX_VARINT - 1 {
                return Err(foreign("its length cannot be read".to_owned()));
            }
        }
        if length > MAX_FACT {
            return Err(foreign(format!("it would have {length} bytes")));
        }
        bytes.clear();
        // Grows with what is there: a wrong length takes no memory.
        let there = (&mut from).take(length).read_to_end(&mut bytes).map_err(failed)?;
        let fact = Fact::decode(bytes.as_slice());
        if (there as u64) < length {
            return Err(cut_off());
        }
        let fact = fact.map_err(|error| foreign(error.to_string()))?;
        let placed = fact.position > 0 && PRODUCERS.contains(&fact.producer.as_str());
        if !placed {
            return Err(foreign("it has no producer and position".to_owned()));
        }
        each(fact);
        offset += u64::from(read) + length;
    }
}

/// Writes facts to a file, which is there only once all of them are.
pub struct Writer {
    path: PathBuf,
    part: PathBuf,
    to: BufWriter<File>,
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        let to = File::create(&part).map_err(|source| io_error(&part, source))?;
        Ok(Self { path: path.to_owned(), part, to: BufWriter::new(to), bytes: Vec::new() })
    }

    /// Adds a fact.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn put(&mut self, fact: &Fact) -> Result<(), FileError> {
        self.bytes.clear();
        let encoded = fact.encode_length_delimited(&mut self.bytes).map_err(io::Error::other);
        let written = encoded.and_then(|()| self.to.write_all(&self.bytes));
        written.map_err(|source| io_error(&self.part, source))
    }

    /// Ends the file: now it is there.
    ///
    /// # Errors
    /// [`FileError::Io`].
    pub fn end(self) -> Result<(), FileError> {
        let Self { path, part, to, .. } = self;
        let written = to.into_inner().map_err(io::IntoInnerError::into_error);
        let written = written.and_then(|file| file.sync_all());
        written.map_err(|source| io_error(&part, source))?;
        fs::rename(&part, &path).map_err(|source| io_error(&path, source))
    }
}

fn io_error(path: &Path, source: io::Error) -> FileError {
    FileError::Io { file: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use proto::fact::v1::{CaseCompleted, fact::Body};

    use super::*;

    fn fact(position: u64) -> Fact {
        let case_id = "x".repeat(usize::try_from(position).unwrap() * 40);
        let body = Body::CaseCompleted(CaseCompleted { case_id, ..CaseCompleted::default() });
        let (producer, body) = ("intake".to_owned(), Some(body));
        Fact { position, producer, body, ..Fact::default() }
    }

    fn written(facts: &[Fact]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.bin");
        let mut writer = Writer::create(&path).unwrap();
        facts.iter().for_each(|fact| writer.put(fact).unwrap());
        assert!(!path.exists(), "not before all of them are there");
        writer.end().unwrap();
        (folder, path)
    }

    fn all(path: &Path) -> Result<Vec<Fact>, FileError> {
        let mut facts = Vec::new();
        read(path, |fact| facts.push(fact)).map(|()| facts)
    }

    #[test]
    fn c13_simulate_facts_come_back_as_they_were_written() {
        let facts: Vec<Fact> = (1..=20).map(fact).collect();
        let (folder, path) = written(&facts);
        assert_eq!(all(&path).unwrap(), facts);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
        let (_folder, empty) = written(&[]);
        assert_eq!(all(&empty).unwrap(), []);
        assert!(matches!(all(Path::new("nowhere.bin")), Err(FileError::Io { .. })));
    }

    #[test]
    fn c13_simulate_a_file_that_is_cut_off_anywhere_names_the_fact_it_ends_in() {
        let (first, second) = (fact(1), fact(6));
        let (_folder, path) = written(&[first.clone(), second]);
        let whole = fs::read(&path).unwrap();
        let ends = [0, first.encode_to_vec().len() + 1, whole.len()];
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            match all(&path) {
                Ok(facts) => assert_eq!(ends[facts.len()], cut),
                Err(FileError::CutOff { offset, .. }) => {
                    let begins = ends.iter().rfind(|end| **end < cut).unwrap();
                    assert_eq!(usize::try_from(offset).unwrap(), *begins, "{cut}");
                }
                Err(other) => panic!("{cut}: {other}"),
            }
        }
    }

    #[test]
    fn c13_simulate_a_foreign_file_is_refused_with_the_byte() {
        let (_folder, path) = written(&[fact(1)]);
        let whole = fs::read(&path).unwrap();
        let nobody = Fact { producer: String::new(), ..fact(2) }.encode_length_delimited_to_vec();
        for (foreign, why) in [
            (b"\x05hello".as_slice(), "no fact begins here"),
            (&[0xff; 12], "its length cannot be read"),
            (&[0xff, 0xff, 0xff, 0xff, 0x7f], "it would have 34359738367 bytes"),
            (&[0], "it has no producer and position"),
            (&nobody, "it has no producer and position"),
        ] {
            fs::write(&path, [&whole, foreign].concat()).unwrap();
            let told = all(&path).unwrap_err().to_string();
            let byte = format!("facts.bin: byte {}: no fact begins here", whole.len());
            assert!(told.contains(&byte) && told.contains(why), "{told}");
        }
        fs::write(&path, "{\"facts\": []}\n").unwrap();
        assert!(matches!(all(&path), Err(FileError::CutOff { offset: 0, .. })));
    }
}
