//! A terminal's access token. It expires, and is replaced in its file; the terminal need not be
//! started again for that.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tonic::metadata::{Ascii, MetadataValue, errors::InvalidMetadataValue};

/// The header of a token.
type Header = MetadataValue<Ascii>;

/// A terminal's access token, and its file, if it has one.
#[derive(Clone, Debug)]
pub struct Token {
    header: Arc<Mutex<Header>>,
    file: Option<Arc<Path>>,
}

impl Token {
    /// A token without a file; it is not replaced when it expires.
    ///
    /// # Errors
    /// If it is not valid in a header.
    pub fn new(token: &str) -> Result<Self, InvalidMetadataValue> {
        Ok(Self { header: Arc::new(Mutex::new(header(token)?)), file: None })
    }

    /// The token in a file.
    ///
    /// # Errors
    /// If the file cannot be read, or holds no token.
    pub fn read(file: &Path) -> Result<Self, String> {
        let token = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let token = Self::new(&token).map_err(|_| "holds no access token".to_owned())?;
        Ok(Self { file: Some(file.into()), ..token })
    }

    pub(super) fn header(&self) -> Header {
        self.header.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again after a token was refused; returns whether there is another one now.
    pub(super) fn replaced(&self, refused: &Header) -> bool {
        let file = self.file.as_deref();
        // A file that is being replaced may be missing or incomplete: the next refusal reads it
        // again.
        let found = file.and_then(|file| fs::read_to_string(file).ok());
        let mut header = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = found.and_then(|token| self::header(&token).ok()) {
            *header = found;
        }
        *header != *refused
    }
}

fn header(token: &str) -> Result<Header, InvalidMetadataValue> {
    format!("Bearer {}", token.trim()).parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_token_is_read_and_the_same_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kiosk.token");
        fs::write(&file, "old\n").unwrap();
        let token = Token::read(&file).unwrap();
        let old = token.header();
        assert_eq!(old, "Bearer old");
        assert!(!token.replaced(&old), "it is still the old one");
        fs::write(&file, "new").unwrap();
        assert!(token.replaced(&old));
        assert_eq!(token.clone().header(), "Bearer new");
        fs::remove_file(&file).unwrap();
        assert!(!token.replaced(&token.header()), "there is none now");
        assert!(Token::read(&file).is_err());
    }
}
