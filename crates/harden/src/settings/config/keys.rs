//! The keys of a lock, each with the argument it sets.

use std::path::PathBuf;

use harden_fetch::MirrorAddress;
use harden_target::Target;

use super::read::{Item, Reader};
use crate::settings::args::{
    LockArgs, MarkerValue, NamedIndex, PackageCutoff, PackagePrerelease, TiedPackage,
};

/// A key of a lock: its name, and the reading of its value into the arguments.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Sets the argument, or reports the fault of the value.
    pub(super) read: fn(&mut Reader, &Item, &mut LockArgs),
}

/// All keys, in the order of the documentation.
pub const KEYS: [Key; 33] = [
    Key {
        name: "loose",
        read: |reader, item, lock| lock.loose = reader.texts(item),
    },
    Key {
        name: "strict",
        read: |reader, item, lock| lock.output = reader.text(item).map(PathBuf::from),
    },
    Key {
        name: "platforms",
        read: |reader, item, lock| lock.platform = reader.checked(item, is_platform),
    },
    Key {
        name: "extras",
        read: |reader, item, lock| lock.extras = reader.list(item),
    },
    Key {
        name: "groups",
        read: |reader, item, lock| lock.groups = reader.list(item),
    },
    Key {
        name: "constraints",
        read: |reader, item, lock| lock.constraints = reader.texts(item),
    },
    Key {
        name: "overrides",
        read: |reader, item, lock| lock.overrides = reader.texts(item),
    },
    Key {
        name: "exclude",
        read: |reader, item, lock| lock.exclude = reader.list(item),
    },
    Key {
        name: "no-deps",
        read: |reader, item, lock| lock.no_deps = reader.truth(item),
    },
    Key {
        name: "exclude-newer",
        read: |reader, item, lock| lock.exclude_newer = reader.value(item),
    },
    Key {
        name: "exclude-newer-package",
        read: |reader, item, lock| {
            lock.exclude_newer_package = reader.table(item, |name, value| {
                format!("{name}={value}").parse::<PackageCutoff>()
            });
        },
    },
    Key {
        name: "exempt",
        read: |reader, item, lock| lock.exempt = reader.exemptions(item),
    },
    Key {
        name: "undated",
        read: |reader, item, lock| lock.undated = reader.choice(item),
    },
    Key {
        name: "prerelease",
        read: |reader, item, lock| lock.prerelease = reader.choice(item),
    },
    Key {
        name: "prerelease-package",
        read: |reader, item, lock| {
            lock.prerelease_package = reader.table(item, |name, value| {
                format!("{name}={value}").parse::<PackagePrerelease>()
            });
        },
    },
    Key {
        name: "exhaustive",
        read: |reader, item, lock| lock.exhaustive = reader.truth(item),
    },
    Key {
        name: "resolution",
        read: |reader, item, lock| lock.resolution = reader.choice(item),
    },
    Key {
        name: "allow-sdist",
        read: |reader, item, lock| lock.sdists.allow_sdist = reader.list(item),
    },
    Key {
        name: "build",
        read: |reader, item, lock| lock.sdists.build = reader.list(item),
    },
    Key {
        name: "build-constraints",
        read: |reader, item, lock| lock.sdists.build_constraint = reader.list(item),
    },
    Key {
        name: "metadata",
        read: |reader, item, lock| lock.metadata = reader.metadata(item),
    },
    Key {
        name: "markers",
        read: |reader, item, lock| {
            lock.target.marker = reader.table(item, |name, value| {
                format!("{name}={value}").parse::<MarkerValue>()
            });
        },
    },
    Key {
        name: "hashes",
        read: |reader, item, lock| lock.writing.hashes = reader.choice(item),
    },
    Key {
        name: "index-url",
        read: |reader, item, lock| lock.index.index_url = reader.text(item),
    },
    Key {
        name: "extra-index-urls",
        read: |reader, item, lock| lock.index.extra_index_url = reader.texts(item),
    },
    Key {
        name: "indexes",
        read: |reader, item, lock| {
            lock.index.index = reader.table(item, |name, url| {
                format!("{name}={url}").parse::<NamedIndex>()
            });
        },
    },
    Key {
        name: "index-packages",
        read: |reader, item, lock| {
            lock.index.index_package = reader.table(item, |package, index| {
                format!("{package}={index}").parse::<TiedPackage>()
            });
        },
    },
    Key {
        name: "index-strategy",
        read: |reader, item, lock| lock.index.index_strategy = reader.choice(item),
    },
    Key {
        name: "find-links",
        read: |reader, item, lock| lock.index.find_links = reader.texts(item),
    },
    Key {
        name: "no-index",
        read: |reader, item, lock| lock.index.no_index = reader.truth(item),
    },
    Key {
        name: "no-pip-config",
        read: |reader, item, lock| lock.index.no_pip_config = reader.truth(item),
    },
    Key {
        name: "shared-cache",
        read: |reader, item, lock| {
            let address: Option<MirrorAddress> = reader.value(item);
            lock.cache.shared_cache = address.map(|address| address.to_string());
        },
    },
    Key {
        name: "policy",
        read: |reader, item, lock| lock.policy = reader.policy(item),
    },
];

/// Whether a text names a platform; a file is read only when it is used.
fn is_platform(text: &str) -> Result<(), String> {
    let is_file = std::path::Path::new(text)
        .extension()
        .is_some_and(|extension| extension == "json");
    if is_file || text == "current" {
        return Ok(());
    }
    let target: Result<Target, _> = text.parse();
    target.map(|_| ()).map_err(|error| error.to_string())
}
