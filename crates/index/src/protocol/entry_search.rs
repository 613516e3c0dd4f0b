//! The entry of one file on a page of the simple API, found while the page comes, without reading the other
//! entries.
//!
//! What is found is where to look for a file whose digest is known, so nothing is lost if the search is misled
//! or finds nothing: then the page is read as a whole.

use memchr::{memchr2, memchr3, memmem};
use url::Url;

use super::Form;
use super::listed_file::ListedFile;
use super::{html, simple_json};

/// The most bytes that an entry may have.
const LONGEST_ENTRY: usize = 64 << 10;

/// The search for the entry of one file name.
pub(crate) struct EntrySearch {
    form: Form,
    /// The name as it stands in an entry.
    needle: memmem::Finder<'static>,
    /// The page from where the entry begins that is being looked at.
    text: Vec<u8>,
    /// How far that has been looked at.
    looked_at: usize,
    entry: Entry,
}

/// Where the search is.
#[derive(Default)]
struct Entry {
    /// Where the present entry begins.
    start: Option<usize>,
    /// How many braces are open, in JSON.
    depth: usize,
    is_in_text: bool,
}

/// The search cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl EntrySearch {
    /// A search for the file `filename` on a page in this form.
    pub(crate) fn new(form: Form, filename: &str) -> Self {
        let needle = match form {
            Form::Html => filename.to_owned(),
            Form::SimpleJson | Form::JsonApi => format!("\"{filename}\""),
        };
        Self {
            form,
            needle: memmem::Finder::new(&needle).into_owned(),
            text: Vec::new(),
            looked_at: 0,
            entry: Entry::default(),
        }
    }

    /// Looks at what comes next of the page; `found` is called with each entry that holds the name until it says
    /// that it is the one. Whether it said so.
    pub(crate) fn look_at(
        &mut self,
        bytes: &[u8],
        base: &Url,
        mut found: impl FnMut(ListedFile<'_>) -> bool,
    ) -> Result<bool, Lost> {
        self.text.extend_from_slice(bytes);
        loop {
            let end = match self.form {
                Form::Html => self.end_of_link()?,
                Form::SimpleJson | Form::JsonApi => self.end_of_object(),
            };
            let Some((start, end)) = end else { break };
            let entry = &self.text[start..end];
            if self.needle.find(entry).is_some()
                && let Some(file) = self.read(entry, base)
                && found(file)
            {
                return Ok(true);
            }
        }
        let kept = self.entry.start.unwrap_or(self.looked_at);
        if self.text.len() - kept > LONGEST_ENTRY {
            return Err(Lost);
        }
        self.text.drain(..kept);
        self.looked_at -= kept;
        self.entry.start = self.entry.start.map(|_| 0);
        Ok(false)
    }

    fn read<'a>(&self, entry: &'a [u8], base: &Url) -> Option<ListedFile<'a>> {
        match self.form {
            Form::Html => html::read(entry, base).ok()?.into_iter().next(),
            Form::SimpleJson | Form::JsonApi => simple_json::read_entry(entry, base),
        }
    }

    /// Where the next object ends and begins that is part of the outermost one; the page is such an object.
    fn end_of_object(&mut self) -> Option<(usize, usize)> {
        loop {
            let rest = &self.text[self.looked_at..];
            if self.entry.is_in_text {
                let step = memchr2(b'"', b'\\', rest);
                let Some(at) = step else {
                    self.looked_at = self.text.len();
                    return None;
                };
                if rest[at] == b'"' {
                    self.entry.is_in_text = false;
                } else if at + 1 == rest.len() {
                    // What is escaped is still to come.
                    self.looked_at += at;
                    return None;
                } else {
                    self.looked_at += 1;
                }
                self.looked_at += at + 1;
                continue;
            }
            let Some(at) = memchr3(b'"', b'{', b'}', rest) else {
                self.looked_at = self.text.len();
                return None;
            };
            let place = self.looked_at + at;
            self.looked_at = place + 1;
            match rest[at] {
                b'"' => self.entry.is_in_text = true,
                b'{' => {
                    self.entry.depth += 1;
                    if self.entry.depth == 2 {
                        self.entry.start = Some(place);
                    }
                }
                _ => {
                    self.entry.depth = self.entry.depth.saturating_sub(1);
                    if self.entry.depth == 1
                        && let Some(start) = self.entry.start.take()
                    {
                        return Some((start, place + 1));
                    }
                }
            }
        }
    }

    /// Where the next link begins and ends. A page whose links are relative to another place is left to others.
    fn end_of_link(&mut self) -> Result<Option<(usize, usize)>, Lost> {
        const START: &[u8] = b"<a ";
        const BASE: &[u8] = b"<base";
        const END: &[u8] = b"</a>";
        let start = if let Some(start) = self.entry.start {
            start
        } else {
            let rest = &self.text[self.looked_at..];
            let found = memmem::find(rest, START);
            if memmem::find(&rest[..found.unwrap_or(rest.len())], BASE).is_some() {
                return Err(Lost);
            }
            // The beginning of a tag may be at the end of what is here.
            self.looked_at += found.unwrap_or(rest.len().saturating_sub(BASE.len() - 1));
            if found.is_none() {
                return Ok(None);
            }
            self.entry.start = Some(self.looked_at);
            self.looked_at
        };
        let rest = &self.text[self.looked_at..];
        if let Some(at) = memmem::find(rest, END) {
            self.looked_at += at + END.len();
            self.entry.start = None;
            Ok(Some((start, self.looked_at)))
        } else {
            self.looked_at = self.text.len().saturating_sub(END.len() - 1).max(start);
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The addresses of the entries of `a-1.zip`, whatever the pieces in which the page comes.
    fn found(form: Form, page: &str) -> Vec<String> {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        let mut results: Vec<Vec<String>> = [1, 2, 7, page.len()]
            .into_iter()
            .map(|size| {
                let mut search = EntrySearch::new(form, "a-1.zip");
                let mut urls = Vec::new();
                for piece in page.as_bytes().chunks(size) {
                    let note = |file: ListedFile<'_>| {
                        urls.extend((file.filename == "a-1.zip").then(|| file.url.into_owned()));
                        false
                    };
                    assert_eq!(search.look_at(piece, &base, note), Ok(false));
                }
                urls
            })
            .collect();
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0)
    }

    #[test]
    fn the_entries_of_a_name_are_found_in_json() {
        let page = r#"{"files": [
            {"core-metadata": {"sha256": "00"}, "filename": "a-2.zip", "url": "2", "yanked": "a-1.zip"},
            {"yanked": "\"}{\\", "filename": "a-1.zip", "hashes": {"sha256": "x"}, "url": "1"},
            {"filename":"a-1.zip","url":"other"}],
            "meta": {"api-version": "1.1"}, "name": "a", "versions": ["a-1.zip"]}"#;
        let urls = found(Form::SimpleJson, page);
        assert_eq!(
            urls,
            [
                "https://index.test/simple/a/1",
                "https://index.test/simple/a/other"
            ]
        );
    }

    #[test]
    fn the_entries_of_a_name_are_found_in_html() {
        let page = "<!DOCTYPE html><html><body>\n<a href=\"a-2.zip#sha256=00\">a-2.zip</a><br/>\n\
            <a href=\"../../a-1.zip#sha256=00\" data-yanked=\"\">a-1.zip</a><a name=x>y</a></body></html>";
        assert_eq!(found(Form::Html, page), ["https://index.test/a-1.zip"]);
    }

    #[test]
    fn pages_that_need_more_than_a_look_at_their_entries_are_given_up() {
        let base = Url::parse("https://index.test/simple/a/").unwrap();
        let mut search = EntrySearch::new(Form::Html, "a-1.zip");
        let page =
            b"<head><base href=\"https://files.test/\"></head><a href=\"a-1.zip\">a-1.zip</a>";
        assert_eq!(search.look_at(page, &base, |_| true), Err(Lost));
        let mut search = EntrySearch::new(Form::SimpleJson, "a-1.zip");
        let endless = format!("{{\"files\": [{{{}", " ".repeat(LONGEST_ENTRY));
        assert_eq!(
            search.look_at(endless.as_bytes(), &base, |_| true),
            Err(Lost)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_search_panic(pieces: Vec<Vec<u8>>, is_html: bool) {
            let base = Url::parse("https://index.test/simple/a/").unwrap();
            let form = if is_html { Form::Html } else { Form::SimpleJson };
            let mut search = EntrySearch::new(form, "a-1.zip");
            for piece in pieces {
                if search.look_at(&piece, &base, |_| false).is_err() {
                    break;
                }
            }
        }
    }
}
