//! `harden vet diff`: what changed between two wheels of a package.

use harden_index::IndexClient;
use harden_target::Target;
use harden_vet::WheelDiff;

use super::changes;
use super::wheels::{Source, WheelsError};
use super::{pinning, strict_files};
use crate::report::output::print;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::VetDiffArgs;
use crate::settings::platforms::Machine;
use crate::settings::sources::{Sources, options_of};

/// A strict file that says no target.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not say for which targets it is")]
struct NoTarget(String);

impl Report for NoTarget {
    fn exit(&self) -> Exit {
        Exit::Input
    }

    fn hint(&self) -> Option<String> {
        Some("name one with -p, e.g. `-p manylinux2014_x86_64-cp312`".to_owned())
    }
}

/// Prints what changed.
pub fn diff(args: &VetDiffArgs, terminal: Terminal) -> Result<(), Error> {
    let files = pinning(strict_files(args.strict.as_deref())?, &args.name)?;
    let (source, strict) = files.first().expect("at least one pins it");
    let header = strict.header();
    let recorded = header.and_then(|header| header.platforms().first());
    let target = match (&args.platform, recorded) {
        (Some(named), _) => target(named, terminal)?,
        (None, Some(recorded)) => target(recorded, terminal)?,
        (None, None) => return Err(NoTarget(source.name().to_owned()).into()),
    };
    let mut sources = Sources::of_pins(&args.index, &args.cache, &options_of(strict))?;
    if let Some(lock) = source.arguments() {
        sources.log_in(&lock.index.index);
    }
    let cache_dir = sources.settings.cache_dir.clone();
    let client = IndexClient::new(sources.settings)?;
    let wheels = Source {
        name: &args.name,
        target: &target,
        client: &client,
        cache_dir: cache_dir.as_deref(),
        wheelhouse: &args.wheelhouse.dest,
        terminal,
    };
    let pin = wheels.pin(strict)?;
    let from = args.from.as_ref().unwrap_or(pin.version());
    let old = wheels.of_version(from, pin)?;
    let new = match (&args.to, &args.from) {
        (Some(to), _) => wheels.of_version(to, pin)?,
        (None, Some(_)) => wheels.of_version(pin.version(), pin)?,
        (None, None) => wheels.newest(pin)?,
    };
    if old.version == new.version {
        return Err(WheelsError::Same(args.name.clone(), old.version).into());
    }
    let both = [
        (&old.version, wheels.fetch(&old)?),
        (&new.version, wheels.fetch(&new)?),
    ];
    let [(_, before), (_, after)] = &both;
    let diff = WheelDiff::between(&before.contents, &after.contents);
    print(&if args.json {
        format!("{:#}\n", changes::json(&args.name, &both, &diff))
    } else {
        changes::text(&args.name, &both, &diff)
    })
}

fn target(name: &str, terminal: Terminal) -> Result<Target, Error> {
    let machine = Machine::default();
    let named = machine.targets(&[name.to_owned()], terminal)?;
    let target = named.into_iter().next().map(|named| named.target);
    Ok(target.expect("one name is one target"))
}
