//! Exemptions from the cutoffs as the configuration writes them: a table each, of `version`,
//! `reason` and `until`.

use toml::de::DeValue;

use super::read::{Item, Reader, items};
use crate::report::format::nearest;
use crate::settings::args::Exemption;

const KEYS: [&str; 3] = ["version", "reason", "until"];

impl Reader<'_> {
    /// A list of exemptions, or a single one.
    pub(super) fn exemptions(&mut self, item: &Item) -> Vec<Exemption> {
        let items = items(item);
        items
            .into_iter()
            .filter_map(|item| self.exemption(item))
            .collect()
    }

    fn exemption(&mut self, item: &Item) -> Option<Exemption> {
        let Some(table) = item.get_ref().as_table() else {
            self.problem_at(
                item,
                "expected a table, as `{ version = \"urllib3==2.5.1\", reason = \"CVE-2026-1234\", \
                 until = 2026-12-31 }`",
            );
            return None;
        };
        let mut values = [None, None, None];
        let mut is_good = true;
        for (name, value) in table {
            let text: &str = name.get_ref();
            let Some(place) = KEYS.iter().position(|key| *key == text) else {
                let meant = nearest(text, KEYS.into_iter());
                let meant = meant.map(|near| format!("; `{near}` was probably meant"));
                self.problem(Some(name.span().start), &unknown(text, meant.as_deref()));
                is_good = false;
                continue;
            };
            values[place] = match value.get_ref() {
                DeValue::Datetime(day) => Some(day.to_string()),
                _ => self.text(value),
            };
            is_good &= values[place].is_some();
        }
        if !is_good {
            return None;
        }
        let [Some(version), Some(reason), Some(until)] = values else {
            self.problem_at(item, "an exemption has a `version`, a `reason` and `until`");
            return None;
        };
        match Exemption::new(&version, &until, &reason) {
            Ok(exemption) => Some(exemption),
            Err(reason) => {
                self.problem_at(item, &reason);
                None
            }
        }
    }
}

fn unknown(key: &str, meant: Option<&str>) -> String {
    let all = format!("; there are {}", KEYS.join(", "));
    format!("an exemption has no key `{key}`{}", meant.unwrap_or(&all))
}
