//! Exemptions from the cutoffs: one version each, with a reason and an expiry date.

use std::fmt;
use std::str::FromStr;

use harden_packaging::PackageName;
use harden_requirements::Requirement;
use jiff::civil::Date;
use pep440_rs::Version;

/// A version that is admitted despite the cutoff (`--exempt 'NAME==VERSION until DATE: REASON'`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    name: PackageName,
    version: Version,
    until: Date,
    reason: String,
}

impl Exemption {
    /// Exempts `pin`, written `NAME==VERSION`, until the end of a day, UTC.
    ///
    /// # Errors
    ///
    /// Says which of pin, date and reason is not valid, and why.
    pub fn new(pin: &str, until: &str, reason: &str) -> Result<Self, String> {
        let expected = || format!("`{pin}` does not name one version: expected NAME==VERSION");
        let requirement: Requirement = pin.parse().map_err(|_| expected())?;
        let is_plain = requirement.extras.is_empty() && requirement.marker.is_none();
        let exact = requirement.specifiers().filter(|_| is_plain);
        let version = exact.and_then(|exact| exact.exact()).ok_or_else(expected)?;
        // The date parser accepts a time, too, and drops it.
        let day = || (until.len() == 10).then(|| until.parse().ok())?;
        let day = day().ok_or_else(|| format!("`{until}` is not a date: expected YYYY-MM-DD"))?;
        let reason = reason.trim();
        if reason.is_empty() || reason.contains(char::is_control) {
            return Err("an exemption needs a reason, in one line".to_owned());
        }
        Ok(Self {
            version: version.clone(),
            name: requirement.name,
            until: day,
            reason: reason.to_owned(),
        })
    }

    /// The package.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The exempt version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The last day, UTC.
    pub fn until(&self) -> Date {
        self.until
    }

    /// The reason, in one line.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl FromStr for Exemption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (pin, rest) = text.split_once(" until ")?;
            let (until, reason) = rest.split_once(':')?;
            Some((pin.trim(), until.trim(), reason))
        };
        let (pin, until, reason) = parts().ok_or(
            "expected `NAME==VERSION until DATE: REASON`, as in `urllib3==2.5.1 until 2026-12-31: \
             CVE-2026-1234`",
        )?;
        Self::new(pin, until, reason)
    }
}

impl fmt::Display for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            version,
            until,
            reason,
        } = self;
        write!(f, "{name}=={version} until {until}: {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exemption_round_trips_in_one_spelling() {
        for (text, shown) in [
            (
                "urllib3==2.5.1 until 2026-12-31: CVE-2026-1234",
                "urllib3==2.5.1 until 2026-12-31: CVE-2026-1234",
            ),
            (
                " My_Lib == 1.0 until 2026-12-31:see https://example.invalid/a?b until then ",
                "my-lib==1.0 until 2026-12-31: see https://example.invalid/a?b until then",
            ),
        ] {
            let exemption: Exemption = text.parse().unwrap();
            assert_eq!(exemption.to_string(), shown);
            assert_eq!(shown.parse(), Ok(exemption));
        }
    }

    #[test]
    fn an_exemption_has_one_version_a_day_and_a_reason() {
        for text in [
            "",
            "a==1",
            "a until 2026-12-31: why",
            "a>=1 until 2026-12-31: why",
            "a==1.* until 2026-12-31: why",
            "a[x]==1 until 2026-12-31: why",
            "a==1; os_name=='nt' until 2026-12-31: why",
            "a==1 until 2026-12-31",
            "a==1 until 2026-12-31: ",
            "a==1 until 2026-13-31: why",
            "a==1 until 2026-12-31T00:00:00: why",
            "a==1 until soon: why",
            "a==1 until 2026-12-31: two\nlines",
        ] {
            assert!(text.parse::<Exemption>().is_err(), "{text}");
        }
    }
}
