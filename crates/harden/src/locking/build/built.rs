//! A wheel that was built, as its backend made it and as auditwheel repaired it.

use harden_fetch::build::BuiltWheel;
use harden_hasher::BuiltFrom;
use harden_target::Target;

/// How many libraries a warning names.
const SHOWN: usize = 4;

/// A wheel that was built, and how.
#[derive(Debug, Clone)]
pub struct Built {
    /// The wheel.
    pub wheel: BuiltWheel,
    /// What to record of it.
    pub from: BuiltFrom,
    /// Whether its setup code looks at the machine it runs on.
    pub reads_host: bool,
    /// The same as its backend made it, where `wheel` is a repaired one.
    pub unrepaired: Option<Box<Self>>,
}

impl Built {
    /// The repaired wheel; the unrepaired one if it fits more of `targets`.
    ///
    /// A shared library of this machine may need a newer glibc than the wheel itself, and then so does the
    /// wheel it is copied into.
    pub fn serving(self, targets: &[&Target]) -> Self {
        let fitting = |built: &Self| {
            let targets = targets.iter();
            targets.filter(|target| built.wheel.fits(target)).count()
        };
        match self.unrepaired.as_deref() {
            Some(unrepaired) if fitting(unrepaired) > fitting(&self) => Self {
                unrepaired: None,
                ..unrepaired.clone()
            },
            _ => self,
        }
    }

    /// The warning that the targets of `served`, which is this one or its unrepaired form, must have
    /// shared libraries that the repaired wheel brings.
    pub fn library_warning(&self, served: &Self) -> Option<String> {
        let libraries = self.wheel.libraries();
        if libraries.is_empty() || served.wheel == self.wheel {
            return None;
        }
        Some(format!(
            "{} needs shared libraries that the target must have: {}; with those of this machine copied \
             into it, it is {}, for a newer glibc",
            served.wheel.file(),
            some_of(libraries),
            self.wheel.file()
        ))
    }
}

/// The names of some libraries, without the digest that auditwheel gives them (`libpq-f632a8e2.so.5`).
fn some_of(libraries: &[String]) -> String {
    let plain = |library: &String| {
        let (stem, rest) = library.split_once('.').unwrap_or((library, ""));
        let name = match stem.rsplit_once('-') {
            Some((name, digest)) if is_digest(digest) => name,
            _ => stem,
        };
        format!("{name}.{rest}")
    };
    let shown: Vec<String> = libraries.iter().take(SHOWN).map(plain).collect();
    match libraries.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_names_a_few_libraries_as_the_system_does() {
        let libraries = ["libpq-f632a8e2.so.5.15", "liblber-2-64f183c1.5.so.0"].map(str::to_owned);
        assert_eq!(some_of(&libraries), "libpq.so.5.15, liblber-2.5.so.0");
        let many: Vec<String> = (0..9).map(|n| format!("lib{n}.so")).collect();
        assert_eq!(
            some_of(&many),
            "lib0.so, lib1.so, lib2.so, lib3.so and 5 more"
        );
    }
}
