//! What to tell people who pack a wheelhouse with pex: where `pex --platform` refuses wheels that the
//! target takes, the command line that does not.
//!
//! pex takes the tag of a platform to the letter, and so refuses, for `manylinux_2_28`, wheels of
//! manylinux2014. A complete platform has all tags (<https://docs.pex-tool.org/api/vars.html>).

use std::path::Path;

use harden_hasher::{StrictFile, StrictPin};
use harden_target::{Target, WheelFilename};

/// The note for a wheelhouse; `None` where `--platform` does for all targets.
pub fn pex_note(
    strict: &StrictFile,
    targets: &[Target],
    file: &Path,
    wheelhouse: &Path,
) -> Option<String> {
    let refused = targets.iter().find_map(|target| {
        let wheels = strict.pins().iter().filter_map(|pin| best(pin, target));
        let mut refused = wheels.filter(|wheel| !target.pex_accepts(&wheel.tags));
        refused.next().map(|wheel| (target, wheel))
    });
    let (target, wheel) = refused?;
    let (file, wheelhouse) = (file.display(), wheelhouse.display());
    Some(format!(
        "`pex --platform` refuses {wheel}, which {target} takes; with a complete platform it does not:\n    \
         harden targets {target} --complete-platform > platform.json\n    \
         pex --no-index --find-links {wheelhouse} -r {file} --complete-platform platform.json -o app.pex"
    ))
}

/// The wheel of a pin that a target installs, by the names that the file lists.
fn best(pin: &StrictPin, target: &Target) -> Option<WheelFilename> {
    let wheels = pin.files().iter().filter_map(|file| file.parse().ok());
    let fitting = wheels.filter_map(|wheel: WheelFilename| {
        let rank = target.tags().rank(&wheel.tags)?;
        Some((rank, wheel))
    });
    let best = fitting.max_by(|(one, _), (other, _)| one.cmp(other));
    best.map(|(_, wheel)| wheel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(target: &str) -> Option<String> {
        let hash = "a".repeat(64);
        let text = format!(
            "app==1.0 \\\n    --hash=sha256:{hash}\n    # app-1.0-cp311-cp311-manylinux2014_aarch64.whl\n    \
             # app-1.0-cp311-cp311-manylinux2014_x86_64.whl\n"
        );
        let strict = StrictFile::parse(&text, "strict.txt").unwrap();
        let targets = [target.parse().unwrap()];
        pex_note(
            &strict,
            &targets,
            Path::new("strict.txt"),
            Path::new("wheelhouse"),
        )
    }

    #[test]
    fn what_pex_takes_by_itself_needs_no_note() {
        assert_eq!(note("manylinux2014_aarch64-cp311"), None);
        assert_eq!(note("win_amd64-cp311"), None);
    }

    #[test]
    fn what_pex_refuses_is_named_with_the_command_that_takes_it() {
        insta::assert_snapshot!(note("manylinux_2_28_aarch64-cp311").unwrap(), @"
        `pex --platform` refuses app-1.0-cp311-cp311-manylinux2014_aarch64.whl, which manylinux_2_28_aarch64-cp-311-cp311 takes; with a complete platform it does not:
            harden targets manylinux_2_28_aarch64-cp-311-cp311 --complete-platform > platform.json
            pex --no-index --find-links wheelhouse -r strict.txt --complete-platform platform.json -o app.pex
        ");
    }
}
