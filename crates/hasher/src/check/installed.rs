//! What each place installs of a strict file.

use std::collections::HashMap;

use harden_packaging::PackageName;

use super::places::Held;
use super::{Place, Rule, Tally};
use crate::{StrictFile, StrictPin};

/// The pins by place and name.
#[derive(Debug)]
pub(crate) struct Installed<'a> {
    pub(crate) places: &'a [Place],
    by_name: Vec<HashMap<&'a PackageName, Vec<&'a StrictPin>>>,
}

impl<'a> Installed<'a> {
    /// Decides the markers of the pins, and tells of those that have no outcome, that hold nowhere,
    /// and that let in two versions of one package.
    pub(crate) fn new(strict: &'a StrictFile, places: &'a [Place], tally: &mut Tally<'_>) -> Self {
        let mut by_name = vec![HashMap::<_, Vec<_>>::new(); places.len()];
        for pin in strict.pins() {
            let mut is_installed = false;
            for (id, place) in places.iter().enumerate() {
                match place.holds(pin.marker()) {
                    Held::No => continue,
                    Held::Yes | Held::Anywhere => {}
                    Held::Open(reason) => {
                        let message = format!("the marker of {} {reason}", pin.name());
                        tally.add(pin.line(), Rule::Marker, message, id);
                    }
                }
                is_installed = true;
                let pins = by_name[id].entry(pin.name()).or_default();
                pins.push(pin);
                let is_other = |other: &&StrictPin| {
                    let depends = other.marker().is_some() || pin.marker().is_some();
                    depends && other.version() != pin.version()
                };
                if place.is_known() && pins.iter().any(is_other) {
                    let message = format!("{} has a second version", pin.name());
                    tally.add(pin.line(), Rule::Duplicate, message, id);
                }
            }
            if !is_installed {
                for id in 0..places.len() {
                    let message = format!("the marker of {} holds on no target", pin.name());
                    tally.add(pin.line(), Rule::LeftOver, message, id);
                }
            }
        }
        Self { places, by_name }
    }

    /// The pins of `name` in a place: one, if all is well.
    pub(crate) fn pins(&self, place: usize, name: &PackageName) -> &[&'a StrictPin] {
        self.by_name[place].get(name).map_or(&[], Vec::as_slice)
    }

    /// All pins in a place.
    pub(crate) fn all(&self, place: usize) -> impl Iterator<Item = &'a StrictPin> {
        self.by_name[place].values().flatten().copied()
    }
}
