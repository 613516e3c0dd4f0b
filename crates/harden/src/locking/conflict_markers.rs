//! Conflict markers of git in a text, two-way or diff3: the text of either side, and of their base.

/// The versions of a file that git could not merge.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Ours: what `<<<<<<<` begins.
    pub ours: Side,
    /// Theirs: what `>>>>>>>` ends.
    pub theirs: Side,
    /// What both were made from, where the markers show it.
    pub base: Option<String>,
}

/// One version of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// What git calls it (`HEAD`, a branch).
    pub label: String,
    /// The whole text.
    pub text: String,
}

/// Where a line of a text with markers belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Common,
    Ours,
    Base,
    Theirs,
}

impl Conflict {
    /// The sides of a text; `None` if it has no conflict markers.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut ours, mut theirs) = (Side::default(), Side::default());
        let (mut base, mut has_base) = (String::new(), false);
        let (mut part, mut is_conflict) = (Part::Common, false);
        for line in text.split_inclusive('\n') {
            if let Some((next, label)) = marker(line, part) {
                match next {
                    Part::Ours => label.clone_into(&mut ours.label),
                    Part::Common => label.clone_into(&mut theirs.label),
                    Part::Base | Part::Theirs => {}
                }
                has_base |= next == Part::Base;
                is_conflict = true;
                part = next;
                continue;
            }
            if matches!(part, Part::Common | Part::Ours) {
                ours.text += line;
            }
            if matches!(part, Part::Common | Part::Theirs) {
                theirs.text += line;
            }
            if matches!(part, Part::Common | Part::Base) {
                base += line;
            }
        }
        is_conflict.then(|| Self {
            ours,
            theirs,
            base: has_base.then_some(base),
        })
    }
}

/// The part that a marker begins, with its label, if the line is a marker that may be in `part`.
fn marker(line: &str, part: Part) -> Option<(Part, &str)> {
    let line = line.trim_end();
    let after = |marker| -> Option<&str> {
        let rest = line.strip_prefix(marker)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
    };
    match part {
        Part::Common => Some((Part::Ours, after("<<<<<<<")?)),
        Part::Ours if after("|||||||").is_some() => Some((Part::Base, "")),
        Part::Ours | Part::Base => Some((Part::Theirs, after("=======")?)),
        Part::Theirs => Some((Part::Common, after(">>>>>>>")?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_has_the_whole_text_of_each_side() {
        let text = "a\n<<<<<<< HEAD\nb 1\n=======\nb 2\n>>>>>>> feature/x\nc\n";
        let conflict = Conflict::parse(text).unwrap();
        assert_eq!(
            (&*conflict.ours.label, &*conflict.ours.text),
            ("HEAD", "a\nb 1\nc\n")
        );
        assert_eq!(
            (&*conflict.theirs.label, &*conflict.theirs.text),
            ("feature/x", "a\nb 2\nc\n")
        );
        assert_eq!(conflict.base, None);
    }

    #[test]
    fn diff3_shows_the_base_too() {
        let text = "<<<<<<< ours\n||||||| 1234567\nb 1\n=======\nb 2\n>>>>>>> theirs\n";
        let conflict = Conflict::parse(text).unwrap();
        assert_eq!(conflict.base.as_deref(), Some("b 1\n"));
        assert_eq!(
            (&*conflict.ours.text, &*conflict.theirs.text),
            ("", "b 2\n")
        );
    }

    #[test]
    fn a_text_without_markers_is_not_a_conflict() {
        assert_eq!(Conflict::parse("# =======\n=======\na==1\n"), None);
    }
}
