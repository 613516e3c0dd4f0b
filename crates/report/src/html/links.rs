//! Links to packages within the page, and their anchors.

use std::collections::BTreeSet;

use crate::model::Report;

/// A link to a package on the page.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) title: String,
    pub(super) anchor: String,
}

impl Link {
    pub(super) fn to(report: &Report, pin: usize, anchors: &[String]) -> Self {
        let of = &report.pins[pin];
        Self {
            name: of.name.to_string(),
            version: of.version.to_string(),
            title: format!("{} {}", of.name.short(60), of.version.short(30)),
            anchor: anchors[pin].clone(),
        }
    }
}

/// A name for the place of each pin, which a reader may link to: that of its package, if it can be one.
pub(super) fn anchors(report: &Report) -> Vec<String> {
    let mut known = BTreeSet::new();
    let anchors = report.pins.iter().enumerate().map(|(place, pin)| {
        let name = pin.name.as_str();
        let is_plain = name.len() <= 100
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let own = format!("p-{name}");
        if is_plain && known.insert(own.clone()) {
            return own;
        }
        // No name of a package has a colon.
        format!("p:{place}")
    });
    anchors.collect()
}
