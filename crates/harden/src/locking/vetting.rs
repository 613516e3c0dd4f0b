//! Which pinned files somebody has vetted: audits read from files and URLs, and the rule about them.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use harden_hasher::{Level, Rule, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::Sha256;
use harden_policy::{Judge, Policy, Setting, Verdicts};
use harden_requirements::InputOptions;
use harden_vet::{AuditsErrorKind, AuditsPlace, LARGEST_AUDITS, ReadAudits, Vetted};

use crate::locking::policy::today;
use crate::report::format::count;
use crate::report::{Error, Exit, Report};
use crate::settings::args::{CacheArgs, IndexArgs};
use crate::settings::requirements_urls::content;
use crate::settings::sources::Sources;

/// The file of audits beside a strict file.
pub const AUDITS: &str = "audits.toml";

/// Audits that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Unusable {
    what: String,
    #[source]
    why: AuditsErrorKind,
    exit: Exit,
    /// Whether the file itself is not there.
    is_missing: bool,
}

impl Report for Unusable {
    fn exit(&self) -> Exit {
        self.exit
    }

    fn hint(&self) -> Option<String> {
        self.is_missing.then(|| {
            "`harden vet add NAME --who WHO` makes the file; or correct its name, in `--audits` or in `audits` of the \
             policy"
                .to_owned()
        })
    }
}

/// Reads files of audits, and what they import from URLs, which the cache keeps by its digest.
pub struct AuditsReader<'a> {
    index: &'a IndexArgs,
    cache: &'a CacheArgs,
    client: OnceCell<IndexClient>,
    /// What the failure to read a URL means.
    exit: Cell<Exit>,
}

impl<'a> AuditsReader<'a> {
    /// URLs are read with the certificates, proxies and logins that apply to indexes.
    pub fn new(index: &'a IndexArgs, cache: &'a CacheArgs) -> Self {
        Self {
            index,
            cache,
            client: OnceCell::new(),
            exit: Cell::new(Exit::Input),
        }
    }

    /// The audits in a file, and in what it imports; none if the file is not there, and need not be.
    pub fn read_all(&self, place: &AuditsFile) -> Result<Vetted, Error> {
        if !place.is_named && !place.path.exists() {
            return Ok(Vetted::default());
        }
        let read = Vetted::read(&AuditsPlace::File(place.path.clone()), self);
        read.map_err(|error| {
            Unusable {
                what: error.to_string(),
                why: error.kind,
                exit: self.exit.get(),
                is_missing: !place.path.exists(),
            }
            .into()
        })
    }

    fn url(&self, url: &str, sha256: Option<&Sha256>) -> Result<Vec<u8>, Error> {
        if self.client.get().is_none() {
            let sources = Sources::new(self.index, self.cache, &InputOptions::default())?;
            let client = IndexClient::new(sources.settings)?;
            self.client.get_or_init(|| client);
        }
        let client = self.client.get().expect("it was made above");
        let name = sha256.map_or_else(String::new, ToString::to_string);
        if let Some(kept) = client.kept_answer(url, &name)
            && sha256.is_some_and(|digest| Sha256::of(&kept) == *digest)
        {
            return Ok(kept.into_bytes());
        }
        if self.cache.offline {
            return Err(NotCached.into());
        }
        let bytes = client.block_on(content(client, url))?;
        if let Ok(text) = str::from_utf8(&bytes)
            && sha256.is_some_and(|digest| Sha256::of(&bytes) == *digest)
        {
            client.keep_answer(url, &name, text);
        }
        Ok(bytes)
    }
}

/// A URL that would have to be read.
#[derive(Debug, thiserror::Error)]
#[error("it is not in the cache, and the network is not to be used")]
struct NotCached;

impl Report for NotCached {
    fn exit(&self) -> Exit {
        Exit::Network
    }
}

impl ReadAudits for AuditsReader<'_> {
    fn read(&self, place: &AuditsPlace, sha256: Option<&Sha256>) -> Result<Vec<u8>, String> {
        match place {
            AuditsPlace::File(path) => read_file(path).map_err(|error| error.to_string()),
            AuditsPlace::Url(url) => self.url(url.as_str(), sha256).map_err(|error| {
                // That a server does not have the file is a fault of the import, and no answer to a check.
                self.exit.set(match error.exit() {
                    Exit::No => Exit::Input,
                    exit => exit,
                });
                error.to_string()
            }),
        }
    }
}

/// The bytes of a file, one more than may be if it is too large.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe or a device would be read without end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a file",
        ));
    }
    let mut bytes = Vec::new();
    let most = LARGEST_AUDITS as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the audits of a strict file are.
#[derive(Debug, Clone)]
pub struct AuditsFile {
    /// The path.
    pub path: PathBuf,
    /// Whether somebody names it, so that it has to be there.
    is_named: bool,
}

impl AuditsFile {
    /// Those that an argument or the policy names, else those beside the strict file at this path.
    pub fn of(named: Option<&Path>, policy: Option<&Policy>, strict: &Path) -> Self {
        let configured = policy.and_then(|policy| policy.audits.as_deref());
        if let Some(path) = named.or(configured) {
            return Self {
                path: path.to_owned(),
                is_named: true,
            };
        }
        Self {
            path: from_here(&strict.with_file_name(AUDITS)),
            is_named: false,
        }
    }
}

/// A path below the current folder, from there.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&here) {
        Ok(below) if path.is_absolute() => below.to_owned(),
        _ => path.to_owned(),
    }
}

/// The digests of a pin that nobody has vetted as the criteria ask for.
pub fn unvetted<'p>(
    pin: &'p StrictPin,
    vetted: &Vetted,
    criteria: &BTreeSet<String>,
) -> Vec<&'p Sha256> {
    let hashes = pin.hashes().iter();
    hashes
        .filter(|digest| !vetted.meets(digest, criteria))
        .collect()
}

/// What the policy of the strict file at `path` says of files that nobody has vetted; nothing, unless its rule
/// is on.
pub fn judge(
    (strict, path): (&StrictFile, &Path),
    policy: &Policy,
    reader: &AuditsReader<'_>,
) -> Result<Verdicts, Error> {
    if policy.setting(Rule::Unvetted) == Setting::Off {
        return Ok(Verdicts::default());
    }
    let place = AuditsFile::of(None, Some(policy), path);
    let vetted = reader.read_all(&place)?;
    let mut judge = Judge::new(policy, today());
    for pin in strict.pins() {
        let missing = unvetted(pin, &vetted, &policy.audit_criteria);
        if missing.is_empty() {
            continue;
        }
        let what = format!("{} {}", pin.name(), pin.version());
        let what = match (missing.len(), pin.hashes().len()) {
            (some, all) if some == all => format!("{what} is not vetted"),
            (1, all) => format!("1 of {} of {what} is not vetted", count(all, "file")),
            (some, all) => format!("{some} of {} of {what} are not vetted", count(all, "file")),
        };
        let criteria: Vec<&str> = policy.audit_criteria.iter().map(String::as_str).collect();
        let criteria = match criteria[..] {
            [] => String::new(),
            _ => format!(" as {}", criteria.join(" and ")),
        };
        let audits = place.path.display();
        judge.add(pin, Rule::Unvetted, format!("{what}{criteria} in {audits}"));
    }
    Ok(judge.finish())
}

/// The same while locking: warnings, for a file has to be pinned before it can be vetted.
pub fn warn(
    strict: (&StrictFile, &Path),
    policy: &Policy,
    reader: &AuditsReader<'_>,
) -> Result<Verdicts, Error> {
    let mut verdicts = judge(strict, policy, reader)?;
    for judged in &mut verdicts.judged {
        judged.level = Level::Warning;
    }
    Ok(verdicts)
}
