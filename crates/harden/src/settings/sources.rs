//! Where distributions come from: the command line, the requirements files, pip's configuration and
//! the default, combined.
//!
//! The command line decides the main index before the files, and these before pip's configuration.
//! Extra indexes and link lists of all of them are used. The strict file records what the command line
//! and the files say; pip's configuration belongs to this machine and is not recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use harden_fetch::{MirrorAddress, ParseMirrorError, shared_cache};
use harden_hasher::StrictFile;
use harden_index::{FindLinks, Freshness, IndexStrategy, IndexUrl, ParseAddressError, Settings};
use harden_packaging::PackageName;
use harden_requirements::{IndexChoice, InputOptions};

use crate::report::format::list;
use crate::report::redact::note_variable;
use crate::report::{Error, Report};
use crate::settings::args::{CacheArgs, IndexArgs, LockArgs, NamedIndex, TiedPackage, words};
use crate::settings::pip_config::{PipConfig, ThisMachine};

/// Why the indexes and link lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// The address of an index or of a list of links is not valid.
    #[error("{origin}")]
    Address {
        /// Where the address was given (`--index-url`).
        origin: String,
        /// Why.
        source: ParseAddressError,
    },
    /// A package is assigned to an index that no `--index` names.
    #[error("--index-package {package}={index}: no --index has this name{}", if known.is_empty() { String::new() } else { format!("; the names are {}", list(known)) })]
    NoSuchIndex {
        /// The package.
        package: PackageName,
        /// The name.
        index: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A package is assigned to two indexes.
    #[error("{package} is assigned to two indexes, {} and {}", indexes.0, indexes.1)]
    TiedTwice {
        /// The package.
        package: PackageName,
        /// The names of the indexes.
        indexes: (String, String),
    },
    /// Two indexes of one name, or one that no package uses.
    #[error("--index {name}: {fault}")]
    IndexName {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A folder or file of `--find-links` that does not exist.
    #[error("{origin}: no such file or folder: `{}`", path.display())]
    NoLinks {
        /// Where it was given.
        origin: String,
        /// The path.
        path: PathBuf,
    },
    /// The address of the shared cache is not valid.
    #[error("--shared-cache")]
    SharedCache(#[source] ParseMirrorError),
    /// The environment does not say where caches belong.
    #[error("cannot determine the cache folder: HOME is not set")]
    NoCacheFolder,
}

impl Report for SourcesError {
    fn hint(&self) -> Option<String> {
        let hint = "name a folder with --cache-dir, or use --no-cache".to_owned();
        matches!(self, Self::NoCacheFolder).then_some(hint)
    }
}

/// Where distributions come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Settings for the index client.
    pub settings: Settings,
    /// Options that installers of the strict file need, credentials included.
    pub options: InputOptions,
}

/// The folder of the cache; `None` with `--no-cache`.
pub fn cache_dir(args: &CacheArgs) -> Result<Option<PathBuf>, Error> {
    if args.no_cache {
        return Ok(None);
    }
    match &args.cache_dir {
        Some(folder) => Ok(Some(folder.clone())),
        None => usual_cache_dir().map(Some),
    }
}

/// The settings with the cache that is shared, if there is one.
fn with_shared_cache(settings: Settings, cache: &CacheArgs) -> Result<Settings, Error> {
    let address = cache.shared_cache.as_deref().map(str::parse);
    let address: Option<MirrorAddress> = address.transpose().map_err(SourcesError::SharedCache)?;
    let shared = address.map(|address| shared_cache(&address, &settings));
    Ok(Settings { shared, ..settings })
}

/// The platform's own folder for caches, and `harden` in it.
pub fn usual_cache_dir() -> Result<PathBuf, Error> {
    let strategy = etcetera::choose_base_strategy().map_err(|_| SourcesError::NoCacheFolder)?;
    Ok(strategy.cache_dir().join("harden"))
}

impl Sources {
    /// Combines the arguments and the options of the requirements files (or of the strict file).
    pub fn new(index: &IndexArgs, cache: &CacheArgs, files: &InputOptions) -> Result<Self, Error> {
        let pip = if index.no_pip_config {
            PipConfig::default()
        } else {
            PipConfig::read(&ThisMachine)
        };
        let mut options = in_force(index, files);
        let indexes = indexes(&options, &pip)?;
        // Installers look for assigned packages in all indexes; the hashes decide what they accept.
        let named = index.index.iter().map(|named| named.url.as_str().into());
        if options.index != IndexChoice::NoIndex {
            options.extra_index_urls = joined(options.extra_index_urls, &named.collect::<Vec<_>>());
        }
        let settings = Settings {
            indexes,
            strategy: index.index_strategy.map(Into::into).unwrap_or_default(),
            tied: tied(index)?,
            find_links: find_links(&options, &pip)?,
            cache_dir: cache_dir(cache)?,
            freshness: match (cache.offline, cache.refresh) {
                (true, _) => Freshness::Offline,
                (false, true) => Freshness::Refresh,
                (false, false) => Freshness::Http,
            },
            keyring: pip.keyring_provider.as_deref() != Some("disabled"),
            trusted_certificates: pip.cert,
            client_certificate: pip.client_cert,
            proxy: pip.proxy,
            ..Settings::default()
        };
        let settings = with_shared_cache(settings, cache)?;
        let mut sources = Self { settings, options };
        sources.log_in(&index.index);
        Ok(sources)
    }

    /// Gives the indexes of these names the logins in `HARDEN_INDEX_<NAME>_USERNAME` and
    /// `HARDEN_INDEX_<NAME>_PASSWORD`, which go before those of their URLs.
    pub fn log_in(&mut self, named: &[NamedIndex]) {
        for NamedIndex { name, url } in named {
            let (user, password) = (
                login_variable(name, "USERNAME"),
                login_variable(name, "PASSWORD"),
            );
            let Ok(place) = with_values(url).parse::<IndexUrl>() else {
                continue;
            };
            let settings = &mut self.settings;
            let indexes = settings
                .indexes
                .iter_mut()
                .chain(settings.tied.values_mut());
            for index in indexes.filter(|index| index.is_same_place(&place)) {
                *index = index.clone().with_login(user.clone(), password.clone());
            }
        }
    }

    /// Ties packages to the indexes that a lock names for them, unless the arguments say which indexes
    /// there are.
    pub fn tie(
        &mut self,
        index: &IndexArgs,
        ties: &BTreeMap<PackageName, Box<str>>,
    ) -> Result<(), Error> {
        if index.no_index || index.index_url.is_some() {
            return Ok(());
        }
        for (package, url) in ties {
            let url = url.parse();
            let url = url.map_err(|source| address(&format!("the index of {package}"), source))?;
            self.settings.tied.entry(package.clone()).or_insert(url);
        }
        Ok(())
    }

    /// Has the index revalidate what `-U` and `-P` upgrade, however fresh the cache is.
    pub fn refresh_upgraded(&mut self, args: &LockArgs) {
        let settings = &mut self.settings;
        if args.upgrade && settings.freshness == Freshness::Http {
            settings.freshness = Freshness::Refresh;
        }
        let upgraded = args.upgrade_package.iter();
        settings.refreshed = upgraded.map(|upgrade| upgrade.name().clone()).collect();
    }

    /// Combines the arguments and the options of a strict file. Its hashes decide what is accepted, so
    /// every index may offer it.
    pub fn of_pins(
        index: &IndexArgs,
        cache: &CacheArgs,
        strict: &InputOptions,
    ) -> Result<Self, Error> {
        let mut sources = Self::new(index, cache, strict)?;
        sources.settings.strategy = IndexStrategy::UnsafeBestMatch;
        Ok(sources)
    }
}

/// The value of `HARDEN_INDEX_<NAME>_<FIELD>`, where everything but letters and digits of the name of
/// the index is `_`.
fn login_variable(index: &str, field: &str) -> Option<String> {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let index: String = index.chars().map(plain).collect();
    let variable = format!("HARDEN_INDEX_{index}_{field}");
    let value = std::env::var(&variable)
        .ok()
        .filter(|value| !value.is_empty())?;
    if field == "PASSWORD" {
        note_variable(&variable, &value);
    }
    Some(value)
}

/// The index of each package that is assigned to one.
fn tied(args: &IndexArgs) -> Result<BTreeMap<PackageName, IndexUrl>, Error> {
    let mut tied = BTreeMap::new();
    if args.no_index {
        return Ok(tied);
    }
    let mut urls: BTreeMap<&str, IndexUrl> = BTreeMap::new();
    for named in &args.index {
        let origin = || format!("--index {}", named.name);
        let url = with_values(&named.url).parse();
        let url = url.map_err(|source| address(&origin(), source))?;
        if urls.insert(&named.name, url).is_some() {
            return Err(index_name(&named.name, "another index has this name"));
        }
    }
    for tie in &args.index_package {
        let url = urls
            .get(&*tie.index)
            .ok_or_else(|| SourcesError::NoSuchIndex {
                package: tie.package.clone(),
                index: tie.index.clone(),
                known: urls.keys().map(|&name| name.to_owned()).collect(),
            })?;
        let is_tied =
            |other: &&TiedPackage| other.package == tie.package && other.index != tie.index;
        if let Some(other) = args.index_package.iter().find(is_tied) {
            return Err(SourcesError::TiedTwice {
                package: tie.package.clone(),
                indexes: (tie.index.clone(), other.index.clone()),
            }
            .into());
        }
        tied.insert(tie.package.clone(), url.clone());
    }
    let is_used = |name: &str| args.index_package.iter().any(|tie| tie.index == name);
    match urls.keys().find(|name| !is_used(name)) {
        Some(name) => Err(index_name(
            name,
            "no package uses it; assign packages with --index-package PACKAGE=NAME, or use --extra-index-url for all packages",
        )),
        None => Ok(tied),
    }
}

fn index_name(name: &str, fault: &'static str) -> Error {
    let name = name.to_owned();
    SourcesError::IndexName { name, fault }.into()
}

/// The options of the files, overridden by the command line.
fn in_force(args: &IndexArgs, files: &InputOptions) -> InputOptions {
    let boxed = |given: &[String], variable: &str| -> Vec<Box<str>> {
        words(given, variable)
            .into_iter()
            .map(String::into_boxed_str)
            .collect()
    };
    let mut options = files.clone();
    options.index = match &args.index_url {
        _ if args.no_index => IndexChoice::NoIndex,
        Some(url) => IndexChoice::Url(url.as_str().into()),
        None => files.index.clone(),
    };
    options.extra_index_urls = match options.index {
        IndexChoice::NoIndex => Vec::new(),
        _ => joined(
            boxed(&args.extra_index_url, "HARDEN_EXTRA_INDEX_URL"),
            &files.extra_index_urls,
        ),
    };
    options.find_links = joined(
        boxed(&args.find_links, "HARDEN_FIND_LINKS"),
        &files.find_links,
    );
    options
}

/// Both lists, each entry once.
fn joined(mut first: Vec<Box<str>>, then: &[Box<str>]) -> Vec<Box<str>> {
    for entry in then {
        if !first.contains(entry) {
            first.push(entry.clone());
        }
    }
    first
}

/// The indexes in the order in which they are asked: extra indexes first, then the one that they are
/// extra to, PyPI last wherever it is named. So a public index cannot replace a package of a private
/// one, and the answer does not depend on where an index is named.
fn indexes(options: &InputOptions, pip: &PipConfig) -> Result<Vec<IndexUrl>, Error> {
    let mut indexes = Vec::new();
    let mut add = |origin: &str, url: &str| -> Result<(), Error> {
        let index: IndexUrl = with_values(url)
            .parse()
            .map_err(|source| address(origin, source))?;
        if !indexes.contains(&index) {
            indexes.push(index);
        }
        Ok(())
    };
    if options.index == IndexChoice::NoIndex {
        return Ok(indexes);
    }
    let pip_applies = !(options.index == IndexChoice::Default && pip.no_index);
    for url in &options.extra_index_urls {
        add("--extra-index-url", url)?;
    }
    if pip_applies {
        for url in &pip.extra_index_urls {
            add("extra-index-url of pip's configuration", url)?;
        }
    }
    match (&options.index, &pip.index_url) {
        (IndexChoice::Url(url), _) => add("--index-url", url)?,
        (_, Some(url)) if pip_applies => add("index-url of pip's configuration", url)?,
        (_, None) if pip_applies => indexes.extend(Settings::default().indexes),
        _ => {}
    }
    let public = Settings::default().indexes;
    // Stable: the others stay in their order.
    indexes.sort_by_key(|index| public.iter().any(|public| public.is_same_place(index)));
    indexes.dedup();
    Ok(indexes)
}

/// `address` with the values of the variables that it names as `${NAME}`, where they are set.
///
/// A value in the login of a URL may hold any character, as passwords do.
fn with_values(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(start) = rest.find("${") {
        let (before, variable) = rest.split_at(start);
        text += before;
        let value = variable[2..].split_once('}').and_then(|(name, after)| {
            let is_of_name =
                |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            let is_name = name.bytes().all(is_of_name);
            let value = std::env::var(name)
                .ok()
                .filter(|value| is_name && !value.is_empty())?;
            note_variable(name, &value);
            Some((value, after))
        });
        match value {
            Some((value, after)) if is_login(&text, after) => {
                text += &in_login(&value);
                rest = after;
            }
            Some((value, after)) => {
                text += &value;
                rest = after;
            }
            None => {
                text += "${";
                rest = &variable[2..];
            }
        }
    }
    text + rest
}

/// Whether what stands between these parts of a URL is in its login.
fn is_login(before: &str, after: &str) -> bool {
    let is_end = |c: char| "/?#".contains(c);
    let authority = before.split_once("://").map(|(_, rest)| rest);
    authority.is_some_and(|rest| !rest.contains(is_end))
        && after
            .split(is_end)
            .next()
            .is_some_and(|rest| rest.contains('@'))
}

/// `value` with escapes for what would end a login; what is escaped already, and the `:` between user and
/// password, stay.
fn in_login(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (at, c) in value.char_indices() {
        let is_escape = || {
            let digits = value.as_bytes().get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        match c {
            '%' if is_escape() => escaped.push(c),
            '%' | '/' | '?' | '#' | '@' | '[' | ']' | '\\' => {
                let _ = write!(escaped, "%{:02X}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The folders given with --find-links that a requirements file cannot name, because installers split
/// its options at white space.
pub fn unrecorded_links(options: &InputOptions) -> Vec<String> {
    let links = options.find_links.iter().filter(|link| {
        let is_special = |c: char| c.is_whitespace() || "'\"\\".contains(c);
        !link.contains("://") && link.contains(is_special)
    });
    links.map(std::string::ToString::to_string).collect()
}

/// The link lists. A folder that only pip's configuration names may be missing, as for pip.
fn find_links(options: &InputOptions, pip: &PipConfig) -> Result<Vec<FindLinks>, Error> {
    let mut all = Vec::new();
    for link in &options.find_links {
        let origin = "--find-links";
        let links = with_values(link).parse();
        let links: FindLinks = links.map_err(|source| address(origin, source))?;
        match links {
            FindLinks::Local(path) if !path.exists() => {
                let origin = origin.to_owned();
                return Err(SourcesError::NoLinks { origin, path }.into());
            }
            links => all.push(links),
        }
    }
    for link in &pip.find_links {
        let origin = "find-links of pip's configuration";
        match with_values(link)
            .parse()
            .map_err(|source| address(origin, source))?
        {
            FindLinks::Local(path) if !path.exists() => {
                tracing::debug!("{origin}: there is no file or folder {}", path.display());
            }
            links if all.contains(&links) => {}
            links => all.push(links),
        }
    }
    Ok(all)
}

fn address(origin: &str, source: ParseAddressError) -> Error {
    let origin = origin.to_owned();
    SourcesError::Address { origin, source }.into()
}

/// The options of a strict file that say where its distributions come from.
pub fn options_of(strict: &StrictFile) -> InputOptions {
    let values = |name| -> Vec<Box<str>> { strict.option_values(name).map(Into::into).collect() };
    let no_index = strict
        .options()
        .iter()
        .any(|option| option.name() == "--no-index");
    InputOptions {
        index: match values("--index-url").pop() {
            _ if no_index => IndexChoice::NoIndex,
            Some(url) => IndexChoice::Url(url),
            None => IndexChoice::Default,
        },
        extra_index_urls: values("--extra-index-url"),
        find_links: values("--find-links"),
        ..InputOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(options: &InputOptions, pip: &PipConfig) -> Vec<String> {
        let indexes = indexes(options, pip).unwrap();
        let default = &Settings::default().indexes[0];
        indexes
            .iter()
            .map(|index| {
                if index == default {
                    "PyPI".into()
                } else {
                    index.to_string()
                }
            })
            .collect()
    }

    fn options(index: IndexChoice, extra: &[&str]) -> InputOptions {
        InputOptions {
            index,
            extra_index_urls: extra.iter().map(|&url| url.into()).collect(),
            ..InputOptions::default()
        }
    }

    #[test]
    fn values_of_variables_in_a_login_may_hold_any_character() {
        for (before, after, expected) in [
            ("https://me:", "@index.test/simple", true),
            ("https://", ":pw@index.test", true),
            ("https://", "/simple", false),
            ("https://index.test/", "/simple@x", false),
            ("wheels/", "@x", false),
        ] {
            assert_eq!(is_login(before, after), expected, "{before} {after}");
        }
        for (value, escaped) in [
            ("p@s/s#?", "p%40s%2Fs%23%3F"),
            ("me:p%40w", "me:p%40w"),
            ("100%", "100%25"),
            ("ü", "ü"),
        ] {
            assert_eq!(in_login(value), escaped);
        }
    }

    const A: &str = "https://a.index.test/";
    const B: &str = "https://b.index.test/";

    #[test]
    fn extra_indexes_are_asked_first_and_pypi_last() {
        let pip = PipConfig::default();
        let named = || IndexChoice::Url(A.into());
        assert_eq!(order(&options(IndexChoice::Default, &[]), &pip), ["PyPI"]);
        assert_eq!(
            order(&options(IndexChoice::Default, &[B]), &pip),
            [B, "PyPI"]
        );
        assert_eq!(order(&options(named(), &[B]), &pip), [B, A]);
        assert_eq!(order(&options(named(), &[B, A]), &pip), [B, A]);
        let public = Settings::default().indexes[0].to_string();
        let public_first = options(named(), &[&format!("{public}/"), B]);
        assert_eq!(order(&public_first, &pip), [B, A, &format!("{public}/")]);
        assert!(order(&options(IndexChoice::NoIndex, &[B]), &pip).is_empty());
    }

    #[test]
    fn pips_configuration_counts_where_nothing_nearer_does() {
        let pip = PipConfig {
            index_url: Some(A.into()),
            extra_index_urls: vec![B.into()],
            ..PipConfig::default()
        };
        let named = IndexChoice::Url("https://c.index.test/".into());
        assert_eq!(order(&options(IndexChoice::Default, &[]), &pip), [B, A]);
        assert_eq!(
            order(&options(named, &[]), &pip),
            [B, "https://c.index.test/"]
        );
        let none = PipConfig {
            no_index: true,
            ..pip
        };
        assert!(order(&options(IndexChoice::Default, &[]), &none).is_empty());
        assert_eq!(order(&options(IndexChoice::Default, &[B]), &none), [B]);
    }

    #[test]
    fn only_pip_may_name_a_folder_that_is_not_there() {
        let missing = "no/such/folder";
        let pip = PipConfig {
            find_links: vec![missing.into()],
            ..PipConfig::default()
        };
        let mut options = InputOptions::default();
        assert_eq!(find_links(&options, &pip).unwrap(), []);
        options.find_links.push(missing.into());
        let error = find_links(&options, &pip).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--find-links: no such file or folder: `no/such/folder`"
        );
    }
}
