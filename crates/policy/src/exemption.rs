//! Exemptions from a rule: of one package, for a reason, until a day.

use harden_hasher::Rule;
use harden_packaging::PackageName;
use jiff::civil::Date;
use pep440_rs::Version;

use crate::rule_named;

/// A package, or one version of it, that is exempt from a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exemption {
    package: PackageName,
    version: Option<Version>,
    rule: Rule,
    advisory: Option<String>,
    reason: String,
    until: Date,
    line: usize,
}

/// The parts of an exemption as they are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExemptionParts<'t> {
    /// The package.
    pub package: Option<&'t str>,
    /// The version; any, where there is none.
    pub version: Option<&'t str>,
    /// The name of the rule.
    pub rule: Option<&'t str>,
    /// The advisory, or an alias of it; any, where there is none.
    pub advisory: Option<&'t str>,
    /// Why.
    pub reason: Option<&'t str>,
    /// The last day, UTC.
    pub until: Option<&'t str>,
}

impl Exemption {
    /// Reads an exemption on `line` of the configuration.
    ///
    /// # Errors
    ///
    /// Says which part is missing or not valid, and why.
    pub fn read(parts: &ExemptionParts<'_>, line: usize) -> Result<Self, String> {
        let (Some(package), Some(rule), Some(reason), Some(until)) =
            (parts.package, parts.rule, parts.reason, parts.until)
        else {
            return Err(
                "an exemption has a `package`, a `rule`, a `reason` and `until`; it may have a \
                 `version` and an `advisory`"
                    .to_owned(),
            );
        };
        let version = parts.version.map(|text| {
            let version = text.parse::<Version>();
            version.map_err(|_| format!("`{text}` is not a version"))
        });
        let rule_of_name = rule_named(rule).filter(|rule| *rule != Rule::UnusedExemption);
        let reason = reason.trim();
        if reason.is_empty() || reason.contains(char::is_control) {
            return Err("an exemption needs a reason, in one line".to_owned());
        }
        // The date parser accepts a time, too, and drops it.
        let day = || (until.len() == 10).then(|| until.parse().ok())?;
        Ok(Self {
            package: package.parse().map_err(|error| format!("{error}"))?,
            version: version.transpose()?,
            rule: rule_of_name
                .ok_or_else(|| format!("`{rule}` is not a rule that has exemptions"))?,
            advisory: parts.advisory.map(str::to_owned),
            reason: reason.to_owned(),
            until: day().ok_or_else(|| format!("`{until}` is not a date: expected YYYY-MM-DD"))?,
            line,
        })
    }

    /// The package.
    pub fn package(&self) -> &PackageName {
        &self.package
    }

    /// The rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The reason, in one line.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The last day, UTC.
    pub fn until(&self) -> Date {
        self.until
    }

    /// The exemption that covers a release, if its last day is not over.
    pub(crate) fn find<'e>(
        exemptions: &'e [Self],
        (rule, today): (Rule, Date),
        release: (&PackageName, &Version),
        advisories: &[&str],
    ) -> Option<&'e Self> {
        let current = exemptions.iter().filter(|one| !one.is_past(today));
        let mut covering = current.filter(|one| one.covers(rule, release, advisories));
        covering.next()
    }

    /// Its line in the configuration.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether its last day is over.
    pub fn is_past(&self, today: Date) -> bool {
        self.until < today
    }

    /// Whether it covers a finding of `rule` about a release; `advisories` are the names of the advisory
    /// behind the finding, if there is one.
    pub fn covers(
        &self,
        rule: Rule,
        (package, version): (&PackageName, &Version),
        advisories: &[&str],
    ) -> bool {
        let advisory = self.advisory.as_deref();
        self.rule == rule
            && self.package == *package
            && self.version.as_ref().is_none_or(|own| own == version)
            && advisory.is_none_or(|own| advisories.iter().any(|id| id.eq_ignore_ascii_case(own)))
    }

    /// What it exempts: `flask 2.0 from cooldown`.
    pub fn what(&self) -> String {
        let version = self.version.as_ref();
        let version = version.map_or_else(String::new, |version| format!(" {version}"));
        let advisory = self.advisory.as_ref();
        let advisory = advisory.map_or_else(String::new, |id| format!(" ({id})"));
        format!("{}{version} from {}{advisory}", self.package, self.rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> ExemptionParts<'static> {
        ExemptionParts {
            package: Some("Left_Pad"),
            version: Some("1.0"),
            rule: Some("banned"),
            advisory: None,
            reason: Some("replaced in March"),
            until: Some("2026-12-31"),
        }
    }

    #[test]
    fn an_exemption_covers_its_rule_package_and_version_until_its_last_day_is_over() {
        let exemption = Exemption::read(&parts(), 3).unwrap();
        let (name, version) = ("left-pad".parse().unwrap(), "1.0.0".parse().unwrap());
        assert!(exemption.covers(Rule::Banned, (&name, &version), &[]));
        assert!(!exemption.covers(Rule::Sdist, (&name, &version), &[]));
        assert!(!exemption.covers(Rule::Banned, (&name, &"1.1".parse().unwrap()), &[]));
        assert!(!exemption.is_past("2026-12-31".parse().unwrap()));
        assert!(exemption.is_past("2027-01-01".parse().unwrap()));
        assert_eq!(exemption.what(), "left-pad 1.0 from banned");
    }

    #[test]
    fn an_exemption_has_all_its_parts() {
        for bad in [
            ExemptionParts {
                package: None,
                ..parts()
            },
            ExemptionParts {
                package: Some("a b"),
                ..parts()
            },
            ExemptionParts {
                version: Some("one"),
                ..parts()
            },
            ExemptionParts {
                rule: Some("stale"),
                ..parts()
            },
            ExemptionParts {
                rule: Some("unused-exemption"),
                ..parts()
            },
            ExemptionParts {
                reason: Some(" "),
                ..parts()
            },
            ExemptionParts {
                until: Some("soon"),
                ..parts()
            },
            ExemptionParts {
                until: None,
                ..parts()
            },
        ] {
            assert!(Exemption::read(&bad, 1).is_err(), "{bad:?}");
        }
    }
}
