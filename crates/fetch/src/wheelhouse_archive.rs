//! A wheelhouse as one file, the same bytes each time: sorted, with fixed dates, owners and modes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::atomic_write::write_atomically;
use crate::wheelhouse_files::contents;
use crate::{Failure, FetchError, Lock};

/// How hard zstd tries: wheels are compressed already.
const ZSTD_LEVEL: i32 = 3;

/// The forms of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Tar,
    TarZstd,
    Zip,
}

/// Packs the files of some locks in a folder into the archive `to`, a `.tar`, `.tar.zst` or `.zip`
/// by its name; and with it the files beside the wheels that were written about them.
///
/// # Errors
///
/// Returns [`FetchError`] where a file of a lock is missing or wrong, or the archive cannot be
/// written, or its name has no known ending.
pub fn write_archive(locks: &[Lock<'_>], folder: &Path, to: &Path) -> Result<(), FetchError> {
    let form = form_of(to).ok_or_else(|| FetchError::one(Failure::ArchiveName(to.to_owned())))?;
    let mut names = beside(folder).map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "read",
            path: folder.to_owned(),
            source,
        })
    })?;
    for lock in locks {
        names.extend(contents(lock, folder)?.into_iter().map(|file| file.name));
    }
    let files: Vec<(String, PathBuf)> = names
        .into_iter()
        .map(|name| (name.clone(), folder.join(name)))
        .collect();
    write_atomically(to, |file| {
        let file = BufWriter::new(file);
        match form {
            Form::Tar => tar(&files, file)?.flush(),
            Form::TarZstd => {
                let packed = tar(&files, zstd::Encoder::new(file, ZSTD_LEVEL)?)?;
                packed.finish()?.flush()
            }
            Form::Zip => zip(&files, file),
        }
    })
}

fn form_of(path: &Path) -> Option<Form> {
    let name = path.file_name()?.to_str()?;
    let forms = [
        (".tar", Form::Tar),
        (".tar.zst", Form::TarZstd),
        (".zip", Form::Zip),
    ];
    let form = forms.into_iter().find(|(ending, _)| name.ends_with(ending));
    form.map(|(_, form)| form)
}

/// What was written beside the wheels about them.
pub(crate) fn beside(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        let lock = name.strip_suffix(".toml");
        let list = name.strip_suffix(".txt");
        if lock.is_some_and(|lock| lock == "pylock" || lock.starts_with("pylock."))
            || list.is_some_and(|list| list == "requirements" || list.starts_with("requirements."))
            || name.ends_with(".complete-platform.json")
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

fn tar<W: Write>(files: &[(String, PathBuf)], to: W) -> io::Result<W> {
    let mut archive = tar::Builder::new(to);
    for (name, path) in files {
        let file = File::open(path)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(file.metadata()?.len());
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, name, file)?;
    }
    archive.into_inner()
}

fn zip<W: Write + io::Seek>(files: &[(String, PathBuf)], to: W) -> io::Result<()> {
    let mut archive = ZipWriter::new(to);
    for (name, path) in files {
        let mut file = File::open(path)?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(file.metadata()?.len() > u64::from(u32::MAX))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        archive.start_file(name.as_str(), options)?;
        io::copy(&mut file, &mut archive)?;
    }
    archive.finish()?.flush()
}
