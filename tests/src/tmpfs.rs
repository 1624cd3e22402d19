//! A small disk that can be full.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// What it is called among the mounts, before the number of its process.
const NAME: &str = "pingyi-chaos-";

/// A file system in memory; gone when dropped.
pub struct Tmpfs {
    folder: TempDir,
}

impl Tmpfs {
    /// Mounts one.
    ///
    /// # Panics
    /// If it cannot be mounted: that takes root.
    #[must_use]
    pub fn of_mebibytes(size: usize) -> Self {
        unmount_those_left_behind();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (size, name) = (format!("size={size}m"), format!("{NAME}{}", std::process::id()));
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &size, &name]);
        let output = command.arg(folder.path()).output().expect("mount runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "no small disk can be mounted, are we root? {told}");
        Self { folder }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Leaves no byte free.
    ///
    /// # Panics
    /// If the ballast cannot be written at all.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast());
        let ballast = ballast.as_mut().expect("a file for ballast");
        // Large pieces first, then single pages, until not one is left.
        for piece in [1 << 20, 4 << 10] {
            let bytes = vec![1; piece];
            while ballast.write_all(&bytes).is_ok() {}
        }
    }

    /// Gives back what [`Self::fill`] took.
    pub fn free(&self) {
        // Nothing to give back is as good.
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        unmount(&self.folder.path().display().to_string());
    }
}

fn unmount(folder: &str) {
    // Whoever still has a file open there keeps it till then; nobody finds it any more.
    let _ = Command::new("umount").args(["--lazy", folder]).status();
}

/// A test that is killed drops nothing: the next one does it in its place.
fn unmount_those_left_behind() {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    for mount in mounts.lines().filter_map(|mount| mount.strip_prefix(NAME)) {
        let mut words = mount.split(' ');
        if let (Some(process), Some(folder)) = (words.next(), words.next())
            && !Path::new("/proc").join(process).exists()
        {
            unmount(folder);
        }
    }
}
