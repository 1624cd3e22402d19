//! Files with private content: persons' data, keys, tokens. Only their owner can read them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file to write it from the beginning. A new file is readable by its owner only; an
/// existing one keeps its mode.
///
/// # Errors
/// If it cannot be opened.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    of_owner(&mut options).open(path)
}

/// Makes sure that a file exists and only its owner can read it, even if it existed before.
///
/// # Errors
/// If it cannot be opened, or belongs to somebody else.
pub fn keep(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    close(&of_owner(&mut options).open(path)?)
}

/// Removes everyone else's access to a file, if it exists.
///
/// # Errors
/// If it belongs to somebody else.
pub fn keep_if_there(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(_) => keep(path),
        Err(_) => Ok(()),
    }
}

#[cfg(unix)]
fn of_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(unix)]
fn close(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let others = file.metadata()?.permissions().mode() & 0o077;
    if others == 0 { Ok(()) } else { file.set_permissions(fs::Permissions::from_mode(0o600)) }
}

#[cfg(not(unix))]
fn of_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(unix))]
fn close(_: &File) -> io::Result<()> {
    Ok(())
}
