//! A fault of a strict file: its place, the rule, and the command that fixes it.

use std::fmt;

use super::Advice;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file it is in, as the user named it: the strict file, or a loose one.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule that is broken.
    pub rule: Rule,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// The command that fixes it; empty if no command does.
    pub fix: String,
    /// What else to do or to decide, in one line; empty if that is clear.
    pub hint: String,
    /// Whether it is a reason to fail.
    pub level: Level,
}

/// What a finding means for the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is shown, and nothing fails because of it.
    Warning,
    /// The file does not pass.
    Error,
}

/// Displayed as compilers do it: `strict.txt:3: what is wrong [rule]`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            rule,
            message,
            ..
        } = self;
        let level = match self.level {
            Level::Warning => "warning: ",
            Level::Error => "",
        };
        write!(f, "{file}:{line}: {level}{message} [{rule}]")
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident $name:literal,)+) => {
        /// A rule that strict files keep. Displayed by its name, as `left-over`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// Its name: lower case, words joined by `-`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// What it asks for, in one sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$rule => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

rules! {
    /// The file holds a header or a pin.
    Empty "empty-file",
    /// The file is UTF-8, without a byte order mark.
    Encoding "encoding",
    /// Lines end in LF.
    LineEnds "line-ends",
    /// The file ends where a line ends.
    CutOff "cut-off",
    /// No mark of an unfinished merge is left.
    MergeConflict "merge-conflict",
    /// No character moves the cursor or changes the direction of text.
    Control "control-character",
    /// Each line is a pin, an option of installers or a comment.
    Syntax "syntax",
    /// Each pin names one version by `==`.
    NotPinned "not-pinned",
    /// Each pin is a release of an index or one file by URL or path: no repository, no folder.
    NotARelease "not-a-release",
    /// Each pin has a SHA-256.
    NoHash "no-hash",
    /// Every hash is a SHA-256, the one kind that is verified.
    OtherHash "other-hash",
    /// The file includes no other.
    Include "include",
    /// The header is there, whole and of this format.
    Header "header",
    /// Nothing that matters was changed since the file was written.
    Edited "edited",
    /// The loose requirements are those that the file was made from.
    Stale "stale",
    /// No exemption from the cutoff has outlived its last day.
    Expired "expired-exemption",
    /// Names are in normalised form.
    Spelling "spelling",
    /// Pins are sorted by name, then version.
    Order "order",
    /// No index or page of links is read over plain HTTP.
    PlainHttp "plain-http",
    /// No URL holds a login.
    Credentials "credentials",
    /// Each target installs one version of a package.
    Duplicate "duplicate",
    /// Every marker has an outcome on every target.
    Marker "undecided-marker",
    /// Every package required is pinned on each target that requires it.
    Missing "missing-pin",
    /// Every pin has a version, and a hash, that all loose requirements of it admit.
    Unmet "unmet",
    /// Every extra required is among those that were resolved.
    Extra "missing-extra",
    /// What a pin is said to be required by is there, and does.
    BrokenEdge "broken-edge",
    /// Every pin is required, directly or through others, on each target that installs it.
    LeftOver "left-over",
    /// Each hash is that of a file of that very name and version.
    ForeignHash "foreign-hash",
    /// Each hash is what the index lists for the file of that name.
    Replaced "replaced",
    /// The index still has each release and each file.
    Vanished "vanished",
    /// No file is yanked that was not when it was chosen.
    Yanked "yanked",
    /// Each file was uploaded with its release, no more than 14 days after its first file.
    Late "late-upload",
    /// Each target has a file that it can install.
    NoFile "no-file",
    /// The metadata of each wheel is that with which it was resolved.
    Metadata "other-metadata",
    /// Requires-Python and Requires-Dist of each file are met on each target.
    Dependency "dependency",
    /// Each pin has a wheel on every target, unless an sdist or a build of it is asked for by name.
    Sdist "sdist",
    /// Each pinned wheel can be installed on a target.
    Unneeded "unneeded-file",
    /// A pre-release is pinned only where a requirement or an option asks for one.
    Prerelease "pre-release",
    /// A local version is pinned only where a requirement asks for it.
    LocalVersion "local-version",
    /// Each pin comes from an index, not from a URL, a path or a repository.
    DirectReference "direct-reference",
    /// No pin is a release that the policy bans.
    Banned "banned",
    /// A package that is allowed only below others is required by nothing else.
    OnlyBelow "only-below",
    /// Each file is as old as the cooldown asks for, unless its release fixes a vulnerability.
    Cooldown "cooldown",
    /// No package is quarantined by its index.
    Quarantined "quarantined",
    /// No package is archived by its makers.
    Archived "archived",
    /// No package is deprecated by its makers.
    Deprecated "deprecated",
    /// Each file comes from a host that the policy allows.
    ForeignHost "foreign-host",
    /// A package that is bound to an index comes from it.
    IndexBinding "index-binding",
    /// A name that enters the lock is that of a project of some age, and is not easily mistaken for another.
    NewName "new-name",
    /// A new release of a package resembles the one before.
    Drift "drift",
    /// No public project has the name of a package that is bound to an index.
    Namesake "namesake",
    /// A former owner of each project is left, and its organisation is the same.
    Owners "owners",
    /// A release that replaces an attested one has the same publisher.
    Publisher "publisher",
    /// No wheel runs code when Python starts, or replaces an interpreter or an installer.
    StartupCode "startup-code",
    /// The licence of each pin is known and on the list of the policy.
    Licence "licence",
    /// Each file is attested by its publisher where the policy requires that.
    Unattested "unattested",
    /// Each attestation that an index serves for a pinned file is valid.
    InvalidAttestation "invalid-attestation",
    /// Somebody has vetted each pinned file.
    Unvetted "unvetted",
    /// No pin is a release with a known vulnerability.
    Vulnerability "vulnerability",
    /// No pin is a release that is known to be malicious.
    Malware "malware",
    /// What the policy asks strict files to record is there, and is what the index says.
    Record "record",
    /// Each file has the digest with which it was first seen.
    KnownDigest "known-digest",
    /// Each exemption of the policy has an effect.
    UnusedExemption "unused-exemption",
}

impl Rule {
    /// What to do besides locking again about what no policy sets; empty if there is nothing else.
    fn hint(self) -> &'static str {
        match self {
            Self::Replaced | Self::ForeignHash => {
                "find out why first: the file is not the one that was locked, and locking again accepts it"
            }
            Self::Vanished => "find out why first: releases and files are seldom removed",
            _ => "",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a policy says of a line of a strict file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The line, from 1.
    pub line: usize,
    /// The rule that is broken.
    pub rule: Rule,
    /// Whether that is a reason to fail.
    pub level: Level,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub advice: Advice,
}

impl Judged {
    /// The finding in the strict file `file`, which the command `lock` locks again.
    pub fn in_file(self, file: &str, lock: &str) -> Finding {
        Finding {
            fix: self.advice.fix(lock, file),
            hint: self.advice.hint,
            file: file.to_owned(),
            line: self.line,
            rule: self.rule,
            message: self.message,
            level: self.level,
        }
    }
}

/// The findings so far, about one strict file.
#[derive(Debug)]
pub(crate) struct Report {
    file: String,
    fix: String,
    findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(file: &str, fix: &str) -> Self {
        Self {
            file: file.to_owned(),
            fix: fix.to_owned(),
            findings: Vec::new(),
        }
    }

    /// Adds what is wrong on a line of the strict file.
    pub(crate) fn add(&mut self, line: usize, rule: Rule, message: impl Into<String>) {
        self.add_in(self.file.clone(), line, rule, message);
    }

    /// Adds what is wrong on a line of another file.
    pub(crate) fn add_in(
        &mut self,
        file: String,
        line: usize,
        rule: Rule,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding {
            file,
            line,
            rule,
            message: message.into(),
            fix: self.fix.clone(),
            hint: rule.hint().to_owned(),
            level: Level::Error,
        });
    }

    /// Adds what a policy says of a line of the strict file.
    pub(crate) fn judge(&mut self, judged: Judged) {
        let finding = judged.in_file(&self.file, &self.fix);
        self.findings.push(finding);
    }

    /// All findings, by file, line and rule; the strict file's come first.
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        let strict = self.file;
        self.findings
            .sort_by(|a, b| (a.file != strict, a).cmp(&(b.file != strict, b)));
        self.findings.dedup();
        self.findings
    }
}
