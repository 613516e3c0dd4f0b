//! How long a build may run and how much it may write.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The most processes and threads at once, where the kernel counts them for a user namespace: a
/// parallel build on 128 processors has fewer than 1,000.
#[cfg(target_os = "linux")]
pub(super) const PROCESSES: u64 = 4096;

/// The most files and folders. The source of `PyTorch`, the largest sdist in use, has about 60,000.
const FILES: u64 = 1_000_000;

/// Limits on each command of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may run.
    pub time: Duration,
    /// How many bytes its folder may hold, with its temporary files and its output.
    pub bytes: u64,
}

impl Default for Limits {
    /// An hour and 8 GB, the defaults of `fetch --build`.
    fn default() -> Self {
        Self {
            time: Duration::from_hours(1),
            bytes: 8_000_000_000,
        }
    }
}

/// What a folder holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    files: u64,
}

impl Size {
    /// Measures a folder, following no links; what vanishes meanwhile or cannot be read counts as
    /// nothing. Stops early where the limits are exceeded.
    pub(super) fn of(folder: &Path, limits: &Limits) -> Self {
        let mut size = Self::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else {
                    continue;
                };
                size.files += 1;
                size.bytes += on_disk(&metadata);
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
            }
            if size.excess(limits).is_some() {
                break;
            }
        }
        size
    }

    /// Adds a file, which need not exist.
    pub(super) fn add_file(&mut self, file: &Path) {
        if let Ok(metadata) = fs::symlink_metadata(file) {
            self.files += 1;
            self.bytes += on_disk(&metadata);
        }
    }

    /// Which limit it exceeds.
    pub(super) fn excess(&self, limits: &Limits) -> Option<String> {
        if self.bytes > limits.bytes {
            let megabytes = limits.bytes / 1_000_000;
            return Some(format!("it wrote more than {megabytes} MB, the limit"));
        }
        let too_many = self.files > FILES;
        too_many.then(|| format!("it made more than {FILES} files, the limit"))
    }
}

/// What a file takes on the disk, which is little for a sparse one.
#[cfg(unix)]
fn on_disk(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn on_disk(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_beyond_the_limit_is_noticed_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let time = Duration::from_secs(1);
        let limits = |bytes| Limits { time, bytes };
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b"), vec![1; 100_000]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.path().join("all")).unwrap();
        let size = Size::of(folder.path(), &limits(1 << 20));
        assert!(size.bytes >= 100_000 && size.bytes < 200_000, "{size:?}");
        assert_eq!(size.excess(&limits(1 << 20)), None);
        assert_eq!(
            size.excess(&limits(50_000)).unwrap(),
            "it wrote more than 0 MB, the limit"
        );
    }

    #[test]
    fn a_file_beside_the_folder_counts_too() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, vec![1; 100_000]).unwrap();
        let mut size = Size::default();
        size.add_file(&log);
        size.add_file(&folder.path().join("none"));
        assert!(size.bytes >= 100_000 && size.files == 1, "{size:?}");
    }
}
