//! What is made of files, made again when they change. Looked at when it is needed, not by a task:
//! what nobody asks for need not be fresh.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::TlsError;

/// How often at most files are looked at. What changed is used for connections begun this much
/// later.
pub(super) const LOOK: Duration = Duration::from_secs(2);

type Build<T> = Box<dyn Fn(&[(PathBuf, Vec<u8>)]) -> Result<T, TlsError> + Send + Sync>;

/// A value made of some files.
pub(super) struct Watched<T> {
    files: Vec<PathBuf>,
    build: Build<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    looked: Instant,
    /// What the files held at the last look, of use or not.
    seen: Vec<(PathBuf, Vec<u8>)>,
    current: Arc<T>,
}

impl<T> Watched<T> {
    /// Reads the files for the first time.
    pub(super) fn new(files: Vec<PathBuf>, build: Build<T>) -> Result<Self, TlsError> {
        let seen = read(&files)?;
        let current = Arc::new(build(&seen)?);
        let state = Mutex::new(State { looked: Instant::now(), seen, current });
        Ok(Self { files, build, state })
    }

    /// The value as of now. If the files have become useless, the last good one: half of a renewal
    /// may be written, and the rest comes.
    pub(super) fn current(&self) -> Arc<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() >= LOOK {
            self.look(&mut state);
        }
        Arc::clone(&state.current)
    }

    /// Looks at once, due or not.
    #[cfg(test)]
    pub(super) fn look_now(&self) {
        self.look(&mut self.state.lock().unwrap());
    }

    fn look(&self, state: &mut State<T>) {
        state.looked = Instant::now();
        let built = match read(&self.files) {
            Ok(seen) if seen == state.seen => return,
            Ok(seen) => {
                state.seen = seen;
                (self.build)(&state.seen)
            }
            Err(unreadable) => {
                // Told once, until it can be read again.
                if state.seen.is_empty() {
                    return;
                }
                state.seen.clear();
                Err(unreadable)
            }
        };
        match built {
            Ok(value) => {
                state.current = Arc::new(value);
                tracing::info!(files = self.names(), "certificates were read again");
            }
            Err(error) => tracing::error!(
                %error,
                "changed certificates are of no use; the ones before stay in use"
            ),
        }
    }

    fn names(&self) -> String {
        self.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    }
}

fn read(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, TlsError> {
    files.iter().map(|file| Ok((file.clone(), read_one(file)?))).collect()
}

fn read_one(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|source| TlsError::File { path: file.display().to_string(), source })
}
