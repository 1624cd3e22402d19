//! Files that hold what is not everybody's: persons' data, keys, tokens. Only their owner reads them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file to be written anew. One that is made is its owner's alone; one that was there keeps the
/// mode somebody gave it.
///
/// # Errors
/// If it cannot be opened.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    of_owner(&mut options).open(path)
}

/// Makes sure that a file is there and its owner's alone, also if it was there before.
///
/// # Errors
/// If it cannot be opened, or is somebody else's.
pub fn keep(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    close(&of_owner(&mut options).open(path)?)
}

/// Takes a file from everybody but its owner, if it is there.
///
/// # Errors
/// If it is somebody else's.
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
