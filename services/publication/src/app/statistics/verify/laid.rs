//! Facts on their way to be counted: in a file without a name, which is gone with the process.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _},
};

use prost::Message as _;
use proto::fact::v1::Fact;

/// Facts that are laid down and then read once, in the same order; each after its length.
pub(super) struct Laid {
    file: BufWriter<File>,
    facts: u64,
}

impl Laid {
    /// None yet.
    pub(super) fn begin() -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(1 << 20, tempfile::tempfile()?), facts: 0 })
    }

    /// Lays down the next one.
    pub(super) fn lay(&mut self, fact: &Fact) -> io::Result<()> {
        let bytes = fact.encode_to_vec();
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&bytes)?;
        self.facts += 1;
        Ok(())
    }

    /// Hands over each.
    pub(super) fn each(self, mut take: impl FnMut(&Fact)) -> io::Result<()> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let (mut file, mut bytes) = (BufReader::with_capacity(1 << 20, file), Vec::new());
        for _ in 0..self.facts {
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            bytes.resize(u32::from_le_bytes(length) as usize, 0);
            file.read_exact(&mut bytes)?;
            take(&Fact::decode(bytes.as_slice()).map_err(io::Error::other)?);
        }
        Ok(())
    }
}
