//! pip's own configuration, as far as it says where distributions are: its files and its `PIP_*`
//! variables.
//!
//! <https://pip.pypa.io/en/stable/topics/configuration/>: a later file goes before an earlier one,
//! `[install]` before `[global]`, and the environment before both. A value of several words is a
//! list.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What pip is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipConfig {
    /// `index-url`.
    pub index_url: Option<String>,
    /// `extra-index-url`.
    pub extra_index_urls: Vec<String>,
    /// `find-links`.
    pub find_links: Vec<String>,
    /// `no-index`.
    pub no_index: bool,
    /// `cert`.
    pub cert: Option<PathBuf>,
    /// `client-cert`.
    pub client_cert: Option<PathBuf>,
    /// `proxy`.
    pub proxy: Option<String>,
    /// `keyring-provider`.
    pub keyring_provider: Option<String>,
}

/// Where pip's configuration comes from.
pub trait Surroundings {
    /// The value of an environment variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file, where there is one.
    fn text(&self, path: &Path) -> Option<String>;
}

/// The environment and the files of this machine.
#[derive(Debug, Clone, Copy)]
pub struct ThisMachine;

impl Surroundings for ThisMachine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn text(&self, path: &Path) -> Option<String> {
        fs::read_to_string(path).ok()
    }
}

/// pip's sections that count here, the stronger one last.
const SECTIONS: [&str; 2] = ["global", "install"];
const KEYS: [&str; 8] = [
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "cert",
    "client-cert",
    "proxy",
    "keyring-provider",
];

/// Settings of pip that would change what is installed, and that a lock does not depend on, since it
/// must be the same on every machine; each with what to use instead.
const UNUSED: [(&str, &str); 7] = [
    ("constraint", "use --constraint"),
    ("requirement", "name the file"),
    ("pre", "use --prerelease allow"),
    ("all-releases", "use --prerelease allow"),
    ("only-final", "use --prerelease disallow"),
    (
        "no-binary",
        "only wheels are locked, unless --allow-sdist is given",
    ),
    ("uploaded-prior-to", "use --exclude-newer"),
];

/// Variables of uv that would change the answer, each with what to use instead.
const UV_VARIABLES: [(&str, &str); 14] = [
    ("UV_CONSTRAINT", "use --constraint"),
    ("UV_OVERRIDE", "use --override"),
    ("UV_EXCLUDE", "use --exclude"),
    ("UV_BUILD_CONSTRAINT", "use --build-constraint"),
    ("UV_DEFAULT_INDEX", "use --index-url"),
    ("UV_INDEX_URL", "use --index-url"),
    ("UV_INDEX", "use --extra-index-url"),
    ("UV_EXTRA_INDEX_URL", "use --extra-index-url"),
    ("UV_FIND_LINKS", "use --find-links"),
    ("UV_NO_INDEX", "use --no-index"),
    ("UV_INDEX_STRATEGY", "use --index-strategy"),
    ("UV_EXCLUDE_NEWER", "use --exclude-newer"),
    ("UV_PRERELEASE", "use --prerelease"),
    ("UV_RESOLUTION", "use --resolution"),
];

/// The settings of pip and uv in these surroundings that have no effect on a lock, each as a warning.
pub fn unused(surroundings: &dyn Surroundings) -> Vec<String> {
    let files = files(surroundings);
    let texts = files
        .iter()
        .filter_map(|path| Some((path, surroundings.text(path)?)));
    let texts: Vec<_> = texts.collect();
    let mut warnings = Vec::new();
    for (key, instead) in UNUSED {
        let variable = format!("PIP_{}", key.replace('-', "_").to_uppercase());
        let is_set = |value: &String| !matches!(&**value, "0" | "false" | "no" | "off");
        if surroundings
            .variable(&variable)
            .as_ref()
            .is_some_and(is_set)
        {
            warnings.push(format!("{variable} has no effect; {instead}"));
        }
        for (path, text) in &texts {
            let sections = SECTIONS.iter();
            let mut values = sections.filter_map(|section| entries(text, section).remove(key));
            if values.any(|value| is_set(&value)) {
                let path = path.display();
                warnings.push(format!("{path}: `{key}` has no effect; {instead}"));
            }
        }
    }
    let of_uv = UV_VARIABLES.iter();
    let of_uv = of_uv.filter(|(name, _)| surroundings.variable(name).is_some());
    warnings.extend(of_uv.map(|(name, instead)| format!("{name} has no effect; {instead}")));
    warnings
}

impl PipConfig {
    /// What pip would read in these surroundings.
    pub fn read(surroundings: &dyn Surroundings) -> Self {
        let mut settings = Settings::new();
        let texts: Vec<String> = files(surroundings)
            .iter()
            .filter_map(|path| surroundings.text(path))
            .collect();
        for section in SECTIONS {
            for text in &texts {
                settings.extend(entries(text, section));
            }
        }
        for key in KEYS {
            let variable = format!("PIP_{}", key.replace('-', "_").to_uppercase());
            settings.extend(
                surroundings
                    .variable(&variable)
                    .map(|value| (key.to_owned(), value)),
            );
        }
        Self::from_settings(&settings)
    }

    fn from_settings(settings: &Settings) -> Self {
        let text = |key: &str| settings.get(key).map(|value| value.trim().to_owned());
        let words = |key: &str| -> Vec<String> {
            let value = settings.get(key).map(String::as_str).unwrap_or_default();
            value.split_whitespace().map(str::to_owned).collect()
        };
        Self {
            index_url: text("index-url"),
            extra_index_urls: words("extra-index-url"),
            find_links: words("find-links"),
            no_index: text("no-index").is_some_and(|value| is_true(&value)),
            cert: text("cert").map(PathBuf::from),
            client_cert: text("client-cert").map(PathBuf::from),
            proxy: text("proxy").filter(|proxy| !proxy.is_empty()),
            keyring_provider: text("keyring-provider"),
        }
    }
}

/// Reads a file of pip's.
pub fn look(text: &str) {
    let sections = SECTIONS.iter();
    let settings = sections
        .flat_map(|section| entries(text, section))
        .collect();
    let _ = PipConfig::from_settings(&settings);
}

type Settings = BTreeMap<String, String>;

fn is_true(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "1" | "true" | "yes" | "on" | "t" | "y"
    )
}

/// The files that pip reads, the stronger ones last.
fn files(surroundings: &dyn Surroundings) -> Vec<PathBuf> {
    let named = surroundings.variable("PIP_CONFIG_FILE");
    if named
        .as_deref()
        .is_some_and(|path| path == "/dev/null" || path.eq_ignore_ascii_case("nul"))
    {
        return Vec::new();
    }
    let mut files = system_files(surroundings);
    files.extend(user_files(surroundings));
    let venv = surroundings.variable("VIRTUAL_ENV");
    files.extend(venv.map(|venv| Path::new(&venv).join(FILE_NAME)));
    files.extend(named.map(PathBuf::from));
    files
}

const FILE_NAME: &str = if cfg!(windows) { "pip.ini" } else { "pip.conf" };

fn system_files(surroundings: &dyn Surroundings) -> Vec<PathBuf> {
    if cfg!(windows) {
        let data = surroundings.variable("PROGRAMDATA");
        return data
            .into_iter()
            .map(|data| Path::new(&data).join("pip").join(FILE_NAME))
            .collect();
    }
    if cfg!(target_os = "macos") {
        return vec![Path::new("/Library/Application Support/pip").join(FILE_NAME)];
    }
    let folders = surroundings
        .variable("XDG_CONFIG_DIRS")
        .unwrap_or("/etc/xdg".to_owned());
    folders
        .split(':')
        .map(|folder| Path::new(folder).join("pip").join(FILE_NAME))
        .chain([Path::new("/etc").join(FILE_NAME)])
        .collect()
}

fn user_files(surroundings: &dyn Surroundings) -> Vec<PathBuf> {
    if cfg!(windows) {
        let home = surroundings
            .variable("USERPROFILE")
            .map(|home| Path::new(&home).join("pip"));
        let data = surroundings
            .variable("APPDATA")
            .map(|data| Path::new(&data).join("pip"));
        return home
            .into_iter()
            .chain(data)
            .map(|folder| folder.join(FILE_NAME))
            .collect();
    }
    let home = surroundings.variable("HOME").map(PathBuf::from);
    let legacy = home.as_ref().map(|home| home.join(".pip"));
    let library = home
        .as_ref()
        .map(|home| home.join("Library/Application Support"));
    let library = library.filter(|_| cfg!(target_os = "macos"));
    let config = surroundings.variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| home.map(|home| home.join(".config")));
    let folders = [config, library]
        .into_iter()
        .flatten()
        .map(|folder| folder.join("pip"));
    legacy
        .into_iter()
        .chain(folders)
        .map(|folder| folder.join(FILE_NAME))
        .collect()
}

/// The settings in a section of an INI file, as Python's `configparser` reads it: `key = value` or
/// `key: value`, an indented line going on with the value, whole lines after `#` or `;` left out.
fn entries(text: &str, section: &str) -> Settings {
    let mut settings = Settings::new();
    let (mut inside, mut last) = (false, None::<String>);
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|key| settings.get_mut(key)) {
                value.push('\n');
                value.push_str(content);
            }
        } else if let Some(name) = content
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            (inside, last) = (name == section, None);
        } else if inside {
            let (key, value) = content.split_once(['=', ':']).unwrap_or((content, ""));
            let key = key.trim().to_lowercase().replace('_', "-");
            settings.insert(key.clone(), value.trim().to_owned());
            last = Some(key);
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Variables and files of a test.
    struct FakeMachine(Vec<(&'static str, &'static str)>);

    impl Surroundings for FakeMachine {
        fn variable(&self, name: &str) -> Option<String> {
            let found = self.0.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }

        fn text(&self, path: &Path) -> Option<String> {
            self.variable(path.to_str()?)
        }
    }

    #[test]
    fn nothing_is_configured_by_nothing() {
        assert_eq!(PipConfig::read(&FakeMachine(vec![])), PipConfig::default());
    }

    #[test]
    fn settings_without_effect_are_warnings() {
        let text = "[global]\nconstraint = c.txt\npre = no\n[freeze]\nno-binary = :all:\n";
        let machine = FakeMachine(vec![
            ("PIP_CONFIG_FILE", "mine"),
            ("mine", text),
            ("PIP_PRE", "1"),
            ("PIP_ONLY_FINAL", "false"),
            ("UV_INDEX_URL", "https://index.test/simple"),
        ]);
        let expected = [
            "mine: `constraint` has no effect; use --constraint",
            "PIP_PRE has no effect; use --prerelease allow",
            "UV_INDEX_URL has no effect; use --index-url",
        ];
        assert_eq!(unused(&machine), expected);
    }

    #[test]
    fn sections_and_lists_are_read_as_configparser_does() {
        let text = "\
            ; a comment\n\
            [global]\n\
            index_url = https://global.index.test/simple\n\
            Extra-Index-Url:\n    https://a.index.test\n    # a comment\n    https://b.index.test\n\
            no-index = false\n\
            [install]\n\
            index-url = https://install.index.test/simple\n\
            [download]\n\
            find-links = elsewhere\n";
        let config = PipConfig::read(&FakeMachine(vec![
            ("PIP_CONFIG_FILE", "mine"),
            ("mine", text),
        ]));
        let expected = PipConfig {
            index_url: Some("https://install.index.test/simple".into()),
            extra_index_urls: vec!["https://a.index.test".into(), "https://b.index.test".into()],
            ..PipConfig::default()
        };
        assert_eq!(config, expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_nearer_goes_before_what_is_farther() {
        let mut made = vec![("HOME", "/home/a")];
        let mut index_url = |name, text| {
            made.push((name, text));
            PipConfig::read(&FakeMachine(made.clone()))
                .index_url
                .unwrap()
        };
        assert_eq!(
            index_url("/etc/pip.conf", "[global]\nindex-url=system"),
            "system"
        );
        assert_eq!(
            index_url("/home/a/.pip/pip.conf", "[global]\nindex-url=legacy"),
            "legacy"
        );
        assert_eq!(
            index_url("/home/a/.config/pip/pip.conf", "[global]\nindex-url=user"),
            "user"
        );
        index_url("VIRTUAL_ENV", "/venv");
        assert_eq!(
            index_url("/venv/pip.conf", "[global]\nindex-url=venv"),
            "venv"
        );
        index_url("PIP_CONFIG_FILE", "mine");
        assert_eq!(index_url("mine", "[global]\nindex-url=mine"), "mine");
        assert_eq!(index_url("PIP_INDEX_URL", "environment"), "environment");
    }

    #[test]
    fn the_null_device_turns_files_off_but_not_variables() {
        let made = vec![
            ("PIP_CONFIG_FILE", "/dev/null"),
            ("/etc/pip.conf", "[global]\nindex-url=system"),
            ("PIP_FIND_LINKS", "a b"),
            ("PIP_NO_INDEX", "1"),
            ("PIP_CERT", "/certs/own.pem"),
            ("PIP_CLIENT_CERT", "/certs/me.pem"),
            ("PIP_PROXY", "http://proxy.test:3128"),
            ("PIP_KEYRING_PROVIDER", "disabled"),
        ];
        let expected = PipConfig {
            find_links: vec!["a".into(), "b".into()],
            no_index: true,
            cert: Some("/certs/own.pem".into()),
            client_cert: Some("/certs/me.pem".into()),
            proxy: Some("http://proxy.test:3128".into()),
            keyring_provider: Some("disabled".into()),
            ..PipConfig::default()
        };
        assert_eq!(PipConfig::read(&FakeMachine(made)), expected);
    }
}
